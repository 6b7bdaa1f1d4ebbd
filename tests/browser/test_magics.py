"""The magics in a real notebook in a real JupyterLab: a line trains, its display lives, later cells use the object."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import Visitor
from .notebook import Notebook
from .pages import SLOW

pytestmark = pytest.mark.browser

CELL = "import time\nfor epoch in range(1, 1000):\n    print(f'epoch {epoch}/999', flush=True)\n    time.sleep(0.3)"


def test_a_notebook_trains(visit: Visitor, running_environment: dict[str, Any]) -> None:
    """Covers: NB-1, TRAIN-3, TRAIN-8, TRAIN-9."""
    person = visit("alice", "en")
    person.go()
    lab = person.home.enter(running_environment["name"], "JupyterLab")
    lab.ready()
    notebook = Notebook(lab)
    notebook.open()
    notebook.run(0, "%load_ext gemini_magics")
    trains_with_a_line(notebook, running_environment["name"])
    says_what_is_wrong(notebook)
    notebook.theme("Dark")
    trains_a_cell_in_chinese_and_stops_it(notebook)
    notebook.theme("Light")
    shows_tensorboard(notebook)


def trains_with_a_line(notebook: Notebook, environment: str) -> None:
    """The display runs to the end by itself; what is left needs no kernel; the object serves the next cell."""
    shown = notebook.run(1, "task = %gemini train --name 'from a notebook' train.py --epochs 400")
    notebook.says(shown, f"in {environment}")
    notebook.state(shown, "running")
    notebook.says(shown, re.compile(r"epoch \d+/400 · \d+%"))
    expect(shown.get_by_role("progressbar")).to_be_visible()
    notebook.lab.shot("magics-en-light")
    notebook.state(shown, "succeeded")
    expect(shown.locator(".jp-OutputArea .jupyter-widgets")).to_have_count(0)
    used = notebook.run(
        2, "done = await task\nprint(done.state, done.cost >= 0, task.logs(tail=1), task.output.is_dir())"
    )
    notebook.says(used, re.compile(r"succeeded True done: accuracy .*\n True", re.DOTALL))
    listed = notebook.run(3, "%gemini status")
    notebook.says(listed, "from a notebook")
    expect(listed.get_by_role("link", name="from a notebook").first).to_have_attribute(
        "href", re.compile(r"/services/gemini/training-jobs/task-\w+$")
    )


def says_what_is_wrong(notebook: Notebook) -> None:
    """One sentence, the cell has failed, no traceback."""
    wrong = notebook.run(4, "%gemini train --dataset digts train.py")
    notebook.says(wrong, "UsageError: There is no dataset digts. There are: digits")
    expect(wrong).not_to_contain_text("Traceback")


def trains_a_cell_in_chinese_and_stops_it(notebook: Notebook) -> None:
    """The button is heard while the kernel waits; who presses it is asked first."""
    notebook.run(5, "%env GEMINI_LANGUAGE=zh-CN")
    cell = notebook.run(6, f"%%gemini train --name 单元格\n{CELL}")
    notebook.says(cell, re.compile(r"gemini-cells/untitled\d*-\w+\.py"))
    notebook.state(cell, "running")
    notebook.says(cell, re.compile(r"第 \d+/999 轮"))
    waits = notebook.run(7, "again = %gemini status\nagain[0].show(); print(again[0].wait().state)")
    notebook.state(waits, "running")
    notebook.press(waits, "停止")
    notebook.says(waits, "停止 单元格？停止后无法恢复。")
    notebook.lab.shot("magics-zh-dark")
    notebook.press(waits, "停止")
    notebook.says(waits, "stopped")
    notebook.state(cell, "stopped")


def shows_tensorboard(notebook: Notebook) -> None:
    """Below its cell, through the person's own server."""
    cell = notebook.run(8, "%gemini tensorboard")
    frame = cell.frame_locator("iframe[src$='/gemini-tensorboard/']")
    expect(frame.get_by_text("TensorBoard", exact=True).first).to_be_visible(timeout=SLOW)
