"""Paths that people name."""

from __future__ import annotations

import pytest
from gemini_core.filepaths import DEPTH, TYPED_CHARACTERS, BadPath, parts_of
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    "path", ["a", "a/b.txt", "数据/训练 集.csv", "😀.png", "<b>x</b>", "a" * 64, "..a", "a..", "-rf"]
)
def test_ordinary_names(path: str) -> None:
    """Covers: CAT-2. Emoji and markup are ordinary text."""
    assert "/".join(parts_of(path, TYPED_CHARACTERS)) == path


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("", "path-unfit"),
        ("/etc/passwd", "path-unfit"),
        ("../x", "path-unfit"),
        ("a/../b", "path-unfit"),
        ("a//b", "path-unfit"),
        ("a/", "path-unfit"),
        (".", "path-unfit"),
        ("a\\b", "path-unfit"),
        ("a\0b", "control-characters"),
        ("a\nb", "control-characters"),
        ("\ud800", "control-characters"),
        ("a" * 65, "name-too-long"),
        ("数" * 86, "name-too-long"),
        ("/".join("a" * (DEPTH + 1)), "path-too-deep"),
        ("/".join(["b" * 64] * 63), "path-too-long"),
    ],
)
def test_refused_paths(path: str, name: str) -> None:
    """Covers: CAT-2, CAT-5. Refused by name, never repaired."""
    with pytest.raises(BadPath) as caught:
        parts_of(path, TYPED_CHARACTERS)
    assert caught.value.name == name


@given(st.text(max_size=200))
def test_no_path_leads_out(path: str) -> None:
    """Covers: CAT-5. Whatever is let through stays below where it begins."""
    try:
        parts = parts_of(path)
    except BadPath:
        return
    assert all(part not in ("", ".", "..") and "/" not in part and "\0" not in part for part in parts)
