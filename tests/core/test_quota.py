"""Quota: whether a request fits, and that what does not holds up nobody else."""

from __future__ import annotations

import pytest
from gemini_core.queueing import Ask, Capacity, Decision, admit, held_by
from gemini_core.quota import (
    DIMENSIONS,
    NOTHING,
    SCOPES,
    Amount,
    Bound,
    Holder,
    Limits,
    Quotas,
    Verdict,
    bound_parts,
    decide,
    write_bounds,
)
from hypothesis import given
from hypothesis import strategies as st

ALICE, BOB, LAB = Holder("lab", "alice"), Holder("lab", "bob"), Holder("lab")
PLENTY = Capacity(10**9, 10**15, {"A100": 10**6})


def ask(name: str, person: str, gpus: int = 0, cpu: int = 1, workspace: str = "lab") -> Ask:
    """An ask that came when its name says (`1`, `2`)."""
    return Ask(name, float(name), cpu, 1, "A100", gpus, workspace, person)


@pytest.mark.parametrize(
    ("limit", "used", "asked", "verdict"),
    [
        (None, 10**9, 10**9, Verdict()),
        (4, 0, 4, Verdict()),
        (4, 1, 3, Verdict()),
        (4, 1, 4, Verdict(short=("gpu",))),
        (4, 0, 5, Verdict(beyond=("gpu",))),
        (4, 9, 1, Verdict(short=("gpu",))),
        (4, 9, 0, Verdict()),
        (0, 0, 1, Verdict(beyond=("gpu",))),
        (0, 0, 0, Verdict()),
    ],
)
def test_what_fits_a_limit(limit: int | None, used: int, asked: int, verdict: Verdict) -> None:
    """Covers: RES-4. Exactly the limit fits; more than all of it is told from more than what is left."""
    assert decide(Limits(gpu_count=limit), Amount(gpu_count=used), Amount(gpu_count=asked)) == verdict


def test_whoever_waits_for_quota_holds_up_nobody_else() -> None:
    """Covers: RES-4, TRAIN-8. Each is counted among those that wait for the same limit, and the line goes on."""
    quotas = Quotas({ALICE: Limits(gpu_count=4)}).holding([("lab", "alice", Amount(gpu_count=3))])
    queue = [ask("1", "alice", 2), ask("2", "alice", 4), ask("3", "bob", 2), ask("4", "alice", 1), ask("5", "alice", 9)]
    mine = Bound(ALICE, "gpu", 4, whole=False)
    assert admit(queue, Capacity(10, 10, {"A100": 3}), quotas) == (
        Decision("1", False, 1, bounds=(mine,)),
        Decision("2", False, 2, bounds=(mine,)),
        Decision("3", True),
        Decision("4", True),
        Decision("5", False, 3, bounds=(Bound(ALICE, "gpu", 4, whole=True),)),
    )


def test_a_request_must_fit_both() -> None:
    """Covers: RES-4. A workspace's limit is shared; who waits for both stands behind all that wait for either."""
    quotas = Quotas({LAB: Limits(gpu_count=4), BOB: Limits(gpu_count=1)})
    first, second, third = admit([ask("1", "alice", 4), ask("2", "alice", 1), ask("3", "bob", 1)], PLENTY, quotas)
    assert first.admitted
    assert second == Decision("2", False, 1, bounds=(Bound(LAB, "gpu", 4, whole=False),))
    assert third == Decision("3", False, 2, bounds=(Bound(LAB, "gpu", 4, whole=False),))
    elsewhere = admit([ask("1", "alice", 4), ask("2", "bob", 4, workspace="other")], PLENTY, quotas)
    assert [one.admitted for one in elsewhere] == [True, True]


def test_what_is_far_waits_in_a_line_of_its_own_and_takes_nothing() -> None:
    """Covers: RES-1b, RES-4. Behind a zone that is only declared there is nothing; quota is said first."""
    quotas = Quotas({ALICE: Limits(gpu_count=1)})
    decisions = admit([ask("1", "alice", 1), ask("2", "alice", 1), ask("3", "alice", 2)], PLENTY, quotas, {"1"})
    assert decisions[0] == Decision("1", False, 1, ("cpu", "memory", "gpu"))
    assert decisions[1].admitted
    assert decisions[2].bounds == (Bound(ALICE, "gpu", 1, whole=True),)


