"""`gemini workspace` against the real platform: all that an operator needs to let people in."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from cli.shell import Shell

pytestmark = pytest.mark.hub


def test_an_operator_lets_people_in(alice: Shell, bob: Shell) -> None:
    """A workspace, its people and its money by commands that can be repeated. Covers: TEN-1, TEN-2, BILL-7."""
    team = f"shell-team-{secrets.token_hex(2)}"
    made = alice.json("workspace", "create", team, "--owner", "bob")
    assert (made["name"], made["members"], made["balance"]) == (team, 1, "0.000000")
    assert alice.json("workspace", "create", f"{team}-rich", "--credit", "7.5")["balance"] == "7.500000"
    again = alice("workspace", "create", team)
    assert again.returncode == 1 and "taken" in again.stderr, again.stderr
    assert alice.json("workspace", "add", team, "carol")["role"] == "member"
    assert alice.json("workspace", "add", made["id"], "carol", "--role", "admin")["role"] == "admin"
    roles = {one["name"]: one["role"] for one in bob.json("workspace", "members", team)["items"]}
    assert roles == {"bob": "owner", "carol": "admin"}
    said = alice("workspace", "credit", team, "12.5", "--note", "receipt 7")
    assert said.returncode == 0 and "12.50" in said.stdout, said
    mine = {one["name"]: one["balance"] for one in bob.json("workspace", "list")["items"]}
    assert mine[team] == "12.500000"
    assert alice.json("workspace", "remove", team, "carol")["name"] == "carol"
    assert len(bob.json("workspace", "members", team)["items"]) == 1


def test_others_are_refused(alice: Shell, bob: Shell) -> None:
    """Only operators make workspaces and money; a wrong name is answered with what there is. Covers: TEN-2, NB-2."""
    assert bob("workspace", "create", "shell-mine").returncode in (1, 3)
    small = f"shell-small-{secrets.token_hex(2)}"
    alice.json("workspace", "create", small, "--owner", "bob")
    assert bob("workspace", "credit", small, "5").returncode in (1, 3)
    wrong = alice("workspace", "credit", small[:-1], "5")
    assert wrong.returncode == 1 and small in wrong.stderr
    assert alice("workspace", "credit", small, "much").returncode == 1
    empty = bob("workspace", "members", small, "--lang", "zh-CN")
    assert empty.returncode == 0 and "所有者" in empty.stdout


def test_a_project_comes_with_its_code(bob: Shell, tmp_path: Path) -> None:
    """A project is made with a folder's files, and files are put into it later. Covers: PROJ-1, PROJ-5, NB-2."""
    (tmp_path / "code" / "parts").mkdir(parents=True)
    (tmp_path / "code" / "train.py").write_text("print(1)\n")
    (tmp_path / "code" / "parts" / "model.py").write_text("print(2)\n")
    command = ("--default-command", "python train.py")
    name = f"shell-code-{secrets.token_hex(2)}"
    made = bob.json("project", "create", name, "--code", str(tmp_path / "code"), *command)
    assert (made["sent"], made["defaultCommand"]) == (2, "python train.py")
    said = bob("project", "put", name, str(tmp_path / "code" / "train.py"))
    assert said.returncode == 0 and "1" in said.stdout, said
    planned = bob("train", "--project", name, "--dataset", "digits", "--spec", "B1", "--dry-run", "train.py")
    assert planned.returncode == 0, planned
    missing = bob("project", "create", "shell-none", "--code", str(tmp_path / "nowhere"))
    assert missing.returncode == 2 and "nowhere" in missing.stderr


def test_limits_are_shown_and_set(alice: Shell, bob: Shell) -> None:
    """An operator limits a workspace, its owner a member; what is not named stays. Covers: RES-4, RES-5."""
    quota = f"shell-quota-{secrets.token_hex(2)}"
    alice.json("workspace", "create", quota, "--owner", "bob")
    bob.json("workspace", "add", quota, "carol")
    assert bob("workspace", "limits", quota, "--cpu", "4").returncode in (1, 3)
    assert alice.json("workspace", "limits", quota, "--cpu", "4", "--gpus", "2")["limits"]["gpuCount"] == 2
    bob.json("workspace", "limits", quota, "carol", "--memory", "1.5", "--gpus", "0")
    kept = bob.json("workspace", "limits", quota, "carol", "--gpus", "none")
    assert (kept["limits"]["memory"], kept["limits"]["gpuCount"], kept["held"]["count"]) == (1.5, None, 0)
    said = bob("workspace", "limits", quota, "--lang", "zh-CN")
    assert said.returncode == 0 and "无上限" in said.stdout and "CPU 核数" in said.stdout, said
    assert bob("workspace", "limits", quota, "carol", "--cpu", "many").returncode == 2
