"""Downloads into a folder in which others may have written, and from a platform that is not to be believed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gemini_cli.downloads import download
from gemini_cli.errors import Refusal
from gemini_client import Page

WHICH = ("datasets", "ds-aaaaaaaaaa", "ver-aaaaaaaaaa")


class Version:
    """What a platform says of a version, and its files."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def version_files(self, *ids: str, **filters: Any) -> Page:
        """All of them."""
        return Page([_listed(path, content) for path, content in self.files.items()])

    def download(self, asset: str, version: str, path: str, target: Path, *, got: Any) -> None:
        """As the client does."""
        with target.open("wb") as file:
            file.write(self.files[path])


def _listed(path: str, content: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    return {"path": path, "size": len(content), "executable": False, "sha256": digest}


def get(files: dict[str, bytes], target: Path, force: bool = False) -> tuple[int, int]:
    """How many files came and how many were there."""
    from gemini_cli.output import Output

    session: Any = SimpleNamespace(output=Output(), client=SimpleNamespace(datasets=Version(files)))
    got = download(session, WHICH, target, force)
    return got.files, got.there


def test_another_content_of_the_same_size_is_not_taken_for_the_same(tmp_path: Path) -> None:
    """Version 2 is not what version 1 left there. Covers: NB-2, CAT-3."""
    assert get({"a": b"one"}, tmp_path) == (1, 0)
    assert get({"a": b"one"}, tmp_path) == (0, 1)
    with pytest.raises(Refusal, match="different"):
        get({"a": b"two"}, tmp_path)
    assert get({"a": b"two"}, tmp_path, force=True) == (1, 0)
    assert (tmp_path / "a").read_bytes() == b"two"


@pytest.mark.parametrize("path", ["../out", "/out", "in/../../out", "link/out"])
def test_nothing_is_written_outside_the_folder(tmp_path: Path, path: str) -> None:
    """Whatever a version's paths are, and wherever a link in the folder leads. Covers: NB-2."""
    target = tmp_path / "target"
    target.mkdir()
    (target / "link").symlink_to(tmp_path)
    with pytest.raises(Refusal, match="outside"):
        get({path: b"x"}, target, force=True)
    assert not (tmp_path / "out").exists()


def test_nothing_else_in_the_folder_is_touched(tmp_path: Path) -> None:
    """Neither a file beside it nor what a link beside it leads to; a long name is no fault. Covers: NB-2."""
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "a.part").symlink_to(tmp_path / "mine")
    (tmp_path / "b.part").write_text("mine")
    long = "n" * 255
    assert get({"a": b"1", "b": b"2", long: b"3"}, tmp_path) == (3, 0)
    assert (tmp_path / "mine").read_text() == (tmp_path / "b.part").read_text() == "mine"
    assert {one.name for one in tmp_path.iterdir()} == {"mine", "a", "a.part", "b", "b.part", long}


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A sentence with the file's name, no traceback. Covers: NB-2."""
    (tmp_path / "a").mkdir()
    with pytest.raises(Refusal, match="a cannot be written"):
        get({"a": b"1"}, tmp_path, force=True)
    assert [one.name for one in tmp_path.iterdir()] == ["a"]
