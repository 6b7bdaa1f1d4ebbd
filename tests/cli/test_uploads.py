"""Which files of a disk go up: what a person meant, and no secret that a link of another's leads to."""

from __future__ import annotations

from pathlib import Path

import pytest
from gemini_cli.errors import Refusal
from gemini_cli.uploads import Wish, local_files


def test_a_link_out_of_the_folder_is_followed_on_demand_alone(tmp_path: Path) -> None:
    """A folder of another's may hold one to a token. Within the folder, or named itself, it is meant.
    Covers: NB-2."""
    (tmp_path / "login.json").write_text("token")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a").write_text("a")
    (folder / "b").symlink_to("a")
    wish = Wish("datasets", "ds-aaaaaaaaaa", [folder])
    assert [one.path for one in local_files(wish)] == ["a", "b"]
    (folder / "c").symlink_to(tmp_path / "login.json")
    with pytest.raises(Refusal, match="folder/c is a link that leads out"):
        list(local_files(wish))
    excluded = Wish("datasets", "ds-aaaaaaaaaa", [folder], excluded=["c"])
    assert [one.path for one in local_files(excluded)] == ["a", "b"]
    everything = Wish("datasets", "ds-aaaaaaaaaa", [folder], links=True)
    assert [one.path for one in local_files(everything)] == ["a", "b", "c"]
    named = Wish("datasets", "ds-aaaaaaaaaa", [folder / "c"])
    assert [one.path for one in local_files(named)] == ["c"]
