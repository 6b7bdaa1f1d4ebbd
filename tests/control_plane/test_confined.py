"""What people plant in their folders, listed by the platform."""

from __future__ import annotations

import os
from pathlib import Path

from gemini_control.files import confined
from sandbox.test_trees import dig

from control_plane.platform import Platform
from control_plane.test_projects import code_of, make


async def test_a_list_survives_what_is_planted(platform: Platform, lab: str) -> None:
    """Covers: PROJ-3. Names that are no text, times of no calendar, a tree deeper than any program goes."""
    project = await make(platform)
    code = code_of(platform, project)
    (code / "train.py").write_text("pass")
    Path(os.fsdecode(os.fsencode(code) + b"/\xff\xfe.py")).write_text("pass")
    (code / "old.py").write_text("pass")
    os.utime(code / "old.py", (-(2**33), -(2**33)))
    dig(code)
    answer = await platform.ask("GET", f"/projects/{project}/code?limit=200")
    assert answer.status == 200
    names = [one["path"] for one in answer.data]
    assert {"train.py", "\ufffd\ufffd.py", "old.py", "d/file"} <= set(names)
    assert max(name.count("/") for name in names) == confined.DEEPEST
    first = await platform.ask("GET", f"/projects/{project}/code?limit=1")
    second = await platform.ask("GET", f"/projects/{project}/code?limit=1&cursor={first.json['page']['next']}")
    assert [one["path"] for one in (*first.data, *second.data)] == names[:2]
    assert (await platform.ask("DELETE", f"/projects/{project}")).status == 200
    assert not code.parent.exists()


def test_nothing_is_listed_where_no_folder_is(tmp_path: Path) -> None:
    """Covers: TRAIN-8. A task's output may be a link or a file instead."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("x")
    (tmp_path / "link").symlink_to("folder")
    assert [one.path for one in confined.walk(tmp_path / "folder")] == ["file"]
    for name in ("link", "folder/file", "missing"):
        assert list(confined.walk(tmp_path / name)) == []
