"""What the platform says of its own parts to those who operate it. `messages` takes them into its table."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # The parts
    "part.proxy": ("Proxy", "代理"),
    "part.hub": ("JupyterHub", "JupyterHub"),
    "part.control": ("Control plane", "控制面"),
    "part.supervisor": ("Supervisor", "守护进程"),
    "part.database": ("Database", "数据库"),
    "part.disk": ("Disk", "磁盘"),
    "part.sandbox": ("Sandboxes", "沙箱"),
    "part.prices": ("Prices", "价格"),
    "part.clock": ("Clock", "时钟"),
    # How they are
    "health.unanswered": (
        "This could not be found out within {seconds} seconds.",
        "未能在 {seconds} 秒内获知状态。",
    ),
    "remedy.health.unanswered": (
        "The machine may be very busy, or its disk may not answer. Look again in a moment.",
        "机器可能非常繁忙，或磁盘无响应，请稍后再看。",
    ),
    "health.proxy-ok": ("Requests reach the platform through it.", "请求可经由代理到达平台。"),
    "health.proxy-silent": (
        "The proxy does not answer: nobody reaches the platform. What runs goes on.",
        "代理无响应，所有人都无法访问平台；正在运行的环境和任务不受影响。",
    ),
    "remedy.health.proxy-silent": (
        "`gemini up` starts it again within seconds. If it stays like this, read logs/proxy.log in the platform's "
        "folder and start the platform again.",
        "`gemini up` 会在数秒内重新启动它。若仍无响应，请查看平台目录下的 logs/proxy.log，并重新启动平台。",
    ),
    "health.proxy-astray": (
        "The proxy answers, but does not find its way to the platform (HTTP {status}).",
        "代理有响应，但未能将请求转到平台（HTTP {status}）。",
    ),
    "remedy.health.proxy-astray": (
        "JupyterHub writes the proxy's routes when it starts. Read logs/hub.log and logs/proxy.log in the platform's "
        "folder and start the platform again.",
        "代理的路由由 JupyterHub 在启动时写入。请查看平台目录下的 logs/hub.log 和 logs/proxy.log，并重新启动平台。",
    ),
    "health.hub-ok": ("It answers and knows this platform.", "响应正常，并已识别本平台。"),
    "health.hub-silent": (
        "JupyterHub does not answer: nobody can sign in and no environment can start. What runs goes on.",
        "JupyterHub 无响应，无法登录，也无法启动环境；正在运行的环境和任务不受影响。",
    ),
    "remedy.health.hub-silent": (
        "`gemini up` starts it again when it ends. If it stays like this, read logs/hub.log in the platform's folder "
        "and start the platform again.",
        "JupyterHub 退出后会由 `gemini up` 重新启动。若仍无响应，请查看平台目录下的 logs/hub.log，并重新启动平台。",
    ),
    "health.hub-failing": (
        "JupyterHub answers with an error (HTTP {status}).",
        "JupyterHub 返回错误（HTTP {status}）。",
    ),
    "remedy.health.hub-failing": (
        "Read logs/hub.log in the platform's folder; a full disk is a common cause.",
        "请查看平台目录下的 logs/hub.log；常见原因是磁盘已满。",
    ),
    "health.hub-refuses": (
        "JupyterHub does not accept the control plane's token (HTTP {status}): environments cannot be started or "
        "stopped.",
        "JupyterHub 不接受控制面的令牌（HTTP {status}），无法启动或停止环境。",
    ),
    "remedy.health.hub-refuses": (
        "Start the platform again: both then read the same token.",
        "请重新启动平台，双方将读取同一令牌。",
    ),
    "health.control-ok": ("It answers at once.", "响应及时。"),
    "health.control-slow": (
        "It let requests wait for up to {lag} ms in the last minute.",
        "最近一分钟内，请求最长等待了 {lag} 毫秒。",
    ),
    "remedy.health.control-slow": (
        "The machine is busy. Stop an environment or a task, or give it more processors.",
        "机器繁忙。请停止部分环境或任务，或增加处理器。",
    ),
    "health.supervisor-ok": ("It watches the platform's processes.", "正在守护平台的各个进程。"),
    "health.supervisor-gone": (
        "Nothing watches the platform's processes: what ends stays down.",
        "没有进程在守护平台，退出的进程将不会重新启动。",
    ),
    "remedy.health.supervisor-gone": (
        "Run `gemini up` again with the same folder. Environments and tasks go on meanwhile.",
        "请使用同一目录再次运行 `gemini up`，期间环境和任务不受影响。",
    ),
    "health.supervisor-unseen": (
        "Whether `gemini up` still runs cannot be seen from here.",
        "此处无法获知 `gemini up` 是否仍在运行。",
    ),
    "health.database-ok": ("It can be read and written.", "读写正常。"),
    "health.database-locked": (
        "The database cannot be written: another process holds it, or its disk does not answer.",
        "数据库无法写入：被其他进程占用，或磁盘无响应。",
    ),
    "remedy.health.database-locked": (
        "End what has control.sqlite open beside the platform (a backup, a shell); nothing is lost meanwhile.",
        "请结束平台之外打开 control.sqlite 的程序（例如备份或命令行），期间数据不会丢失。",
    ),
    "health.database-version": (
        "The database has the schema {found}, this program needs {needed}.",
        "数据库的结构版本为 {found}，本程序需要 {needed}。",
    ),
    "remedy.health.database-version": (
        "Start the platform again with the version that upgraded the database.",
        "请使用升级过该数据库的版本重新启动平台。",
    ),
    "health.disk-ok": ("There is room.", "空间充足。"),
    "health.disk-low": ("The disk is getting full.", "磁盘空间不足。"),
    "remedy.health.disk-low": (
        "Delete versions of data and models that nobody needs, or outputs of old tasks, or enlarge the disk.",
        "请删除不再需要的数据或模型版本、旧任务的输出，或扩大磁盘。",
    ),
    "health.disk-full": (
        "The disk is full: uploads, logs and the database can no longer be written.",
        "磁盘已满，上传、日志和数据库均无法写入。",
    ),
    "remedy.health.disk-full": (
        "Make room now: delete outputs of old tasks or versions of data, or enlarge the disk.",
        "请立即释放空间：删除旧任务的输出或数据版本，或扩大磁盘。",
    ),
    "health.disk-files": (
        "The disk takes no more files, though bytes may be free.",
        "磁盘已无法新建文件（即使仍有剩余空间）。",
    ),
    "remedy.health.disk-files": (
        "Delete folders with very many files, such as outputs of old tasks.",
        "请删除包含大量文件的目录，例如旧任务的输出。",
    ),
    "health.sandbox-ok": (
        "Every environment and task has a sandbox of its own, with limits.",
        "每个环境和任务都运行在独立的沙箱中，并设有资源上限。",
    ),
    "health.sandbox-person": (
        "Every environment and task has a sandbox of its own, with limits. `apt-get install` does not work inside.",
        "每个环境和任务都运行在独立的沙箱中，并设有资源上限；沙箱内无法使用 `apt-get install`。",
    ),
    "health.sandbox-unlimited-root": (
        "Every environment and task has a sandbox of its own, but nothing limits its memory and processes.",
        "每个环境和任务都运行在独立的沙箱中，但内存和进程数没有上限。",
    ),
    "remedy.health.sandbox-unlimited-root": (
        "Give this machine writable control groups and start the platform again.",
        "请为本机提供可写的控制组（cgroup），并重新启动平台。",
    ),
    "health.sandbox-unlimited-person": (
        "Every environment and task has a sandbox of its own, but nothing limits its memory and processes.",
        "每个环境和任务都运行在独立的沙箱中，但内存和进程数没有上限。",
    ),
    "remedy.health.sandbox-unlimited-person": (
        "Start it with `systemd-run --user --scope -p Delegate=yes gemini up` on a system with cgroup v2.",
        "请在使用 cgroup v2 的系统上以 `systemd-run --user --scope -p Delegate=yes gemini up` 启动。",
    ),
    "health.sandbox-plain": (
        "Environments and tasks run without a sandbox, as plain programs of whoever started the platform.",
        "环境和任务在没有沙箱的情况下运行，即以启动平台者的身份直接运行。",
    ),
    "remedy.health.sandbox-plain": (
        "Use it alone on a machine of your own until what the details name is there.",
        "在满足“详情”所列条件之前，请仅在自己的机器上单人使用。",
    ),
    "health.prices-ok": ("prices.toml is in force.", "prices.toml 已生效。"),
    "health.prices-fault": (
        "prices.toml cannot be used. The last good prices stay in force.",
        "prices.toml 无法使用，仍按上一次有效的价格计费。",
    ),
    "remedy.health.prices-fault": (
        "Correct the file as the details say. It takes effect when you save it.",
        "请按“详情”修改该文件，保存后立即生效。",
    ),
    "health.clock-ok": ("It runs evenly.", "走时平稳。"),
    "health.clock-stepped": (
        "The clock was set by {seconds} s within the last day.",
        "最近一天内，时钟被调整了 {seconds} 秒。",
    ),
    "remedy.health.clock-stepped": (
        "Let the machine keep time by itself (chrony or systemd-timesyncd): minutes of this clock are charged.",
        "请让机器自动校时（chrony 或 systemd-timesyncd），计费以该时钟的分钟为准。",
    ),
    # What is known of them
    "fact.version": ("Version", "版本"),
    "fact.python": ("Python", "Python"),
    "fact.answered": ("Answered in", "响应用时"),
    "fact.address": ("Address", "地址"),
    "fact.lag": ("Longest wait in a minute", "一分钟内最长等待"),
    "fact.listeners": ("Open live views", "打开的实时页面"),
    "fact.schema": ("Schema", "结构版本"),
    "fact.size": ("Size", "大小"),
    "fact.engine": ("Engine", "引擎"),
    "fact.free": ("Free", "可用"),
    "fact.total": ("Size of the disk", "磁盘大小"),
    "fact.store": ("People's data", "用户数据"),
    "fact.measuring": ("being measured", "正在统计"),
    "fact.mode": ("Mode", "模式"),
    "mode.root": ("sandboxes, started by root", "沙箱（由 root 启动）"),
    "mode.person": ("sandboxes, started by a person", "沙箱（由普通用户启动）"),
    "mode.plain": ("no sandbox", "无沙箱"),
    "fact.limits": ("Limits for memory", "内存上限"),
    "fact.apt": ("apt-get inside", "沙箱内 apt-get"),
    "fact.network": ("Network of its own", "独立网络"),
    "fact.yes": ("yes", "有"),
    "fact.no": ("no", "无"),
    "fact.file": ("File", "文件"),
    "fact.specifications": ("Priced specifications", "已定价规格"),
    "fact.zone": ("Zone of business", "业务时区"),
    "fact.now": ("Now", "当前时间"),
    "fact.synchronised": ("Kept by a time source", "自动校时"),
}
