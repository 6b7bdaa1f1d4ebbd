"""Who starts and who waits."""

from __future__ import annotations

import pytest
from gemini_core.queueing import NORMAL, Ask, Capacity, Decision, admit, choose_cards, left
from hypothesis import given
from hypothesis import strategies as st

G = 2**30


def ask(name: str, since: float, cpu: int = 1000, memory: int = G, card: str | None = None, cards: int = 0) -> Ask:
    """An ask with small defaults."""
    return Ask(name, since, cpu, memory, card, cards)


def test_the_first_that_does_not_fit_holds_its_own_line_only() -> None:
    """Covers: RES-4, TRAIN-8."""
    free = Capacity(4000, 8 * G, {"A100": 2})
    queue = [
        ask("big", 1, cpu=9000),
        ask("small", 2),
        ask("card", 3, card="A100", cards=2),
        ask("more", 4, card="A100", cards=1),
    ]
    assert admit(queue, free) == (
        Decision("big", False, 1, ("cpu",)),
        Decision("small", False, 2, ()),
        Decision("card", True),
        Decision("more", False, 1, ("gpu",)),
    )


def test_a_declared_card_that_is_not_there_waits() -> None:
    """Covers: TRAIN-5, RES-1b."""
    (decision,) = admit([ask("a", 1, card="A100", cards=4)], Capacity(10**6, 10**12, {"A100": 0}))
    assert decision == Decision("a", False, 1, ("gpu",))


def test_exactly_what_is_free_fits() -> None:
    """Covers: RES-4."""
    assert admit([ask("a", 1, 4000, 8 * G)], Capacity(4000, 8 * G))[0].admitted


@pytest.mark.parametrize(("count", "chosen"), [(0, ()), (1, ("1",)), (2, ("1", "3")), (3, None)])
def test_cards_are_whole_and_nobody_elses(count: int, chosen: tuple[str, ...] | None) -> None:
    """Covers: RES-1b."""
    assert choose_cards(["0", "1", "2", "3"], ["0", "2"], count) == chosen


asks = st.lists(
    st.builds(
        Ask,
        id=st.uuids().map(str),
        since=st.integers(0, 5).map(float),
        cpu_millicores=st.integers(0, 5),
        memory_bytes=st.integers(0, 5),
        card=st.sampled_from(["A100", "T4"]),
        cards=st.integers(0, 2),
        level=st.just(NORMAL),
    ),
    max_size=12,
)


@given(asks, st.integers(0, 12), st.integers(0, 12))
def test_admission_never_promises_more_than_there_is_nor_overtakes(queue: list[Ask], cpu: int, memory: int) -> None:
    """Covers: RES-4."""
    whole = Capacity(cpu, memory, {"A100": 2, "T4": 1})
    decisions = {d.id: d for d in admit(queue, whole)}
    rest = left(whole, [a for a in queue if decisions[a.id].admitted])
    assert min(rest.cpu_millicores, rest.memory_bytes, *rest.cards.values()) >= 0
    for kind in {a.kind for a in queue}:
        line = sorted((a for a in queue if a.kind == kind), key=lambda a: (a.since, a.id))
        admitted = [decisions[a.id].admitted for a in line]
        assert admitted == sorted(admitted, reverse=True)
        assert [decisions[a.id].position for a in line if not decisions[a.id].admitted] == list(
            range(1, admitted.count(False) + 1)
        )


@given(asks)
def test_whoever_is_first_and_fits_is_never_held(queue: list[Ask]) -> None:
    """Covers: RES-4."""
    whole = Capacity(5, 5, {"A100": 2, "T4": 2})
    if queue:
        first = min(queue, key=lambda a: (a.since, a.id))
        assert next(d for d in admit(queue, whole) if d.id == first.id).admitted


def test_the_higher_priority_goes_first_and_is_said() -> None:
    """Who came later with a higher priority stands in front; a lower one is told that it waits behind it.

    Covers: RES-7
    """
    line = [Ask("low", 1, 1000, 1, level=0), Ask("normal", 2, 4000, 1), Ask("high", 3, 4000, 1, level=2)]
    decisions = {one.id: one for one in admit(line, Capacity(4000, 10))}
    assert decisions["high"].admitted
    assert (decisions["normal"].position, decisions["normal"].short) == (1, ("cpu",))
    assert (decisions["low"].position, decisions["low"].short) == (2, ("cpu", "priority"))
    room = {one.id: one for one in admit(line[:2], Capacity(2000, 10))}
    assert (room["normal"].short, room["low"].position, room["low"].short) == (("cpu",), 2, ("priority",))
