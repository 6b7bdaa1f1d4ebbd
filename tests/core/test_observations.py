"""What a task's folder claims is never more than a wrong claim."""

from __future__ import annotations

import json

import pytest
from gemini_core.observations import LATEST, read_record


@pytest.mark.parametrize("number", ["1e999", "-1e999", "-1", f"{LATEST + 1}", "1" + "0" * 400, "true", '"7"', "[]"])
def test_a_moment_that_no_calendar_has_is_none(number: str) -> None:
    """Covers: TRAIN-9. Root inside writes the file: what it says must not keep the task from its end."""
    found = read_record(
        json.loads(f'{{"state": "ended", "started_at": {number}, "ended_at": 7, "heartbeat": {number}}}')
    )
    assert found is not None
    assert (found.started_at, found.ended_at, found.heartbeat) == (None, 7.0, None)


@pytest.mark.parametrize("number", [10**400, -(2**63), 2**63, 1.5, "1", True])
def test_a_code_that_no_process_has_is_none(number: object) -> None:
    """Covers: TRAIN-9. A database takes 64 bits."""
    found = read_record({"state": "ended", "ranks": [{"exit_code": number, "signal": number, "rank": number}]})
    assert found is not None
    assert (found.ranks[0].exit_code, found.ranks[0].signal, found.ranks[0].rank) == (None, None, 0)


def test_a_true_record_is_taken_as_it_is() -> None:
    """Covers: TRAIN-9."""
    rank = {"role": "main", "rank": 1, "started_at": 1795327000.1, "ended_at": 1795327001, "exit_code": 3}
    found = read_record({"state": "ended", "outcome": "failed", "started_at": 1795327000.1, "ranks": [rank, "x"]})
    assert found is not None and found.ended and len(found.ranks) == 1
    assert (found.started_at, found.exit_code, found.ranks[0].rank) == (1795327000.1, 3, 1)
