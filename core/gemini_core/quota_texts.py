"""What the platform says of quota. Merged into `messages`."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # What a request waits for: whose limit, then of what
    "quota.person": ("personal limit ({value})", "个人配额（{value}）"),
    "quota.workspace": ("workspace limit ({value})", "工作空间配额（{value}）"),
    "quota.person-whole": ("more than the personal limit ({value})", "超过个人配额（{value}）"),
    "quota.workspace-whole": ("more than the workspace limit ({value})", "超过工作空间配额（{value}）"),
    "quota.cpu": ("CPU cores: {value}", "CPU {value} 核"),
    "quota.memory": ("memory: {value} GB", "内存 {value} GB"),
    "quota.gpu": ("GPUs: {value}", "GPU {value} 张"),
    "expected-start.queued-quota": (
        "Waits for quota at position {position}; it starts by itself when quota is free",
        "配额队列第 {position} 位；有空余配额时自动开始",
    ),
    # What is refused, since even all of a limit would be too little
    "beyond-person-cpu": (
        "CPU core limit of {person} in {workspace}: {limit}. This asks for {asked}. "
        "Ask for less, or have an owner of the workspace raise the limit.",
        "{person} 在工作空间 {workspace} 的 CPU 配额为 {limit} 核，此次申请 {asked} 核。"
        "请减少申请，或请工作空间所有者提高配额。",
    ),
    "beyond-person-memory": (
        "Memory limit of {person} in {workspace}: {limit} GB. This asks for {asked} GB. "
        "Ask for less, or have an owner of the workspace raise the limit.",
        "{person} 在工作空间 {workspace} 的内存配额为 {limit} GB，此次申请 {asked} GB。"
        "请减少申请，或请工作空间所有者提高配额。",
    ),
    "beyond-person-gpu": (
        "GPU limit of {person} in {workspace}: {limit}. This asks for {asked}. "
        "Ask for less, or have an owner of the workspace raise the limit.",
        "{person} 在工作空间 {workspace} 的 GPU 配额为 {limit} 张，此次申请 {asked} 张。"
        "请减少申请，或请工作空间所有者提高配额。",
    ),
    "beyond-workspace-cpu": (
        "CPU core limit of the workspace {workspace}: {limit}. This asks for {asked}. "
        "Ask for less, or have an operator raise the limit.",
        "工作空间 {workspace} 的 CPU 配额为 {limit} 核，此次申请 {asked} 核。请减少申请，或请运营管理员提高配额。",
    ),
    "beyond-workspace-memory": (
        "Memory limit of the workspace {workspace}: {limit} GB. This asks for {asked} GB. "
        "Ask for less, or have an operator raise the limit.",
        "工作空间 {workspace} 的内存配额为 {limit} GB，此次申请 {asked} GB。请减少申请，或请运营管理员提高配额。",
    ),
    "beyond-workspace-gpu": (
        "GPU limit of the workspace {workspace}: {limit}. This asks for {asked}. "
        "Ask for less, or have an operator raise the limit.",
        "工作空间 {workspace} 的 GPU 配额为 {limit} 张，此次申请 {asked} 张。请减少申请，或请运营管理员提高配额。",
    ),
}
