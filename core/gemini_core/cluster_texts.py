"""The sentences about tasks and pods on a cluster; part of the table in `messages`."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "mode.pod": ("pods of a cluster", "集群 Pod"),
    "detail.pod-unschedulable": (
        "No node can take it at the moment. It starts by itself as soon as one can.",
        "目前没有节点能够运行它，一旦有节点可用将自动启动。",
    ),
    "detail.image-unusable": ("The image {value} cannot be used on its node.", "节点无法使用镜像 {value}。"),
    "detail.image-unreached": (
        "The node cannot fetch the image {value}; it tries again.",
        "节点无法拉取镜像 {value}，正在重试。",
    ),
    "detail.image-given-up": ("The image {value} could not be fetched.", "镜像 {value} 拉取失败。"),
    "detail.container-refused": ("The node could not start its container.", "节点无法启动其容器。"),
    "detail.pod-unmounted": (
        "The node cannot mount its folders; it tries again.",
        "节点无法挂载其目录，正在重试。",
    ),
    "detail.pod-unmade": ("The node cannot prepare its pod; it tries again.", "节点无法创建其 Pod，正在重试。"),
    "detail.pods-refused": ("The cluster refused it.", "集群拒绝了它。"),
    "detail.pod-refused": ("The node {value} refused it.", "节点 {value} 拒绝运行它。"),
    "detail.pod-evicted": (
        "The cluster took it off the node {value}, which ran short of memory or disk.",
        "节点 {value} 的内存或磁盘不足，集群将其驱逐。",
    ),
    "detail.pod-storage-full": (
        "It used more temporary storage on the node {value} than it may.",
        "它在节点 {value} 上使用的临时存储超出了限额。",
    ),
    "detail.pod-drained": (
        "The node {value} was cleared for maintenance by an administrator.",
        "管理员为维护清空了节点 {value}。",
    ),
    "detail.pod-preempted": (
        "The cluster gave its place on the node {value} to something more important.",
        "集群将其在节点 {value} 上的位置让给了更高优先级的任务。",
    ),
    "detail.node-lost": ("The node {value} that it ran on was lost.", "其所在的节点 {value} 已失联。"),
    "detail.output-replaced": (
        "The folder of its output was replaced by something else while it waited. Nothing was started; run it again.",
        "等待期间其输出目录被替换为其他内容。任务未启动，请重新运行。",
    ),
    "detail.deleted-outside": (
        "Somebody deleted it on the cluster, past the platform.",
        "有人绕过平台在集群上删除了它。",
    ),
    "detail.foreign-object": (
        "{value} is on the cluster already and is not the platform's. Ask an administrator to remove it, or run again.",
        "集群上已有不属于平台的 {value}，请联系管理员移除，或重新运行。",
    ),
}
