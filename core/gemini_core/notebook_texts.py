"""The sentences of the magics in a notebook; part of the table in `messages`."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # What was typed
    "magic.verb-unknown": (
        "%gemini has no {said}. It has: {known}.",
        "%gemini 没有 {said}，可用：{known}。",
    ),
    "magic.option-unknown": (
        "%gemini {verb} has no option {said}. It has: {known}.",
        "%gemini {verb} 没有选项 {said}，可用：{known}。",
    ),
    "magic.value-missing": ("{said} needs a value.", "{said} 需要一个值。"),
    "magic.value-unwanted": ("{said} takes no value.", "{said} 不接受值。"),
    "magic.word-unwanted": (
        "%gemini {verb} does not take {said}. See %gemini {verb} --help.",
        "%gemini {verb} 不接受 {said}，请参阅 %gemini {verb} --help。",
    ),
    "magic.quote-open": ("A quotation mark is not closed.", "引号没有闭合。"),
    "magic.cell-only-train": (
        "Only %%gemini train takes a cell. Write %gemini {verb} instead.",
        "只有 %%gemini train 接受单元格内容，请改用 %gemini {verb}。",
    ),
    "magic.cell-empty": ("The cell is empty.", "单元格为空。"),
    "magic.cell-no-python": (
        "The cell is no plain Python script: line {line}: {said}",
        "单元格不是纯 Python 脚本：第 {line} 行：{said}",
    ),
    "magic.cell-and-command": (
        "The cell is the script, so --command has no place here.",
        "单元格就是脚本，不能再使用 --command。",
    ),
    "magic.script-required": (
        "Name a script, like %gemini train train.py, or give --command.",
        "请指定脚本，例如 %gemini train train.py，或使用 --command。",
    ),
    "magic.no-task-yet": ("There is no task yet.", "还没有任务。"),
    "magic.outside": (
        "TensorBoard is shown inside a development environment. Open a notebook there.",
        "TensorBoard 只能在开发环境内显示，请在开发环境中打开笔记本。",
    ),
    # Help
    "magic.usage": ("Usage", "用法"),
    "magic.options": ("Options", "选项"),
    "magic.examples": ("Examples", "示例"),
    "magic.verbs": ("What it does", "可用功能"),
    "magic.more": (
        "More on each: %gemini train --help. Tab completes names, options and what you have on the platform.",
        "详细说明：%gemini train --help。按 Tab 可补全名称、选项以及平台上的资源。",
    ),
    "magic.about": ("Training on the platform, from this notebook.", "在笔记本中使用平台训练。"),
    "magic.about-train": (
        "Trains: a script of the project's code, or with %%gemini train the cell itself. It starts in the environment "
        "you are in, with the data that is mounted there; a name, a dataset or resources of its own can be said. "
        "The task runs on a copy of the code as it is now, and goes on when the notebook is closed. What comes after "
        "SCRIPT belongs to the script. The answer is an object: .wait() .logs() .stop() .output .cost, or await it.",
        "训练项目代码中的脚本；%%gemini train 则训练单元格本身。默认在当前开发环境中启动，使用其已挂载的数据；"
        "也可指定名称、数据集或动态创建资源。任务使用提交时的代码副本，关闭笔记本后仍继续运行。"
        "SCRIPT 之后的内容都交给脚本。返回对象可用：.wait() .logs() .stop() .output .cost，也可 await。",
    ),
    "magic.about-status": (
        "Shows your latest tasks, or one of them live.",
        "显示最近的任务，或实时显示其中一个。",
    ),
    "magic.about-logs": (
        "Prints the end of a task's log (default: your latest task).",
        "输出任务日志的末尾（默认为最近的任务）。",
    ),
    "magic.about-stop": (
        "Stops a task (default: the latest of this notebook).",
        "停止任务（默认为本笔记本最近的任务）。",
    ),
    "magic.about-cost": (
        "Shows what your workspaces have and what was spent.",
        "显示工作空间的余额和花费。",
    ),
    "magic.about-tensorboard": (
        "Shows TensorBoard over the project's outputs, here in the notebook.",
        "在笔记本中显示项目输出的 TensorBoard。",
    ),
    "magic.about-datasets": (
        "Shows the datasets that you may use, and where they are mounted here.",
        "显示可用的数据集及其在当前环境的挂载位置。",
    ),
    "option.help": ("show this", "显示此说明"),
    "option.wait": ("wait here until it has ended", "在此等待任务结束"),
    "option.follow": ("go on printing until the task ends", "持续输出直到任务结束"),
    "option.tail": ("this many lines of its end (default 100)", "输出末尾的行数（默认 100）"),
    "option.role": ("of this role (default: the first)", "角色（默认为第一个）"),
    "option.rank": ("of this rank (default 0)", "序号（默认 0）"),
    "option.by": ("sums by day, project or person (default day)", "按 day、project 或 person 汇总（默认 day）"),
    "option.height": ("height in pixels (default 800)", "高度（像素，默认 800）"),
    "option.all": ("of other people too, where you may see them", "包括您可见的其他人的任务"),
    # What is shown
    "nb.in-environment": ("in {said}", "在 {said} 中"),
    "nb.on-resources": ("on {what}", "使用 {what}"),
    "nb.cores": ("{count} CPU", "{count} 核"),
    "nb.share": ("share of the environment's", "占开发环境费用的份额"),
    "nb.epoch": ("epoch {now}/{all}", "第 {now}/{all} 轮"),
    "nb.position": ("position {number} in the queue", "排队第 {number} 位"),
    "nb.exit-code": ("exit code {code}", "退出码 {code}"),
    "nb.no-output-yet": ("No output yet", "尚无输出"),
    "nb.last-lines": ("Last lines", "最后几行"),
    "nb.progress": ("Progress", "进度"),
    "nb.stop": ("Stop", "停止"),
    "nb.stop-question": ("Stop {said}? It cannot be resumed.", "停止 {said}？停止后无法恢复。"),
    "nb.keep": ("Keep running", "继续运行"),
    "nb.next": (
        "Follow it: %gemini logs {id} --follow   Stop it: %gemini stop {id}",
        "查看日志：%gemini logs {id} --follow   停止：%gemini stop {id}",
    ),
    "nb.script-at": ("The cell is kept as {path}.", "单元格已保存为 {path}。"),
    "nb.log-skipped": ("… earlier lines: %gemini logs {id} --tail 1000", "… 更早的内容：%gemini logs {id} --tail 1000"),
    "nb.tensorboard-at": ("TensorBoard: {url}", "TensorBoard：{url}"),
    "nb.not-reached": ("The display has stopped: {why}", "显示已停止：{why}"),
    "nb.balance": ("{workspace}: {amount} left", "{workspace}：余额 {amount}"),
    "nb.nothing-spent": ("Nothing was spent yet.", "尚无花费。"),
    "nb.no-datasets": ("There are no datasets yet.", "还没有数据集。"),
    "nb.no-version": ("no version yet", "尚无版本"),
    # Columns
    "column.state": ("State", "状态"),
    "column.name": ("Name", "名称"),
    "column.where": ("Where", "位置"),
    "column.took": ("Took", "时长"),
    "column.cost": ("Cost", "花费"),
    "column.id": ("Id", "编号"),
    "column.version": ("Newest version", "最新版本"),
    "column.size": ("Size", "大小"),
    "column.mounted": ("Mounted here", "在此挂载于"),
    "column.time": ("Minutes", "分钟"),
    "column.day": ("Day", "日期"),
    "column.project": ("Project", "项目"),
    "column.person": ("Person", "成员"),
}
