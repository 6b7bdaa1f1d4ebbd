"""The sentences of the client, the notebook and the command line; part of the table in `messages`."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # Where the platform is
    "not-connected": (
        "No platform is known here. Run `gemini login`, or set GEMINI_URL and GEMINI_TOKEN.",
        "尚未连接平台，请运行 gemini login，或设置 GEMINI_URL 和 GEMINI_TOKEN。",
    ),
    "connection-half": (
        "{given} is set, but {missing} is not. Set both, or neither and run `gemini login`.",
        "已设置 {given}，但未设置 {missing}。请同时设置，或都不设置并运行 gemini login。",
    ),
    "address-unfit": (
        "{address} is no address of a platform. It looks like https://hub.example.org/.",
        "{address} 不是平台的地址，正确的形式如 https://hub.example.org/。",
    ),
    "login-unreadable": (
        "The saved login in {path} cannot be read. Run `gemini login` again.",
        "无法读取 {path} 中保存的登录信息，请重新运行 gemini login。",
    ),
    # What a person named and is not there
    "no-such-dataset": ("There is no dataset {said}. There are: {known}.", "没有数据集 {said}，可选：{known}。"),
    "no-such-model": ("There is no model {said}. There are: {known}.", "没有模型 {said}，可选：{known}。"),
    "no-such-version": (
        "{asset} has no version {said}. It has: {known}.",
        "{asset} 没有版本 {said}，可选：{known}。",
    ),
    "no-such-environment": (
        "You have no environment {said}. These are running: {known}.",
        "您没有开发环境 {said}，正在运行的有：{known}。",
    ),
    "no-such-zone": ("There is no zone {said}. There are: {known}.", "没有可用区 {said}，可选：{known}。"),
    "no-such-specification": (
        "There is no specification {said}. There are: {known}.",
        "没有规格 {said}，可选：{known}。",
    ),
    "no-such-project": ("There is no project {said}. There are: {known}.", "没有项目 {said}，可选：{known}。"),
    "no-such-workspace": ("You are in no workspace {said}. Yours: {known}.", "没有工作空间 {said}，可选：{known}。"),
    "no-such-task": ("There is no task {said}. The latest are: {known}.", "没有任务 {said}，最近的任务：{known}。"),
    "no-such-script": (
        "There is no file {said} in the project's code. There are: {known}.",
        "项目代码中没有文件 {said}，可选：{known}。",
    ),
    "script-outside": (
        "{said} lies outside the project's code in {code}, so a task could not read it. Move it there.",
        "{said} 不在项目代码目录 {code} 中，任务无法读取，请移动到该目录。",
    ),
    "script-and-command": ("Give a script or --command, not both.", "脚本和 --command 只能二选一。"),
    "named-twice": (
        "More than one is called {said}: {known}. Give the id of the one you mean.",
        "有多个名为 {said}：{known}。请用编号指明。",
    ),
    "none-there": ("none", "无"),
    # Options
    "option-unfit": ("--{option} does not take {value}. {expected}", "--{option} 不能是 {value}。{expected}"),
    "expected.count": ("It is a whole number, 0 or more.", "须为不小于 0 的整数。"),
    "expected.number": ("It is a number above 0.", "须为大于 0 的数。"),
    "expected.memory": ("It is an amount in GB, like 16 or 16GB.", "须为以 GB 计的内存，例如 16 或 16GB。"),
    "expected.duration": ("It is a span of time, like 90s, 30m, 2h or 1d.", "须为时长，例如 90s、30m、2h 或 1d。"),
    "environment-or-resources": (
        "An environment has its resources already. Leave out --env, or leave out --{option}.",
        "开发环境已有自己的资源，请去掉 --env 或 --{option}。",
    ),
    "option.name": ("name of the task (default: that of the script)", "任务名称（默认为脚本名）"),
    "option.env": (
        "train in this running environment (default inside one: the one you are in)",
        "在该运行中的开发环境里训练（在开发环境内默认为当前环境）",
    ),
    "option.zone": ("train on resources of its own in this zone", "在该可用区动态创建资源"),
    "option.spec": ("the specification of the resources, like B1", "资源规格，例如 B1"),
    "option.gpu": ("type of GPU, like A100", "GPU 类型，例如 A100"),
    "option.gpu-count": ("number of GPUs (default 1 where a type is named)", "GPU 数量（指定类型时默认为 1）"),
    "option.cpu": ("number of CPU cores", "CPU 核数"),
    "option.memory": ("memory in GB", "内存（GB）"),
    "option.image": ("the image", "镜像"),
    "option.dataset": (
        "dataset, name or name@version, up to three times (default: what the environment has mounted)",
        "数据集，名称或 名称@版本，最多三次（默认为开发环境已挂载的）",
    ),
    "option.model": ("model, name or name@version, up to three times", "模型，名称或 名称@版本，最多三次"),
    "option.command": ("the start command, instead of a script", "启动命令（代替脚本）"),
    "option.max-duration": ("stop it after this long, like 90s, 30m, 2h", "最长运行时间，例如 90s、30m、2h"),
    "option.description": ("a description", "任务描述"),
    "option.project": (
        "the project (default: the environment's, else your last)",
        "项目（默认为开发环境的项目，否则为最近的）",
    ),
    "option.workspace": ("the workspace of the project", "项目所属的工作空间"),
    # A task in words
    "state.queued": ("Queued", "排队中"),
    "state.allocating": ("Allocating", "分配中"),
    "state.starting": ("Starting", "启动中"),
    "state.running": ("Running", "运行中"),
    "state.stopping": ("Stopping", "停止中"),
    "state.stopped": ("Stopped", "已停止"),
    "state.succeeded": ("Succeeded", "已成功"),
    "state.failed": ("Failed", "失败"),
    "points": ("{amount} points", "{amount} 算力点"),
    "points-per-hour": ("{amount} points/h", "{amount} 算力点/小时"),
    "task-did-not-succeed": ("{task}: {state}. {why}", "{task}：{state}。{why}"),
    "task-still-going": ("{task} has not ended after {span}.", "{task} 在 {span} 后仍未结束。"),
}
