"""What the hub says of a start, and of one that does not come about; part of the table in `messages`."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # Its steps on one machine
    "launch.checked": ("{environment}: checked, {count} CPU", "{environment}：检查通过，{count} 核"),
    "launch.folders": ("{count} folders mounted", "已挂载 {count} 个目录"),
    "launch.sandbox": ("The sandbox runs; JupyterLab is starting", "沙箱已运行，正在启动 JupyterLab"),
    # Where it does not come about
    "spawn-unnamed": (
        "Only environments are started here. Make one on the page New environment.",
        "此处只能启动开发环境，请在“新建环境”页面创建。",
    ),
    "spawn-options": (
        "An environment is started by its id alone; everything else is set on its page.",
        "启动开发环境只接受其编号，其他设置请在环境页面修改。",
    ),
    "spawn-not-yours": ("This environment is not yours.", "该开发环境不属于您。"),
    "spawn-cancelled": ("The start was cancelled.", "启动已取消。"),
    "spawn-unsaid": (
        "JupyterHub could not start it and does not say why. Start it again; if it stays, tell an operator.",
        "JupyterHub 启动失败，未说明原因。请重新启动；若仍出现，请联系运营管理员。",
    ),
    "spawn-no-answer": (
        "JupyterLab did not answer within {detail}. Start it again; if it stays, tell an operator.",
        "JupyterLab 在 {detail} 内没有响应。请重新启动；若仍出现，请联系运营管理员。",
    ),
    "spawn-ended": (
        "The environment ended while it was starting. Its last words: {detail}",
        "开发环境在启动过程中结束。最后的输出：{detail}",
    ),
    "spawn-killed": (
        "The environment was killed while it was starting (signal {signal}). "
        "Start it again; if it stays, tell an operator.",
        "开发环境在启动过程中被终止（信号 {signal}）。请重新启动；若仍出现，请联系运营管理员。",
    ),
    "spawn-ended-silently": (
        "The environment ended while it was starting (exit code {code}) and said nothing. "
        "Start it again; if it stays, tell an operator.",
        "开发环境在启动过程中结束（退出码 {code}），没有任何输出。请重新启动；若仍出现，请联系运营管理员。",
    ),
    "spawn-lost": (
        "The environment was lost while it was starting: what watched over it was killed. Start it again.",
        "开发环境在启动过程中丢失：负责监视的进程被终止。请重新启动。",
    ),
    "spawn-sandbox-failed": (
        "The sandbox could not be started: {detail}. Try again; if it stays, tell an operator.",
        "沙箱启动失败：{detail}。请重试；若仍出现，请联系运营管理员。",
    ),
}
