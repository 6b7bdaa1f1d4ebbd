"""`store check`: what a storage can do is tried for real, and what it cannot is named."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gemini_control.__main__ import main
from gemini_control.files.trial import DEEDS, try_folder


def check(folder: Path, *before: str) -> subprocess.CompletedProcess[str]:
    """The command, started by `before`."""
    command = (*before, sys.executable, "-m", "gemini_control", "store", "check", str(folder))
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_disk_can_hold_the_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every deed is done on a disk of this machine, and nothing of the trial is left. Covers: REL-1."""
    if os.getuid() != 0:
        pytest.skip("only root gives files away")
    assert main(["store", "check", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{deed.__name__}: ok" for deed in DEEDS]
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_done_is_named(tmp_path: Path) -> None:
    """An account that may not give files away is told so; every other deed is tried all the same."""
    if os.getuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("only root can give up a right, by setpriv")
    done = check(tmp_path, "setpriv", "--bounding-set=-chown", "--inh-caps=-chown")
    assert done.returncode == 1 and "another storage class" in done.stderr
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert "not permitted" in lines.pop("chown")
    assert set(lines.values()) == {"ok"} and len(lines) == len(DEEDS) - 1


def test_a_folder_that_nobody_writes_is_named() -> None:
    """Not even the folder of the trial can be made there."""
    folder = Path("/proc/self")
    done = check(folder)
    assert done.returncode == 1 and "Nothing can be written" in done.stderr


def test_a_failed_trial_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links that the file system refuses are said, the folder of the trial goes all the same."""

    def refused(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    said = {trial.name: trial.said for trial in try_folder(tmp_path)}
    assert "not permitted" in (said["link"] or "")
    assert list(tmp_path.iterdir()) == []
