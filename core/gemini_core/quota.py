"""Quota: what a workspace, and each person in it, may hold at once, and whether a request fits (RES-4).

A request must fit the limits of both. Larger than a whole limit it is refused; larger than what is left of one
it waits, and holds up nobody whose quota fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Amount(NamedTuple):
    """Processors in thousandths of a core, memory in bytes, cards of all kinds together."""

    cpu_millicores: int = 0
    memory_bytes: int = 0
    gpu_count: int = 0

    def plus(self, other: Amount) -> Amount:
        """Both together."""
        return Amount(
            self.cpu_millicores + other.cpu_millicores,
            self.memory_bytes + other.memory_bytes,
            self.gpu_count + other.gpu_count,
        )

    def of(self, what: str) -> int:
        """How much of `cpu`, `memory` or `gpu`."""
        return {"cpu": self.cpu_millicores, "memory": self.memory_bytes, "gpu": self.gpu_count}[what]


NOTHING = Amount()
DIMENSIONS = ("cpu", "memory", "gpu")
SCOPES = ("person", "workspace")


@dataclass(frozen=True)
class Limits:
    """The most that may be held at once; None is no limit, 0 is none at all."""

    cpu_millicores: int | None = None
    memory_bytes: int | None = None
    gpu_count: int | None = None

    def of(self, what: str) -> int | None:
        """The limit of `cpu`, `memory` or `gpu`."""
        return {"cpu": self.cpu_millicores, "memory": self.memory_bytes, "gpu": self.gpu_count}[what]


UNLIMITED = Limits()


@dataclass(frozen=True)
class Verdict:
    """What stands in the way, of `cpu`, `memory` and `gpu`: `beyond` a whole limit, `short` of what is left of one."""

    beyond: tuple[str, ...] = ()
    short: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether nothing does."""
        return not (self.beyond or self.short)


def decide(limits: Limits, usage: Amount, ask: Amount) -> Verdict:
    """Whether `ask` fits beside `usage`. What is not asked for is never short, however much of it is held."""
    beyond, short = [], []
    for what in DIMENSIONS:
        limit, asked = limits.of(what), ask.of(what)
        if limit is None or asked <= 0:
            continue
        if asked > limit:
            beyond.append(what)
        elif usage.of(what) + asked > limit:
            short.append(what)
    return Verdict(tuple(beyond), tuple(short))


class Holder(NamedTuple):
    """Whose limit it is: a workspace's (`person` is None), or that of one person in it."""

    workspace: str
    person: str | None = None

    @property
    def scope(self) -> str:
        """`workspace` or `person`."""
        return "workspace" if self.person is None else "person"


class Bound(NamedTuple):
    """A limit that stands in the way: whose, of what, how much, and whether even all of it is too little."""

    holder: Holder
    what: str
    limit: int
    whole: bool


@dataclass(frozen=True)
class Quotas:
    """Limits and what is held against them. Who is not named has no limit, and holds nothing."""

    limits: Mapping[Holder, Limits] = field(default_factory=dict)
    used: Mapping[Holder, Amount] = field(default_factory=dict)
    _known: dict[tuple[str, str, Amount], tuple[Bound, ...]] = field(default_factory=dict, compare=False, repr=False)

    def bounds(self, workspace: str, person: str, ask: Amount) -> tuple[Bound, ...]:
        """What binds one more `ask` of a person: their own limits first. Empty where it fits both."""
        # Long lines are of a few who ask for the same again and again.
        known = self._known.get((workspace, person, ask))
        if known is None:
            known = self._known[workspace, person, ask] = self._bounds(workspace, person, ask)
        return known

    def _bounds(self, workspace: str, person: str, ask: Amount) -> tuple[Bound, ...]:
        found: list[Bound] = []
        for holder in _holders(workspace, person):
            limits = self.limits.get(holder, UNLIMITED)
            verdict = decide(limits, self.used.get(holder, NOTHING), ask)
            found.extend(Bound(holder, what, limits.of(what) or 0, True) for what in verdict.beyond)
            found.extend(Bound(holder, what, limits.of(what) or 0, False) for what in verdict.short)
        return tuple(found)

    def holding(self, asks: Iterable[tuple[str, str, Amount]]) -> Quotas:
        """The same with what `asks` (workspace, person, amount) hold as well."""
        used = dict(self.used)
        for workspace, person, amount in asks:
            for holder in _holders(workspace, person):
                used[holder] = used.get(holder, NOTHING).plus(amount)
        return Quotas(self.limits, used)


def _holders(workspace: str, person: str) -> tuple[Holder, Holder]:
    return Holder(workspace, person), Holder(workspace)


def write_bounds(bounds: Iterable[Bound]) -> str:
    """Bounds as a reason's detail is kept: `person:gpu:4,workspace:cpu:8000:whole`."""
    return ",".join(
        ":".join((one.holder.scope, one.what, str(one.limit), *(["whole"] if one.whole else []))) for one in bounds
    )


def bound_parts(kept: str) -> tuple[str, str, int, bool] | None:
    """One of those again: scope, what, limit, whole; None where it is none."""
    scope, _, rest = kept.partition(":")
    what, _, rest = rest.partition(":")
    limit, _, whole = rest.partition(":")
    if scope not in SCOPES or what not in DIMENSIONS or not limit.isdecimal():
        return None
    return scope, what, int(limit), whole == "whole"
