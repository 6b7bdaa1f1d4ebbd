"""Pieces of a log."""

from __future__ import annotations

import pytest
from gemini_core.logs import last_lines, whole_characters
from hypothesis import given
from hypothesis import strategies as st


@given(st.text(), st.integers(0, 200))
def test_a_cut_never_splits_a_character(text: str, at: int) -> None:
    """Covers: TRAIN-8."""
    data = text.encode()[:at]
    keep = whole_characters(data)
    data[:keep].decode()
    assert at - keep <= 3 or keep == len(data)


@given(st.binary(max_size=50))
def test_what_is_not_text_still_passes(data: bytes) -> None:
    """Covers: TRAIN-8."""
    assert len(data) - 3 <= whole_characters(data) <= len(data)
    assert whole_characters(data, final=True) == len(data)


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", ()),
        (b"a\n\nb\r\n", ("a", "b")),
        (b"10%\r50%\r100%\n", ("100%",)),
        ("训练\n".encode() + b"\xff", ("训练", "\ufffd")),
    ],
)
def test_last_lines_are_those_that_a_person_saw(data: bytes, lines: tuple[str, ...]) -> None:
    """Covers: TRAIN-9."""
    assert last_lines(data) == lines


def test_last_lines_are_few_and_short() -> None:
    """Covers: TRAIN-9."""
    lines = last_lines(b"\n".join(b"x" * 1000 for _ in range(100)))
    assert len(lines) == 20
    assert all(len(line) == 500 for line in lines)
