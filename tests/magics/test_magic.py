"""`%gemini` in a terminal's shell: plain text, objects, errors as sentences; and what Tab offers."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from control_plane.fake_hub import ACCESS, USE
from control_plane.world import DATASET, PROJECT, VERSIONS, Lab
from gemini_magics.completion import Completion
from gemini_magics.magic import load, unload
from gemini_magics.session import Session
from gemini_magics.tasks import NotebookTask
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from .conftest import Person

MOUNTS = {"datasets": [{"datasetId": DATASET, "versionId": VERSIONS[0]}]}


class Typed:
    """A shell in which a person types. `run` answers what was printed, `value` what a name holds."""

    def __init__(self, shell: InteractiveShell, person: Person, capsys: pytest.CaptureFixture[str]) -> None:
        self.shell = shell
        self.person = person
        self.capsys = capsys
        self.failed = False

    async def run(self, cell: str) -> str:
        """Runs a cell beside the loop that serves the platform."""
        self.capsys.readouterr()
        result = await self.person.do(self.shell.run_cell, cell, store_history=True)
        self.failed = not result.success
        said = self.capsys.readouterr()
        assert "Traceback" not in said.out + said.err, said
        return said.out + said.err

    def completions(self, line: str) -> set[str]:
        """What Tab offers at the end of a line."""
        completer = self.shell.Completer
        assert completer is not None
        with provisionalcompleter():
            return {one.text for one in completer.completions(line, len(line))}

    def value(self, name: str) -> Any:
        """What a name holds."""
        return self.shell.user_ns[name]


@pytest.fixture
async def typed(
    world: Lab, person: Person, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Typed]:
    """The member's shell in an environment of theirs that runs, with the data mounted."""
    made = await world.running(name="my lab", **MOUNTS)
    scopes = {ACCESS, USE, f"access:servers!server=member/{made['id']}"}
    code = world.backend.store / "projects" / PROJECT / "code"
    (code / "sub").mkdir()
    monkeypatch.chdir(code)
    for name, value in {
        "GEMINI_API_URL": world.platform.url("/").rstrip("/"),
        "JUPYTERHUB_API_TOKEN": world.platform.hub.add_token("token-inside", "member", scopes),
        "GEMINI_CODE": str(code),
        "GEMINI_ENVIRONMENT_ID": made["id"],
        "JUPYTERHUB_SERVICE_PREFIX": f"/user/member/{made['id']}/",
        "GEMINI_LANGUAGE": "en",
    }.items():
        monkeypatch.setenv(name, value)
    config = Config()
    config.HistoryManager.enabled = False
    hooks = sys.displayhook, sys.excepthook
    shell = InteractiveShell(config=config)
    load(shell)
    shell.push({"session": shell.magics_manager.magics["line"]["gemini"].session})
    yield Typed(shell, person, capsys)
    session: Session = shell.user_ns["session"]
    if session._client is not None:
        await person.do(session._client.close)
    unload(shell)
    sys.displayhook, sys.excepthook = hooks


async def test_from_a_line_to_the_end(typed: Typed, world: Lab) -> None:
    """Submitted, waited for, its log and cost at hand. Covers: NB-1, TRAIN-3."""
    said = await typed.run("task = %gemini train --name 'first try' train.py --epochs 3")
    task: NotebookTask = typed.value("task")
    assert said.splitlines()[0] == f"● Starting  first try ({task.id}) in my lab"
    assert f"%gemini logs {task.id} --follow" in said
    order = await world.platform.hub.order()
    assert order["ranks"][0]["argv"][-1] == "python train.py --epochs 3"
    folder = world.backend.store / "environments" / task.model["environmentId"] / "tasks" / task.id
    folder.mkdir(parents=True)
    (folder / "main-0.log").write_text("".join(f"epoch {n}/3\n" for n in (1, 2, 3)))
    world.write(folder, "running", started_at=1.0)
    world.write(folder, "ended", "succeeded", exit_code=0, ended_at=2.0)
    assert await typed.run("state = task.wait().state; print(state, task.cost + 0)") == "succeeded 0.000000\n"
    assert await typed.run("%gemini logs --tail 2") == "epoch 2/3\nepoch 3/3\n"
    assert await typed.run("%gemini logs first\\ try --follow") == "epoch 1/3\nepoch 2/3\nepoch 3/3\n"
    assert "✓ Succeeded  first try" in await typed.run("task")
    table = await typed.run("tasks = %gemini status\ntasks")
    assert "Succeeded" in table and typed.value("tasks")[0].id == task.id


async def test_a_cell_is_the_script(typed: Typed, world: Lab) -> None:
    """It is kept in the code, so it is in the snapshot, and runs as it would in the notebook. Covers: NB-1, TRAIN-7."""
    said = await typed.run("import os; os.chdir('sub')\n")
    said = await typed.run("%%gemini train --name 'My Cell' --lr 0.1\nimport sys\nprint(sys.argv)\n")
    assert "has no option --lr" in said and typed.failed
    said = await typed.run("%%gemini train --name 'My Cell' 5 '$x y'\nimport sys\nprint(sys.argv)\n")
    assert said.splitlines()[0] == "The cell is kept as sub/gemini-cells/my-cell.py."
    order = await world.platform.hub.order()
    command = order["ranks"][0]["argv"][-1]
    assert command == "cd sub && PYTHONPATH=. python gemini-cells/my-cell.py 5 '$x y'"
    place = world.backend.store / "environments" / order["id"].replace("task", "x")
    assert not place.exists()
    (row,) = (await world.platform.ask("GET", "/training-tasks")).data
    snapshots = world.backend.store / "snapshots"
    kept = [path for path in snapshots.rglob("my-cell.py")]
    assert kept[0].read_text() == "import sys\nprint(sys.argv)\n" and row["taskName"] == "My Cell"


