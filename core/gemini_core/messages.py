"""Every sentence that the platform says from Python, in English and in Chinese.

One table, keyed by a stable name: errors by their name, reasons as `reason.X`, remedies as `remedy.X`.
A test holds that both languages are there, name the same parameters and end alike.
"""

from __future__ import annotations

from typing import Any

from gemini_core import (
    client_texts,
    cluster_diagnoses,
    cluster_texts,
    diagnoses,
    launch_texts,
    notebook_texts,
    pod_texts,
    queue_texts,
    quota_texts,
    task_texts,
)

LANGUAGES = ("en", "zh-CN")

_TEXTS: dict[str, tuple[str, str]] = {
    **client_texts.TEXTS,
    **cluster_texts.TEXTS,
    **launch_texts.TEXTS,
    **notebook_texts.TEXTS,
    **pod_texts.TEXTS,
    **queue_texts.TEXTS,
    **quota_texts.TEXTS,
    **task_texts.TEXTS,
    "ok": ("OK", "成功"),
    "wire": ("{message}", "{message}"),
    # Errors of every route
    "internal-error": (
        "Something went wrong on our side. Try again; if it stays, give the request id to an operator.",
        "平台内部错误，请重试；若仍出现，请把请求编号告诉运营管理员。",
    ),
    "not-found": ("This does not exist, or it is not yours.", "不存在，或不属于您。"),
    "not-allowed": ("You may not do this. It needs the role {role}.", "您没有权限，需要的角色：{role}。"),
    "not-signed-in": ("Sign in first.", "请先登录。"),
    "scope-missing": ("Your token lacks the scope {scope}.", "您的令牌缺少权限：{scope}。"),
    "xsrf-missing": ("This page is out of date. Reload it and try again.", "页面已过期，请刷新后重试。"),
    "hub-unreachable": ("JupyterHub does not answer. Try again in a moment.", "JupyterHub 暂时无响应，请稍后重试。"),
    "no-workspace": (
        "You are in no workspace yet. Ask the owner of one to add you.",
        "您还不属于任何工作空间，请联系所有者将您加入。",
    ),
    "method-not-allowed": ("This address does not take that method.", "该地址不支持此请求方法。"),
    "bad-request": ("The request cannot be read.", "请求无法解析。"),
    "body-too-large": ("The body is too large: at most {limit} bytes are taken.", "请求体过大，最多 {limit} 字节。"),
    "field-required": ("Fill this in.", "请填写此项。"),
    "field-unknown": ("There is no field {unknown}. Leave it out.", "没有字段 {unknown}，请删除。"),
    "field-type": ("This must be of type {expected}.", "类型应为 {expected}。"),
    "field-choice": ("Choose one of: {choices}.", "请从以下值中选择：{choices}。"),
    "field-range": ("This must be {range}.", "取值应 {range}。"),
    "field-unfit": ("This value does not fit here. Correct it.", "该值不合要求，请修改。"),
    "arrears": (
        "The workspace is in arrears: nothing new can start. Top up its account.",
        "工作空间已欠费，无法启动新的环境或任务，请先充值。",
    ),
    "gpu-unpriced": (
        "{gpu} has no price yet. Ask an operator to set one, or choose another card.",
        "{gpu} 尚未定价，请联系运营管理员，或选择其他显卡。",
    ),
    "name-taken": ("This name is taken. Choose another.", "名称已被使用，请更换。"),
    "last-owner": (
        "A workspace needs an owner. Make somebody else an owner first.",
        "工作空间至少需要一位所有者，请先指定其他所有者。",
    ),
    "balance-too-large": ("The balance would be too large. Put in less.", "余额将超出上限，请减少金额。"),
    "amount-unfit": (
        'An amount is a decimal string of points with at most six digits after the point, like "100.5".',
        '金额须为算力点的十进制字符串，小数最多六位，例如 "100.5"。',
    ),
    "path-unfit": (
        "A path is relative, without . or .. and without empty names. Correct it.",
        "路径须为相对路径，不能包含 .、.. 或空名称，请修改。",
    ),
    "path-too-deep": ("At most {limit} folders deep.", "目录层级最多 {limit} 层。"),
    "path-too-long": ("A path has at most {limit} bytes.", "路径最多 {limit} 字节。"),
    "name-too-long": ("A name has at most {limit} characters.", "名称最多 {limit} 个字符。"),
    "path-is-file": (
        "{name_there} is a file, not a folder. Choose another path, or delete the file first.",
        "{name_there} 是文件而不是目录，请更换路径或先删除该文件。",
    ),
    "path-denied": (
        "The platform may not read or write {path}. In a terminal of an environment, give it back to root "
        "(chown -R root) and allow its owner all (chmod -R u+rwX), or remove it.",
        "平台无权读写 {path}。请在环境的终端中将其归还 root（chown -R root）并给所有者全部权限（chmod -R u+rwX），"
        "或将其删除。",
    ),
    "path-is-folder": ("There is a folder of this name. Choose another path.", "已有同名目录，请更换路径。"),
    "disk-full": (
        "The platform's disk is full; nothing was changed. Delete what you do not need, then try again.",
        "平台磁盘已满，未作任何更改。请删除不需要的数据后重试。",
    ),
    "remedy.disk-full": (
        "If nothing of yours is left to delete, ask an operator for room. What runs goes on.",
        "若没有可删除的数据，请联系运营管理员扩容。正在运行的环境和任务不受影响。",
    ),
    "database-locked": (
        "Another program holds the platform's database; nothing was changed. Try again in a moment.",
        "平台数据库正被其他程序占用，未作任何更改，请稍后重试。",
    ),
    "remedy.database-locked": (
        "If it stays, an operator ends the program that has control.sqlite open, such as a database browser or a copy.",
        "若持续出现，请运营管理员结束正在占用 control.sqlite 的程序（如数据库浏览工具或备份）。",
    ),
    "draft-empty": ("The draft is empty. Upload files first.", "草稿为空，请先上传文件。"),
    "nothing-changed": (
        "Nothing has changed since version {number}. Upload or delete files first.",
        "与版本 {number} 相比没有变化，请先上传或删除文件。",
    ),
    "version-mounted": (
        "It is mounted in {names}. Take it out of the mounts there, or delete that, first.",
        "正被 {names} 挂载，请先在其中取消挂载或将其删除。",
    ),
    "version-mounted-elsewhere": (
        "{count} environments or tasks of other people have it mounted. It can be deleted when they no longer do.",
        "正被其他成员的 {count} 个环境或任务挂载，待其取消挂载后方可删除。",
    ),
    "project-in-use": (
        "{environments} environments and {tasks} unfinished tasks belong to it. Delete or end them first.",
        "仍有 {environments} 个环境和 {tasks} 个未结束的任务，请先删除或结束它们。",
    ),
    "specification-unknown": (
        "There is no such specification. Choose one of the list.",
        "规格不存在，请从列表中选择。",
    ),
    "image.local": ("This machine's Python with the platform's packages.", "本机的 Python，含平台预装的软件包。"),
    "page-bundle-missing": (
        "The pages were not built. Run make build and load this page again.",
        "页面资源尚未构建，请运行 make build 后刷新。",
    ),
    "page-needs-script": ("These pages need JavaScript.", "此页面需要启用 JavaScript。"),
    "page-unknown": ("There is no such page.", "页面不存在。"),
    "path-as-name": ("A name has no slash and is not . or ..", "名称不能包含斜杠，也不能是 . 或 .."),
    "too-many-items": ("At most {limit} entries are taken.", "最多 {limit} 项。"),
    "limit-out-of-range": ("limit is a number from 1 to {limit}.", "limit 须为 1 到 {limit} 的整数。"),
    "cursor-unfit": ("This cursor is not one of ours. Begin without one.", "cursor 无效，请不带 cursor 重新获取。"),
    "idempotency-key-unfit": (
        "An Idempotency-Key has 1 to 255 printable characters.",
        "Idempotency-Key 须为 1 到 255 个可打印字符。",
    ),
    "bad-json": ("The body is not valid JSON: {detail}.", "请求体不是合法的 JSON：{detail}。"),
    "invalid-field": ("{field}: {detail}", "{field}：{detail}"),
    "idempotency-mismatch": (
        "This Idempotency-Key was used with another body. Send a new key.",
        "该 Idempotency-Key 已用于另一个请求体，请更换新的键。",
    ),
    # Between the parts
    "platform-unreachable": (
        "The platform does not answer. What runs goes on; try again in a moment.",
        "平台暂时没有响应，正在运行的环境和任务不受影响，请稍后重试。",
    ),
    "outside-platform": (
        "The platform did not start this JupyterLab, so nothing can be asked of it here. "
        "Open JupyterLab from your environments.",
        "此 JupyterLab 不是由平台启动的，无法使用平台功能，请从您的开发环境打开 JupyterLab。",
    ),
    "server-not-yours": (
        "This server is another person's, or you are not signed in. Open it from your own environments.",
        "该开发环境不属于您，或您尚未登录。请从您自己的开发环境打开。",
    ),
    "request-refused": ("The request was refused: {detail}", "请求被拒绝：{detail}"),
    "upload-too-large": ("At most {limit} GB are taken in one request.", "单次请求最多 {limit} GB。"),
    "runner-unreachable": (
        "This environment does not take orders right now. Try again in a moment, or restart the environment.",
        "该开发环境暂时无法接收任务，请稍后重试，或重启开发环境。",
    ),
    "runner-refused": ("The environment refused the order: {detail}", "开发环境拒绝了该请求：{detail}"),
    "unexpected-answer": (
        "The platform answered {status} without saying why. Try again in a moment.",
        "平台返回了 {status}，没有说明原因，请稍后重试。",
    ),
    # The training form, in this order (TRAIN-3)
    "task-name-required": ("Enter a task name", "请输入任务名称"),
    "dataset-required": ("Choose a dataset", "请选择数据集"),
    "environment-required": ("Choose a development environment", "请选择开发环境"),
    "zone-required": ("Choose a zone", "请选择可用区"),
    "task-created": ("Training task created", "训练任务创建成功"),
    # What the form may not hold
    "launch-mode-unknown": ("Choose a launch mode: existing or dynamic.", "请选择启动模式：existing 或 dynamic。"),
    "too-long": ("At most {limit} characters are taken.", "最多 {limit} 个字符。"),
    "control-characters": ("It holds a control character. Remove it and try again.", "含有控制字符，请删除后重试。"),
    "too-many-mounts": ("At most {limit} of a kind can be mounted.", "同类最多挂载 {limit} 个。"),
    "mounted-twice": ("The same one is chosen twice. Choose it once.", "重复选择了同一项，请只选择一次。"),
    "duration-out-of-range": (
        "The time limit must be between 1 and {limit} seconds.",
        "最长运行时间必须在 1 到 {limit} 秒之间。",
    ),
    # Snapshots of code
    "snapshot-too-many-files": (
        "The project's code has more than {limit} files. Move data out of the code (a dataset is the place for it).",
        "项目代码超过 {limit} 个文件，请把数据移出代码目录（建议放入数据集）。",
    ),
    "snapshot-too-large": (
        "The project's code is larger than {limit} MB. Move data out of the code (a dataset is the place for it).",
        "项目代码超过 {limit} MB，请把数据移出代码目录（建议放入数据集）。",
    ),
    "snapshot-too-deep": (
        "The project's code has folders nested deeper than {limit}: {path}. Flatten them.",
        "项目代码的目录层级超过 {limit} 层：{path}，请减少层级。",
    ),
    "snapshot-special-file": (
        "The project's code holds something that is no file, folder or link: {path}. Remove it.",
        "项目代码中包含既不是文件、目录也不是链接的内容：{path}，请删除。",
    ),
    # The steps of a start (TRAIN-8)
    "step.find-node": ("Find a node", "查找可用节点"),
    "step.allocate-gpu": ("Allocate GPUs", "分配 GPU"),
    "step.pull-image": ("Pull the image", "拉取镜像"),
    "step.mount": ("Mount datasets and models", "挂载数据集和模型"),
    "step.start-task": ("Start the training container", "启动训练容器"),
    "step.start-environment": ("Start the development environment", "启动开发环境"),
    "short.cpu": ("CPU is short", "CPU 不足"),
    "short.memory": ("memory is short", "内存不足"),
    "short.gpu": ("GPUs are short", "GPU 不足"),
    "short.line": ("others wait in front", "前面还有排队"),
    "expected-start.existing": (
        "Quick start, training is expected to begin within 10 seconds",
        "快速启动，预计 10 秒内开始训练",
    ),
    "expected-start.dynamic": ("Resources are expected to be allocated in 2-5 minutes", "预计 2-5 分钟完成资源分配"),
    "expected-start.environment": ("Expected to be ready within a minute", "预计 1 分钟内就绪"),
    "expected-start.queued": (
        "Waits in the queue at position {position}; it starts by itself when there is room",
        "排队中，第 {position} 位；有空闲资源时自动开始",
    ),
    # Environments, tasks and what they need
    "image-unknown": ("There is no image {image}. Choose one of: {known}.", "没有镜像 {image}，请选择：{known}。"),
    "project-required": ("Choose a project.", "请选择项目。"),
    "resources-required": ("Choose a specification or a resource configuration.", "请选择规格或资源配置。"),
    "resources-twice": ("Give a specification or a resource configuration, not both.", "规格和资源配置只能二选一。"),
    "zone-unavailable": (
        "{zone} takes nothing new at the moment. Choose another zone.",
        "{zone} 暂不可用，请选择其他可用区。",
    ),
    "gpu-type-required": ("Choose a GPU type, or set the GPU count to 0.", "请选择 GPU 类型，或将 GPU 数量设为 0。"),
    "beyond-zone-gpu": (
        "{zone} has {limit} {kind} in all. Ask for at most that many.",
        "{zone} 共有 {limit} 张 {kind}，请不要超过该数量。",
    ),
    "beyond-zone-cpu": (
        "{zone} has {limit} CPU cores in all. Ask for at most that many.",
        "{zone} 共有 {limit} 个 CPU 核，请不要超过该数量。",
    ),
    "beyond-zone-memory": (
        "{zone} has {limit} GB of memory in all. Ask for at most that much.",
        "{zone} 共有 {limit} GB 内存，请不要超过该数量。",
    ),
    "no-version-yet": (
        "{asset} has no version yet. Commit one, then choose it.",
        "{asset} 还没有版本，请先提交版本再选择。",
    ),
    "owner-only": (
        "Only {owner} may do this; you may see it and stop it.",
        "只有 {owner} 可以执行此操作；您可以查看和停止。",
    ),
    "environment-not-stopped": (
        "Stop the environment first: this can be changed only while it is stopped.",
        "请先停止开发环境：仅停止后才能修改。",
    ),
    "environment-not-running": (
        "The environment {environment} is not running. Start it, or choose another one.",
        "开发环境 {environment} 未在运行，请启动它或选择其他开发环境。",
    ),
    "environment-not-admitted": (
        "This environment has not been started on the platform's pages, so it cannot be started here.",
        "该开发环境未通过平台启动，无法在此启动。",
    ),
    "not-mounted": (
        "Not mounted in {environment}: {missing}. Stop it, add the mounts and start it again, or choose dynamic.",
        "开发环境 {environment} 未挂载：{missing}。请停止后添加挂载并重新启动，或选择动态创建资源。",
    ),
    "project-not-there": (
        "The environment {environment} works in another project. Leave the project out, or choose dynamic.",
        "开发环境 {environment} 属于其他项目。请不要指定项目，或选择动态创建资源。",
    ),
    "command-required": (
        "Give a start command, or set the project's default command.",
        "请填写启动命令，或设置项目的默认启动命令。",
    ),
    "task-ended": ("The task has ended already.", "任务已结束。"),
    "log-unknown": ("There is no log of the role {role}, rank {rank}.", "没有角色 {role}、序号 {rank} 的日志。"),
    "detail.read-only-place": (
        "The script wrote to a read-only place: its code and mounted data cannot be changed. "
        "Write to the folder named by GEMINI_OUTPUT instead.",
        "脚本写入了只读位置：代码和挂载的数据不能修改。请改为写入 GEMINI_OUTPUT 指向的目录。",
    ),
    "detail.lost": (
        "What watched over it was killed, so how it ended is not known.",
        "负责监视的进程被终止，无法得知其结束方式。",
    ),
    "detail.process-killed": (
        "Process 1 of the environment was killed (signal {value}).",
        "开发环境的 1 号进程被终止（信号 {value}）。",
    ),
    "detail.process-ended": (
        "Process 1 of the environment ended by itself (exit code {value}).",
        "开发环境的 1 号进程自行结束（退出码 {value}）。",
    ),
    "detail.sandbox-failed": ("The sandbox could not be started: {value}.", "沙箱启动失败：{value}。"),
    "detail.environment-ended": ("The development environment it ran in has ended.", "其所在的开发环境已结束。"),
    "detail.order-undelivered": (
        "The environment did not take the order. Restart the environment, then submit again.",
        "开发环境未接收任务指令，请重启开发环境后重新提交。",
    ),
    # Reasons (TRAIN-9)
    "reason.quota": ("Quota is short", "配额不足"),
    "remedy.quota": (
        "It starts by itself when quota is free. Stop something of yours, or ask the owner for more.",
        "有配额时自动开始。可停止您的其他任务，或请所有者提高配额。",
    ),
    "reason.resources": ("Not enough free resources", "资源不足"),
    "remedy.resources": (
        "It starts by itself when there is room. Ask for less, or stop something that runs.",
        "有空闲资源时自动开始。可减少所需资源，或停止正在运行的环境或任务。",
    ),
    "reason.image": ("The image cannot be used", "镜像问题"),
    "remedy.image": ("Choose another image.", "请更换镜像。"),
    "reason.configuration": ("The configuration is wrong", "配置错误"),
    "remedy.configuration": ("Correct what the message names and try again.", "请按提示修改后重试。"),
    "reason.arrears": ("The account is in arrears", "账户欠费"),
    "remedy.arrears": ("Top up the workspace's account.", "请为工作空间充值。"),
    "reason.out-of-memory": ("Out of memory (OOM)", "内存溢出 (OOM)"),
    "remedy.out-of-memory": (
        "Use a smaller batch, or a specification with more memory.",
        "请减小批大小，或选用内存更大的规格。",
    ),
    "reason.code": ("The code ended with an error", "代码错误"),
    "remedy.code": ("Read the last lines of the log, correct the code and retry.", "请查看日志末尾，修改代码后重试。"),
    "reason.node": ("The node failed", "节点故障"),
    "remedy.node": ("Start it again.", "请重新启动。"),
    "reason.timeout": ("The time limit was reached", "超时"),
    "remedy.timeout": ("Raise the time limit, or make the work shorter.", "请提高时限，或缩短任务。"),
    "reason.user-stopped": ("Stopped by a person", "用户停止"),
    "remedy.user-stopped": ("Start it again when you need it.", "需要时可再次启动。"),
    **diagnoses.TEXTS,
    **cluster_diagnoses.TEXTS,
}


def language_of(accept: str) -> str:
    """The language to answer an `Accept-Language` header in: the first that we speak, else English."""
    for part in accept.split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh-CN"
        if tag.startswith("en"):
            return "en"
    return "en"


def text(name: str, language: str, **params: Any) -> str:
    """The sentence `name` in `language`, its parameters filled in. Unknown names are bugs: KeyError."""
    english, chinese = _TEXTS[name]
    return (chinese if language == "zh-CN" else english).format(**params)


def template(name: str) -> str:
    """The English sentence `name` with its parameters as they are named."""
    return _TEXTS[name][0]


def names() -> tuple[str, ...]:
    """All names of the table."""
    return tuple(_TEXTS)
