"""A real kernel runs a notebook: the display follows its task beside the kernel, and is true in the saved file."""

from __future__ import annotations

import asyncio
from typing import Any

import nbformat
import pytest
from control_plane.world import Lab
from gemini_client import TaskHandle
from nbclient import NotebookClient

from .conftest import Person

CELLS = [
    "%load_ext gemini_magics",
    "task = %gemini train --zone local --dataset digits --name far --command 'python train.py'",
    "print(task.wait().state)\nprint(task.logs(tail=1))",
    "await task",
    "%gemini train --zone local --dataset nothing train.py",
]


async def test_a_notebook_from_submission_to_failure(
    world: Lab, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words and HTML, widgets while it runs, the end in the file; an error fails its cell. Covers: NB-1."""
    monkeypatch.setenv("GEMINI_URL", world.platform.url("/").rstrip("/"))
    monkeypatch.setenv("GEMINI_TOKEN", "token-of-member")
    monkeypatch.setenv("GEMINI_LANGUAGE", "en")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    running = asyncio.create_task(NotebookClient(notebook, timeout=60, allow_errors=True).async_execute())
    async with asyncio.timeout(60):
        while not (made := (await world.platform.ask("GET", "/training-tasks")).data):
            await asyncio.sleep(0.05)
    task = TaskHandle(person.client(), made[0]["taskId"])
    await world.reached(task.id, "running")
    shown = await until_shown(notebook, 1, "far")
    assert "application/vnd.jupyter.widget-view+json" in shown["data"]
    (world.folder(task.id) / "main-0.log").write_text("epoch 1/2\nValueError: no\n")
    world.write(world.folder(task.id), "ended", "failed", ended_at=2.0, exit_code=3)
    world.backend.end(task.id, 3)
    await running
    last = output_of(notebook, 1)
    assert set(last["data"]) == {"text/plain", "text/html"}
    assert last["data"]["text/plain"].splitlines()[0] == f"✗ Failed  far ({task.id}) on 1 CPU · 2 GB"
    assert "exit code 3" in last["data"]["text/html"] and "| ValueError: no" in last["data"]["text/plain"]
    assert output_of(notebook, 2)["text"] == "failed\nValueError: no\n\n"
    assert "✗ Failed" in output_of(notebook, 3)["data"]["text/plain"]
    said = str(notebook.cells[4].outputs)
    assert "UsageError: There is no dataset nothing. There are: " in said and "Traceback" not in said


def output_of(notebook: Any, cell: int) -> Any:
    """The last output of a cell."""
    return notebook.cells[cell].outputs[-1]


async def until_shown(notebook: Any, cell: int, words: str) -> Any:
    """The output of a cell as soon as its words hold these."""
    async with asyncio.timeout(30):
        while True:
            for output in notebook.cells[cell].outputs:
                if words in str(output.get("data", {}).get("text/plain", "")):
                    return output
            await asyncio.sleep(0.05)
