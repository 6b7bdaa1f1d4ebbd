"""Details of reasons: kept by name, told in the reader's language."""

from __future__ import annotations

import pytest
from gemini_core.reasons import Detail, read_detail, spoken
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.sampled_from(["detail.lost", "detail.process-killed"])
VALUES = st.text(st.characters(blacklist_characters="\n\r"), max_size=20)
SAID = st.text(max_size=40).map(str.strip)


@given(NAMES, VALUES, SAID)
def test_a_detail_is_read_as_it_was_kept(name: str, value: str, said: str) -> None:
    """Covers: TRAIN-9."""
    detail = Detail(name, value, said)
    assert read_detail(str(detail)) == detail


@pytest.mark.parametrize("said", ["", "runc: no such file", "two\nlines", "details: none"])
def test_what_a_machine_said_has_no_name(said: str) -> None:
    """Covers: TRAIN-9."""
    assert read_detail(said) == Detail(said=said)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("[Errno 28] No space left on device: '/srv/home/sandboxes/x'", "No space left on device: '…/sandboxes/x'"),
        ("runc: [Errno 2] No such file", "runc: No such file"),
        ("device /dev/nvidia0 is not there", "device /dev/nvidia0 is not there"),
        ("", ""),
    ],
)
def test_a_machine_is_quoted_for_people(said: str, told: str) -> None:
    """Covers: TRAIN-9. No error numbers, and nothing of where the platform lies."""
    assert spoken(said, "/srv/home") == told
