"""What a task's folder claims is never more than a wrong claim."""

from __future__ import annotations

import json

import pytest
from gemini_core.observations import LATEST, Rank, Record, read_record, together


@pytest.mark.parametrize("number", ["1e999", "-1e999", "-1", f"{LATEST + 1}", "1" + "0" * 400, "true", '"7"', "[]"])
def test_a_moment_that_no_calendar_has_is_none(number: str) -> None:
    """Covers: TRAIN-9. Root inside writes the file: what it says must not keep the task from its end."""
    found = read_record(
        json.loads(f'{{"state": "ended", "started_at": {number}, "ended_at": 7, "heartbeat": {number}}}')
    )
    assert found is not None
    assert (found.started_at, found.ended_at, found.heartbeat) == (None, 7.0, None)


@pytest.mark.parametrize("number", [10**400, -(2**31), 2**31, 1.5, "1", True])
def test_a_code_that_no_process_has_is_none(number: object) -> None:
    """Covers: TRAIN-9. A database takes 32 bits."""
    found = read_record({"state": "ended", "ranks": [{"exit_code": number, "signal": number, "rank": number}]})
    assert found is not None
    assert (found.ranks[0].exit_code, found.ranks[0].signal, found.ranks[0].rank) == (None, None, 0)


@pytest.mark.parametrize("number", [-9, 0, 128, 2**31 - 1])
def test_a_signal_that_no_system_has_is_none(number: int) -> None:
    """Covers: TRAIN-9. Its exit code would be one that nothing can keep."""
    found = read_record({"state": "ended", "ranks": [{"exit_code": None, "signal": number}]})
    assert found is not None and (found.ranks[0].signal, found.exit_code) == (None, None)


def test_a_true_record_is_taken_as_it_is() -> None:
    """Covers: TRAIN-9."""
    rank = {"role": "main", "rank": 1, "started_at": 1795327000.1, "ended_at": 1795327001, "exit_code": 3}
    found = read_record({"state": "ended", "outcome": "failed", "started_at": 1795327000.1, "ranks": [rank, "x"]})
    assert found is not None and found.ended and len(found.ranks) == 1
    assert (found.started_at, found.exit_code, found.ranks[0].rank) == (1795327000.1, 3, 1)


def told(number: int, outcome: str | None, ended_at: float | None, code: int | None) -> Record:
    """What the file of one rank of a role says."""
    rank = Rank("worker", number, 1.0, ended_at, code)
    return Record("running" if ended_at is None else "ended", outcome, 1.0 + number, ended_at, None, (rank,))


def test_ranks_that_are_told_of_one_by_one_are_one_task() -> None:
    """It has ended with its last rank; the rank that failed first says its code.

    Covers: TRAIN-6, TRAIN-9
    """
    assert together([], 2) is None
    one = together([told(0, "succeeded", 5.0, 0)], 2)
    assert one is not None and (one.ended, one.outcome, one.exit_code) == (False, None, 0)
    both = together([told(0, "succeeded", 5.0, 0), told(1, "succeeded", 7.0, 0)], 2)
    assert both is not None
    assert (both.ended, both.outcome, both.exit_code, both.started_at, both.ended_at) == (True, "succeeded", 0, 1, 7)
    broken = together([told(0, "stopped", 6.0, 143), told(1, "failed", 5.0, 3)], 2)
    assert broken is not None and broken.first_failed is not None
    assert (broken.outcome, broken.exit_code, broken.first_failed.rank) == ("failed", 3, 1)
