"""The sentences about what a training task may be; part of the table in `messages`."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "option.train-role": (
        "a role of a distributed task, once for each: name=worker,instances=2,command=…",
        "分布式任务的角色，每个角色写一次：name=worker,instances=2,command=…",
    ),
    "expected.role": (
        "It is like name=worker,instances=2,command=python train.py; the command stands last.",
        "形式如 name=worker,instances=2,command=python train.py，command 写在最后。",
    ),
    "mode-unknown": (
        "There is no such mode. Use standalone, distributed or horovod.",
        "没有这种任务模式，请使用 standalone、distributed 或 horovod。",
    ),
    "mode-needs-dynamic": (
        "This mode needs resources of its own. Choose dynamic, or the standalone mode.",
        "该任务模式需要动态创建资源，请选择动态创建资源，或改用单机模式。",
    ),
    "mode-not-yet": (
        "The Horovod mode is not offered here yet. Use the distributed mode with a command for each role.",
        "此平台尚未提供 Horovod 模式，请使用自定义分布式模式并为每个角色填写启动命令。",
    ),
    "roles-required": ("Add at least one role.", "请至少添加一个角色。"),
    "roles-need-distributed": (
        "A standalone task has no roles. Choose the distributed mode, or leave roles out.",
        "单机任务没有角色，请选择自定义分布式模式，或不填写角色。",
    ),
    "too-many-roles": ("A task has at most {limit} roles.", "一个任务最多有 {limit} 个角色。"),
    "role-name-unfit": (
        "A role's name is at most {limit} lower-case letters, digits and hyphens, a letter first.",
        "角色名称以小写字母开头，只含小写字母、数字和连字符，最多 {limit} 个字符。",
    ),
    "role-twice": ("Two roles are called {role}. Give each its own name.", "有两个角色都叫 {role}，请使用不同的名称。"),
    "role-instances": ("A role has between 1 and {limit} instances.", "每个角色的实例数须在 1 到 {limit} 之间。"),
    "priority-needs-dynamic": (
        "A task in an environment starts at once and waits in no line. Leave the priority at normal.",
        "在现有开发环境中的任务立即启动，不参与排队，优先级请保持 normal。",
    ),
    "short.priority": ("higher priorities are in front", "前面有优先级更高的任务"),
    "option.priority": (
        "low, normal or high: who waits in front of others (default normal)",
        "优先级：low、normal 或 high，决定排队先后（默认 normal）",
    ),
    "expected.priority": ("It is low, normal or high.", "须为 low、normal 或 high。"),
    "retries-need-dynamic": (
        "Only a task with resources of its own is run again by itself. Leave retries out.",
        "只有动态创建资源的任务才能自动重试，请勿填写 retries。",
    ),
    "option.retries": ("start it again so often where it fails (default 0)", "失败后自动重试的次数（默认 0）"),
}
