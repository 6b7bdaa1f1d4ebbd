"""Rows of environments and tasks in the words of the wire: reasons, steps, mounts, cards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gemini_core import messages
from gemini_core.quota import bound_parts
from gemini_core.reasons import NAMED, Reason, read_detail
from gemini_core.refusals import retold
from sqlalchemy import RowMapping

from gemini_control.backends import paths
from gemini_control.managers.mounts import Mounted
from gemini_control.models.resources import MountOut, ReasonOut, StepOut

GB = 2**30


def reason_of(code: str | None, detail: str | None, language: str) -> ReasonOut | None:
    """A reason with its remedy; None where there is none."""
    if code is None:
        return None
    return ReasonOut(
        code=code,
        message=messages.text(f"reason.{code}", language),
        remedy=messages.text(f"remedy.{code}", language),
        detail=_detail(code, detail or "", language),
    )


def _detail(code: str, detail: str, language: str) -> str:
    if code in (Reason.RESOURCES, Reason.QUOTA) and not detail.startswith(NAMED):
        first, _, said = detail.partition("\n")
        word_of = _short if code == Reason.RESOURCES else _bound
        words = [word for part in first.split(",") if (word := word_of(part, language))]
        return "\n".join(part for part in ((", " if language == "en" else "、").join(words), said) if part)
    kept = read_detail(detail)
    if kept.name not in messages.names():
        return retold(detail, language)
    sentence = messages.text(kept.name, language, value=kept.value)
    return "\n".join(part for part in (sentence, kept.said) if part)


def _short(part: str, language: str) -> str:
    name = f"short.{part}"
    return messages.text(name, language) if name in messages.names() else ""


def _bound(part: str, language: str) -> str:
    found = bound_parts(part)
    if found is None:
        return ""
    scope, what, limit, whole = found
    value = messages.text(f"quota.{what}", language, value=quantity(what, limit))
    return messages.text(f"quota.{scope}-whole" if whole else f"quota.{scope}", language, value=value)


def quantity(what: str, amount: int) -> float | int:
    """An amount of `cpu` (thousandths of a core), `memory` (bytes) or `gpu` as a number of cores, GB or cards."""
    return {"cpu": cores, "memory": gb}.get(what, int)(amount)


def steps_of(row: RowMapping, language: str, kind: str) -> list[StepOut]:
    """The steps of a start; `kind` (`environment`, `task`) names the last."""
    return [
        StepOut(
            name=step["name"],
            label=messages.text(
                f"step.{step['name']}-{kind}" if step["name"] == "start" else f"step.{step['name']}", language
            ),
            state=step["state"],
            at=None if step["at"] is None else datetime.fromisoformat(step["at"]),
        )
        for step in row["steps"]
    ]


def mount_of(one: Mounted) -> MountOut:
    """A mounted version and its place."""
    return MountOut(
        kind=one.kind,
        slot=one.slot,
        asset_id=one.asset_id,
        asset_name=one.asset_name,
        version_id=one.version_id,
        version_number=one.version_number,
        path=paths.mount(one.kind, one.slot),
    )


def mounts_of(mounted: Sequence[Mounted], kind: str | None = None) -> list[MountOut]:
    """All of them, or those of one kind."""
    return [mount_of(one) for one in mounted if kind in (None, one.kind)]


def gpu_words(gpu_type: str | None, count: int) -> str:
    """`2x A100`; `0` where there is none."""
    return f"{count}x {gpu_type}" if count else "0"


def gb(memory_bytes: int) -> float | int:
    """Bytes as a number of GB (2^30), as people write it."""
    whole, rest = divmod(memory_bytes, GB)
    return round(memory_bytes / GB, 3) if rest else whole


def cores(millicores: int) -> float | int:
    """Thousandths of a core as a number of cores."""
    return millicores / 1000 if millicores % 1000 else millicores // 1000