MISTAKES = [
    ("%gemini trian train.py", "UsageError: %gemini has no trian. It has: train, "),
    ("%gemini train", "UsageError: Name a script, like %gemini train train.py, or give --command."),
    ("%gemini train tarin.py", "UsageError: There is no file tarin.py in the project's code. There are: train.py."),
    ("%gemini train /etc/passwd", "UsageError: /etc/passwd lies outside the project's code in "),
    ("%gemini train --dataset digts train.py", "UsageError: There is no dataset digts. There are: digits, empty."),
    ("%gemini train --name ' ' --command ls", "UsageError: Enter a task name"),
    ("%%gemini train\nx = = 3", "UsageError: The cell is no plain Python script: line 1: invalid syntax"),
    ("%%gemini train\n!ls", "UsageError: The cell is no plain Python script: line 1: "),
    ("%%gemini train\n  \n", "UsageError: The cell is empty."),
    ("%%gemini train --command x\n1", "UsageError: The cell is the script, so --command has no place here."),
    ("%%gemini status\n1", "UsageError: Only %%gemini train takes a cell. Write %gemini status instead."),
    ("%gemini stop", "UsageError: There is no task yet."),
    ("%gemini logs nobody", "UsageError: There is no task nobody. The latest are: none."),
    ("%gemini cost --by moon", "UsageError: Choose one of: day, project, person."),
]


async def test_a_mistake_is_one_sentence(typed: Typed, world: Lab) -> None:
    """No traceback, the cell has failed, nothing was made. Covers: NB-1, TRAIN-3."""
    for cell, said in MISTAKES:
        answer = await typed.run(cell)
        assert answer.startswith(said) and answer.count("\n") == 1 and typed.failed, (cell, answer)
    assert (await world.platform.ask("GET", "/training-tasks")).data == []


async def test_in_the_person_s_language(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A language that was chosen meanwhile counts at once. Covers: NB-1."""
    monkeypatch.setenv("GEMINI_LANGUAGE", "zh-CN")
    assert await typed.run("%gemini train --name ' ' --command ls") == "UsageError: 请输入任务名称\n"
    assert "没有数据集" in await typed.run("%gemini train --dataset x train.py")
    assert "用法" in await typed.run("%gemini train --help")
    said = await typed.run("%gemini train train.py")
    assert said.startswith("● 启动中  train (task-") and "在 my lab 中" in said


async def test_stop_and_wait(typed: Typed, world: Lab) -> None:
    """`--wait` ends with the task; `stop` means the latest one. Covers: NB-1, TRAIN-9."""
    await typed.run("task = %gemini train --zone local --dataset digits --name short train.py")
    task: NotebookTask = typed.value("task")
    await world.reached(task.id, "running")
    assert "Stopp" in await typed.run("%gemini stop")
    await world.reached(task.id, "stopped")


async def test_what_there_is(typed: Typed) -> None:
    """Data with where it is mounted, the balance, TensorBoard's address, help. Covers: NB-1, CAT-1, BILL-8, TB-1."""
    data = (await typed.run("%gemini datasets")).split("\n", 1)[1]
    assert data.splitlines()[0].split() == ["Name", "Newest", "version", "Size", "Mounted", "here"]
    assert "digits  @2" in data and "/gemini/data-1 (@1)" in data and "empty   no version yet" in data
    assert "1,000.00 points left" in await typed.run("%gemini cost")
    assert "gemini-tensorboard/" in await typed.run("%gemini tensorboard")
    for line in ("%gemini", "%gemini --help", "%gemini train -h"):
        assert "%gemini train" in await typed.run(line) and not typed.failed


async def test_without_a_platform_the_way_in_is_said(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Covers: NB-1, NB-2."""
    for name in ("GEMINI_API_URL", "JUPYTERHUB_API_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert "Run `gemini login`" in await typed.run("%gemini status")
    assert "--env" in await typed.run("%gemini train --help")


OFFERS: list[tuple[str, set[str], set[str]]] = [
    ("", {"train", "status", "datasets", "--help"}, {"--env"}),
    ("tr", {"train"}, set()),
    ("train ", {"train.py", "--env", "--wait"}, {"digits"}),
    ("train --env ", {"my\\ lab"}, {"--env", "train.py"}),
    ("train --env=", {"my\\ lab"}, {"--env"}),
    ("train --dataset ", {"digits", "empty"}, {"secret"}),
    ("train --zone ", {"Here", "北京可用区A"}, set()),
    ("train --gpu ", {"A100"}, set()),
    ("train --project ", {"digits"}, set()),
    ("train --wait ", {"train.py"}, set()),
    ("logs ", {"first\\ try", "--follow"}, {"train.py"}),
    ("cost --by ", {"day", "project", "person"}, set()),
    ("nothing ", set(), {"train", "--help"}),
]


async def test_what_tab_offers(typed: Typed, world: Lab) -> None:
    """Covers: NB-1."""
    await world.submit(taskName="first try")
    completion = Completion(typed.value("session"))
    for line, offered, not_offered in OFFERS:
        offers = set(await typed.person.do(completion.offers, line))
        assert offers >= offered and not offers & not_offered, (line, offers)


async def test_tab_is_heard_where_it_is_pressed(typed: Typed) -> None:
    """On a line, behind `task =`, in a cell's first line; and not in other lines. Covers: NB-1."""
    for line in ("%gemini da", "task = %gemini da", "%%gemini da", "  %gemini da"):
        assert "datasets" in await typed.person.do(typed.completions, line), line
    assert "datasets" not in await typed.person.do(typed.completions, "x = da")
