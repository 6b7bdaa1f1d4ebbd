"""What people read of a cluster's line and of what it takes back; part of the table in `messages`."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "beyond-node-gpu": (
        "{kind} cards on the largest machine of {zone}: {limit}. Ask for no more than that, "
        "or give a task several instances.",
        "{zone} 中单台机器最多有 {limit} 张 {kind}。请减少申请数量，或让训练任务使用多个实例。",
    ),
    "detail.line-joining": ("It is joining the cluster's queue.", "正在加入集群队列。"),
    "detail.line-unreachable": (
        "The cluster's queue does not answer. It is tried again by itself.",
        "集群队列暂无响应，平台会自动重试。",
    ),
    "detail.line-refused": ("The cluster's queue does not take it.", "集群队列拒绝了此请求。"),
    "detail.line-foreign": (
        "The cluster holds an object of the same name that is not the platform's: {value}. "
        "An operator has to remove or rename it.",
        "集群中已存在同名但不属于本平台的对象：{value}。请运营管理员删除或改名。",
    ),
    "detail.line-unknown": (
        "Its zone or its kind of card is not offered any more: {value}.",
        "所选可用区或显卡类型已不再提供：{value}。",
    ),
    "detail.line-lost": (
        "Its reservation was deleted in the cluster. It goes on, and holds a place again as soon as there is room.",
        "其资源预留已在集群中被删除。它会继续运行，待有空闲资源时重新预留。",
    ),
    "detail.evicted": ("The cluster took its resources back.", "集群收回了其资源。"),
    "detail.evicted-preempted": (
        "The cluster gave its resources to something more important.",
        "集群将其资源分配给了优先级更高的工作。",
    ),
    "detail.evicted-late": (
        "The cluster took its resources back, because it was not ready in time.",
        "未能按时就绪，集群收回了其资源。",
    ),
    "detail.evicted-check": (
        "A check of the cluster's queue does not allow it any more.",
        "集群队列的检查不再允许其运行。",
    ),
    "detail.evicted-stopped": (
        "An operator stopped its queue in the cluster.",
        "运营管理员已停止其所在的集群队列。",
    ),
    "detail.evicted-node": ("The cluster lost the node that it ran on.", "其所在的集群节点发生故障。"),
    "detail.evicted-time": (
        "It ran for longer than the cluster's queue allows.",
        "运行时间超过了集群队列的上限。",
    ),
    "detail.evicted-deactivated": (
        "Its place in the cluster's queue was deactivated by hand.",
        "其在集群队列中的名额已被手动停用。",
    ),
}
