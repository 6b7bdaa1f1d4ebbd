"""Removing what a root inside has filled."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from gemini_sandbox import idmap
from gemini_sandbox.trees import remove_tree

DEPTH = 3000
"""More than the interpreter's stack and the longest path allow."""


def dig(top: Path, depth: int = DEPTH) -> None:
    """What `while mkdir d; do cd d; done` leaves."""
    fd = os.open(top, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=fd)
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=fd))
        below = os.open("d", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
    os.close(fd)


def test_depth_and_modes_are_no_obstacle(tmp_path: Path) -> None:
    """Covers: ENV-1. A script that makes folders for ever must not keep its environment from ending."""
    tree = tmp_path / "tree"
    (tree / "closed" / "below").mkdir(parents=True)
    dig(tree)
    os.mkfifo(tree / "closed" / "below" / "pipe")
    for folder in (tree / "closed" / "below", tree / "closed", tree):
        folder.chmod(0)
    remove_tree(tree)
    assert not tree.exists()
    remove_tree(tree)


def test_no_link_is_followed(tmp_path: Path) -> None:
    """Covers: ENV-2. What a link names stays as it is, mode and all."""
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o750)
    (outside / "file").write_text("mine")
    tree = tmp_path / "tree"
    (tree / "a").mkdir(parents=True)
    (tree / "a" / "link").symlink_to(outside)
    (tree / "link").symlink_to(outside)
    remove_tree(tree)
    (tmp_path / "top").symlink_to(outside)
    remove_tree(tmp_path / "top")
    assert (outside / "file").read_text() == "mine"
    assert outside.stat().st_mode & 0o777 == 0o750
    assert sorted(one.name for one in tmp_path.iterdir()) == ["outside"]


@pytest.mark.skipif(os.getuid() != 0, reason="a person owns all files already")
def test_what_is_given_is_not_walked_again(tmp_path: Path) -> None:
    """Covers: ENV-1. A person's deep tree must not keep the project's next environment from starting."""
    owner = 0x70000000
    (tmp_path / "uploaded").mkdir()
    idmap.give(tmp_path, owner)
    assert (tmp_path / "uploaded").stat().st_uid == owner
    dig(tmp_path)
    idmap.give(tmp_path, owner)
    remove_tree(tmp_path / "d")
