"""Code snapshots on a real file system."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from gemini_control.managers.snapshots import Limits, Snapshots
from gemini_core.errors import Conflict, TooLarge


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A project's code."""
    folder = tmp_path / "code"
    (folder / "pkg").mkdir(parents=True)
    (folder / "train.py").write_text("print(1)")
    (folder / "run.sh").write_text("#!/bin/sh")
    (folder / "run.sh").chmod(0o700)
    (folder / "pkg" / "名.py").write_text("")
    (folder / ".hidden").write_text("kept")
    (folder / "data").symlink_to("/gemini/data-1")
    return folder


@pytest.fixture
def snapshots(tmp_path: Path) -> Snapshots:
    """An empty store's snapshots."""
    return Snapshots(tmp_path / "store")


def test_nothing_is_left_out_and_nothing_can_be_written(code: Path, snapshots: Snapshots) -> None:
    """Covers: TRAIN-7."""
    tree = snapshots.path(snapshots.take(code))
    assert sorted(str(p.relative_to(tree)) for p in tree.rglob("*")) == [
        ".hidden", "data", "pkg", "pkg/名.py", "run.sh", "train.py",
    ]  # fmt: skip
    assert os.readlink(tree / "data") == "/gemini/data-1"
    assert (tree / "run.sh").stat().st_mode & 0o777 == 0o555
    assert (tree / "train.py").stat().st_mode & 0o777 == 0o444
    assert (tree / "pkg").stat().st_mode & 0o777 == 0o555


@pytest.mark.parametrize("path", ["train.py", "pkg", "pkg/名.py"])
def test_what_we_may_not_read_is_named(code: Path, snapshots: Snapshots, unprivileged: None, path: str) -> None:
    """Covers: TRAIN-7. Nothing is submitted without a part of its code, and whose it is learns what to change."""
    (code / path).chmod(0)
    with pytest.raises(Conflict) as caught:
        snapshots.take(code)
    assert (caught.value.name, caught.value.params["path"]) == ("path-denied", path)
    assert list(snapshots.folder.iterdir()) == []


def test_the_same_code_is_kept_once(code: Path, snapshots: Snapshots) -> None:
    """Covers: TRAIN-7."""
    first = snapshots.take(code)
    assert snapshots.take(code) == first
    assert [p.name for p in snapshots.folder.iterdir()] == [first]


@pytest.mark.parametrize("change", ["content", "name", "mode", "link", "empty folder"])
def test_every_change_is_another_snapshot(code: Path, snapshots: Snapshots, change: str) -> None:
    """Covers: TRAIN-7."""
    first = snapshots.take(code)
    if change == "content":
        (code / "train.py").write_text("print(2)")
    elif change == "name":
        (code / "train.py").rename(code / "main.py")
    elif change == "mode":
        (code / "train.py").chmod(0o755)
    elif change == "link":
        (code / "data").unlink()
        (code / "data").symlink_to("/gemini/data-2")
    else:
        (code / "new").mkdir()
    assert snapshots.take(code) != first
    assert (snapshots.path(first) / "train.py").read_text() == "print(1)"


def test_no_link_leads_out_of_the_code(code: Path, snapshots: Snapshots, tmp_path: Path) -> None:
    """Covers: TEN-3, TRAIN-7."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "token").write_text("hidden")
    (code / "out").symlink_to(secret)
    (code / "file").symlink_to(secret / "token")
    tree = snapshots.path(snapshots.take(code))
    assert (tree / "out").is_symlink()
    assert (tree / "file").is_symlink()
    copied = [p for p in tree.rglob("*") if p.is_file() and not p.is_symlink()]
    assert all("hidden" not in p.read_text() for p in copied)


def test_what_cannot_be_kept_is_refused_by_name(code: Path, snapshots: Snapshots) -> None:
    """Covers: TRAIN-7."""
    os.mkfifo(code / "pkg" / "pipe")
    with pytest.raises(Conflict, match=r"pkg/pipe"):
        snapshots.take(code)
    (code / "pkg" / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(code / "s"))
        with pytest.raises(Conflict, match=r"link: s[.]"):
            snapshots.take(code)
    assert list(snapshots.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (Limits(files=3), "snapshot-too-many-files"),
        (Limits(bytes=10), "snapshot-too-large"),
        (Limits(depth=0), "snapshot-too-deep"),
    ],
)
def test_too_much_is_refused_and_leaves_nothing(code: Path, tmp_path: Path, limits: Limits, name: str) -> None:
    """Covers: TRAIN-7."""
    snapshots = Snapshots(tmp_path / "store", limits)
    with pytest.raises(TooLarge) as refused:
        snapshots.take(code)
    assert refused.value.name == name
    assert refused.value.text("zh-CN") != refused.value.text("en")
    assert list(snapshots.folder.iterdir()) == []


def test_a_project_without_code_has_an_empty_snapshot(tmp_path: Path, snapshots: Snapshots) -> None:
    """Covers: TRAIN-7."""
    tree = snapshots.path(snapshots.take(tmp_path / "nowhere"))
    assert list(tree.iterdir()) == []


def test_a_snapshot_is_placed_whole_and_once(code: Path, snapshots: Snapshots, tmp_path: Path) -> None:
    """Covers: TRAIN-7, TRAIN-10."""
    snapshot = snapshots.take(code)
    target = tmp_path / "store" / "environments" / "env-a" / "snapshots" / "task-a"
    snapshots.place(snapshot, target)
    snapshots.place(snapshot, target)
    assert (target / "train.py").read_text() == "print(1)"
    assert os.readlink(target / "data") == "/gemini/data-1"
    assert [p.name for p in target.parent.iterdir()] == ["task-a"]