amounts = st.builds(Amount, st.integers(0, 6), st.integers(0, 6), st.integers(0, 6))
bounds_of = st.none() | st.integers(0, 8)
limits = st.builds(Limits, bounds_of, bounds_of, bounds_of)
people = st.sampled_from([("lab", "alice"), ("lab", "bob"), ("other", "alice")])
holders = st.sampled_from([ALICE, BOB, LAB, Holder("other"), Holder("other", "alice")])


@st.composite
def lines(draw: st.DrawFn) -> list[Ask]:
    """Some asks of three persons in two workspaces."""
    made = []
    for number in range(draw(st.integers(0, 10))):
        (workspace, person), amount = draw(people), draw(amounts)
        cards = ("A100", amount.gpu_count)
        made.append(Ask(str(number), number, amount.cpu_millicores, amount.memory_bytes, *cards, workspace, person))
    return made


@given(lines(), st.dictionaries(holders, limits), st.dictionaries(holders, amounts))
def test_nobody_is_given_more_than_a_limit(
    queue: list[Ask], given: dict[Holder, Limits], used: dict[Holder, Amount]
) -> None:
    """Covers: RES-4. Whatever was held before, what is admitted fits every limit of what it asks for."""
    before = Quotas(given, used)
    decisions = {one.id: one for one in admit(queue, PLENTY, before)}
    admitted = [one for one in queue if decisions[one.id].admitted]
    after = before.holding(map(held_by, admitted))
    for one in admitted:
        for holder in (Holder(one.workspace), Holder(one.workspace, one.person)):
            for what in DIMENSIONS:
                limit = given.get(holder, Limits()).of(what)
                assert limit is None or not one.amount.of(what) or after.used[holder].of(what) <= limit


@given(lines(), st.dictionaries(holders, limits), st.dictionaries(holders, amounts))
def test_who_waits_waits_for_a_reason(
    queue: list[Ask], given: dict[Holder, Limits], used: dict[Holder, Amount]
) -> None:
    """Covers: RES-4. With plenty of everything only a limit keeps anybody waiting, and it is one that binds still."""
    before = Quotas(given, used)
    decisions = admit(queue, PLENTY, before)
    admitted = [one for one in queue if next(d for d in decisions if d.id == one.id).admitted]
    after = before.holding(map(held_by, admitted))
    asks = {one.id: one for one in queue}
    for decision in decisions:
        if not decision.admitted:
            one = asks[decision.id]
            assert decision.bounds
            assert not decision.short
            assert set(after.bounds(one.workspace, one.person, one.amount)) >= set(decision.bounds)


@given(limits, amounts, amounts)
def test_with_nothing_held_short_and_beyond_are_never_the_same(found: Limits, used: Amount, asked: Amount) -> None:
    """Covers: RES-4. What is beyond a whole limit is so whatever is held; only what is short may come to fit."""
    verdict, empty = decide(found, used, asked), decide(found, NOTHING, asked)
    assert verdict.beyond == empty.beyond
    assert empty.short == ()
    assert set(verdict.beyond).isdisjoint(verdict.short)


@given(
    st.lists(
        st.builds(
            Bound,
            st.sampled_from([LAB, ALICE]),
            st.sampled_from(DIMENSIONS),
            st.integers(0, 2**50),
            st.booleans(),
        )
    )
)
def test_bounds_are_kept_as_text(found: list[Bound]) -> None:
    """Covers: RES-4."""
    kept = write_bounds(found)
    assert [bound_parts(part) for part in kept.split(",") if part] == [
        (one.holder.scope, one.what, one.limit, one.whole) for one in found
    ]
    assert {one.holder.scope for one in found} <= set(SCOPES)


@pytest.mark.parametrize("kept", ["", "cpu", "person", "person:disk:4", "nobody:gpu:4", "person:gpu:", "person:gpu:-1"])
def test_what_is_no_bound_is_none(kept: str) -> None:
    """Covers: RES-4. An older row, or another's words, are not taken for a limit."""
    assert bound_parts(kept) is None
