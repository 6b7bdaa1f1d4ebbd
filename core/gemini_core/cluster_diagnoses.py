"""What is said of the parts of a platform on a cluster, in both languages; beside `diagnoses`."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "not-ready": ("The control plane cannot serve yet, or is ending.", "控制面暂时无法提供服务，或正在退出。"),
    "database-unreachable": (
        "The platform's database does not answer. Nothing was changed; try again in a moment.",
        "平台数据库没有响应。未做任何更改，请稍后重试。",
    ),
    # The parts
    "part.replicas": ("Replicas of the control plane", "控制面副本"),
    "part.kubernetes": ("Kubernetes API", "Kubernetes API"),
    "part.nodes": ("Nodes", "节点"),
    "part.kueue": ("Kueue (queues)", "Kueue（排队）"),
    "part.jobset": ("JobSet (training tasks)", "JobSet（训练任务）"),
    # How they are
    "health.replicas-ok": ("One leads, all serve.", "其中一个为主，全部提供服务。"),
    "health.replicas-single": (
        "Only one replica is there: while it starts anew, nobody is served.",
        "只有一个副本：它重启期间平台无法提供服务。",
    ),
    "remedy.health.replicas-single": (
        "Set two replicas in the chart's values.",
        "请在 Chart 的 values 中设置两个副本。",
    ),
    "health.replicas-leaderless": (
        "Nobody leads: nothing starts, ends or is charged until a replica does.",
        "没有主副本：在选出之前不会启动、结束或计费任何任务。",
    ),
    "remedy.health.replicas-leaderless": (
        "If it stays so for a minute, look at the replicas' logs and at the database's connections.",
        "若一分钟后仍如此，请查看各副本的日志以及数据库连接。",
    ),
    "health.kubernetes-ok": ("The cluster's API answers.", "集群 API 有响应。"),
    "health.kubernetes-silent": (
        "The cluster's API does not answer. What runs runs on; nothing starts or is seen to end.",
        "集群 API 没有响应。正在运行的任务不受影响；但无法启动新的任务，也无法得知任务结束。",
    ),
    "remedy.health.kubernetes-silent": (
        "Look at the API server, the network policies and the rights of the control plane's account.",
        "请检查 API 服务器、网络策略以及控制面账号的权限。",
    ),
    "health.kubernetes-refuses": (
        "The cluster's API refuses the control plane (status {status}).",
        "集群 API 拒绝了控制面的请求（状态码 {status}）。",
    ),
    "remedy.health.kubernetes-refuses": (
        "Its role lacks a right, or its token is not good. Install the chart again; it brings the role.",
        "其角色缺少权限或令牌无效。请重新安装 Chart，其中包含所需角色。",
    ),
    "health.nodes-ok": ("{ready} of {total} nodes are ready.", "{total} 个节点中 {ready} 个就绪。"),
    "health.nodes-some": ("{ready} of {total} nodes are ready.", "{total} 个节点中只有 {ready} 个就绪。"),
    "remedy.health.nodes-some": (
        "Look at the others with `kubectl get nodes`; what ran there has failed with the reason.",
        "请用 `kubectl get nodes` 查看其余节点；其上的任务已失败并注明原因。",
    ),
    "health.nodes-none": ("No node is ready: nothing can start.", "没有就绪的节点：无法启动任何任务。"),
    "remedy.health.nodes-none": ("Look at the nodes with `kubectl get nodes`.", "请用 `kubectl get nodes` 查看节点。"),
    "health.nodes-unseen": (
        "The control plane may not see nodes; what is free is not known.",
        "控制面无权查看节点，因此无法得知剩余资源。",
    ),
    "health.extension-ok": ("Its kinds are served.", "其资源类型可用。"),
    "health.extension-missing": (
        "It is not installed: the kind {kind} is unknown to the cluster.",
        "未安装：集群中没有资源类型 {kind}。",
    ),
    "remedy.health.extension-missing": (
        "Install it as the documents for administrators say, then look again.",
        "请按管理员文档安装后再看。",
    ),
    "health.extension-silent": ("Its kinds cannot be read (status {status}).", "无法读取其资源（状态码 {status}）。"),
    "remedy.health.extension-silent": (
        "Its webhook or controller may be down; look at its pods.",
        "其 Webhook 或控制器可能已停止，请查看其 Pod。",
    ),
    # What is known of them
    "fact.leader": ("Leads", "主副本"),
    "fact.since": ("Since", "开始于"),
    "fact.others": ("Others", "其他副本"),
    "fact.ready-nodes": ("Ready", "就绪"),
    "fact.not-ready": ("Not ready", "未就绪"),
    "fact.namespace": ("Namespace", "命名空间"),
    "fact.kind": ("Kind", "资源类型"),
    "fact.there": ("There", "数量"),
}
