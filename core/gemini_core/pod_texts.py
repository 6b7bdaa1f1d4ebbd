"""What the hub says of a pod that comes, or does not; part of the table in `messages`."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # While it waits, as steps
    "pod.waits": ("Waiting for a node: {said}", "正在等待节点：{said}"),
    "pod.node-coming": ("A node is being added: {said}", "正在增加节点：{said}"),
    "pod.bound": ("A node has room; its folders are being mounted", "已分配节点，正在挂载目录"),
    "pod.pulling": ("The node fetches the image {image}", "节点正在拉取镜像 {image}"),
    "pod.pulled": ("The image is there", "镜像已就绪"),
    "pod.pull-fails": ("The image cannot be fetched yet: {said}", "暂时无法拉取镜像：{said}"),
    "pod.mount-fails": ("A folder cannot be mounted yet: {said}", "暂时无法挂载目录：{said}"),
    "pod.fails": ("The container cannot be started yet: {said}", "暂时无法启动容器：{said}"),
    "pod.started": ("The environment runs; JupyterLab is starting", "开发环境已运行，正在启动 JupyterLab"),
    "pod.said": ("The cluster says: {said}", "集群提示：{said}"),
    # Where it does not come about
    "spawn-no-cluster": (
        "The platform does not know that it is a cluster. Tell an operator.",
        "平台未配置为集群模式，请联系运营管理员。",
    ),
    "spawn-pod-image": (
        "The image cannot be fetched: {detail}. Choose another image, or tell an operator.",
        "无法拉取镜像：{detail}。请更换镜像，或联系运营管理员。",
    ),
    "spawn-pod-node-missing": (
        "No node can take the environment: {detail}. "
        "Choose a smaller specification or another zone, or try again later.",
        "没有节点能够运行该开发环境：{detail}。请选择更小的规格或其他可用区，或稍后重试。",
    ),
    "spawn-pod-configuration": (
        "The container cannot be started: {detail}. Choose another image, or tell an operator.",
        "容器无法启动：{detail}。请更换镜像，或联系运营管理员。",
    ),
    "spawn-pod-memory": (
        "The environment needed more memory than it has while it was starting. Choose a larger specification.",
        "开发环境在启动过程中内存不足，请选择更大的规格。",
    ),
    "spawn-pod-lost": (
        "The node gave the environment up: {detail}. Start it again; if it stays, tell an operator.",
        "节点终止了该开发环境：{detail}。请重新启动；若仍出现，请联系运营管理员。",
    ),
    "spawn-pod-late": (
        "The environment was not there within {seconds} s. The cluster said last: {detail}. "
        "Start it again; if it stays, tell an operator.",
        "开发环境未能在 {seconds} 秒内就绪，集群最后的提示：{detail}。请重新启动；若仍出现，请联系运营管理员。",
    ),
    "spawn-pod-foreign": (
        "The cluster has a pod called {pod} that is not this environment's; it was left alone. Tell an operator.",
        "集群中已有名为 {pod} 的 Pod，且不属于该开发环境，未作改动。请联系运营管理员。",
    ),
    "spawn-pod-refused": (
        "The cluster does not take the environment: {detail}. Start it again; if it stays, tell an operator.",
        "集群未能接受该开发环境：{detail}。请重新启动；若仍出现，请联系运营管理员。",
    ),
}
