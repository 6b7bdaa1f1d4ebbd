"""What a task looks like in a notebook: the pieces of its display, as HTML and as plain text. Pure."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

from gemini_core.messages import text
from gemini_core.states import TASK_ENDED, TaskState
from gemini_core.wording import cards, duration, gigabytes, points, price_per_hour, sentences

from gemini_magics.progress import Progress

Model = dict[str, Any]
LINES_SHOWN = 6
WIDEST = 400
_TONES = {
    TaskState.QUEUED: "waiting",
    TaskState.RUNNING: "good",
    TaskState.SUCCEEDED: "good",
    TaskState.FAILED: "bad",
    TaskState.STOPPED: "quiet",
}
_SYMBOLS = {TaskState.QUEUED: "○", TaskState.SUCCEEDED: "✓", TaskState.FAILED: "✗", TaskState.STOPPED: "■"}
_ICONS = {
    "queued": "M4 2.5h8M4 13.5h8M5 2.5v2.2L8 8l3-3.3V2.5M5 13.5v-2.2L8 8l3 3.3v2.2",
    "allocating": "M8 2.5a5.5 5.5 0 1 1-5.2 3.7",
    "starting": "M8 2.5a5.5 5.5 0 1 1-5.2 3.7",
    "running": "M5.5 4v8l6.5-4z",
    "stopping": "M8 2.5a5.5 5.5 0 1 0 5.2 3.7",
    "stopped": "M4.5 4.5h7v7h-7z",
    "succeeded": "M3.5 8.5l3 3 6-7",
    "failed": "M4.5 4.5l7 7M11.5 4.5l-7 7",
}


@dataclass(frozen=True)
class Seen:
    """A task as it was last told (`told_at`, UTC), the last lines of its log, and what they say of progress."""

    model: Model
    told_at: datetime
    lines: tuple[str, ...] = ()
    progress: Progress | None = None

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self.model["state"] in TASK_ENDED


@dataclass(frozen=True)
class Look:
    """How it is shown: in which language, and where its page is."""

    language: str
    url: str


@dataclass(frozen=True)
class Pieces:
    """The parts of the display, each HTML; equal pieces need no new paint. `plain` is the same in words alone."""

    head: str
    bar: str
    facts: str
    log: str
    plain: str

    def whole(self) -> str:
        """One piece of HTML that needs nothing else."""
        return f'{style()}<div class="gm-nb">{self.head}{self.bar}{self.facts}{self.log}</div>'


def style() -> str:
    """The style sheet, as an element. It uses JupyterLab's variables alone, so it is right in any theme."""
    return f"<style>{(files('gemini_magics') / 'style.css').read_text()}</style>"


def render(seen: Seen, look: Look, now: datetime) -> Pieces:
    """All parts of one task's display."""
    progress = None if seen.ended else seen.progress
    facts = facts_of(seen, look.language, now)
    why = why_of(seen.model, look.language)
    return Pieces(
        head=_head(seen.model, look),
        bar=_bar(progress, look.language) if progress else "",
        facts=_quiet(facts) + (f'<div class="gm-nb-reason">{html.escape(why)}</div>' if why else ""),
        log=_log(seen, look.language),
        plain=_plain(seen, look, facts, why),
    )


def badge(state: str, language: str) -> str:
    """A state as a dot, an icon and a word."""
    tone = _TONES.get(TaskState(state), "busy")
    return (
        f'<span class="gm-nb-state gm-nb-{tone}" data-state="{state}">'
        f'<span class="gm-nb-dot" aria-hidden="true"></span>'
        f'<svg viewBox="0 0 16 16" aria-hidden="true"><path d="{_ICONS[state]}"/></svg>'
        f"<span>{text(f'state.{state}', language)}</span></span>"
    )


def where_of(model: Model, language: str) -> str:
    """`in my lab`, `on 2x A100 · 4 cores · 16 GB`."""
    if model["environmentName"]:
        return text("nb.in-environment", language, said=model["environmentName"])
    cores = text("nb.cores", language, count=f"{model['cpuCores']:g}")
    what = (cards(model["gpuType"], model["gpuCount"]), cores, gigabytes(model["memory"]))
    return text("nb.on-resources", language, what=" · ".join(part for part in what if part))


def took(model: Model, now: datetime, language: str) -> str:
    """How long it has run; empty before it began."""
    if not model["startedAt"]:
        return ""
    end = datetime.fromisoformat(model["endedAt"]) if model["endedAt"] else now
    return duration((end - datetime.fromisoformat(model["startedAt"])).total_seconds(), language)


def cost_now(seen: Seen, now: datetime) -> Decimal:
    """What it has cost: as told, and for a task that runs the minutes since. Bills come from the ledger."""
    cost = Decimal(seen.model["cost"])
    if seen.model["state"] != TaskState.RUNNING:
        return cost
    minutes = max(0, int((now - seen.told_at).total_seconds() // 60))
    return cost + Decimal(seen.model["pricePerHour"]) / 60 * minutes


def facts_of(seen: Seen, language: str, now: datetime) -> list[str]:
    """Time, cost and price; the place in the line; how it ended."""
    model = seen.model
    facts = [took(model, now, language)]
    if model["position"]:
        facts.append(text("nb.position", language, number=model["position"]))
    facts.append(points(cost_now(seen, now), language) if model["startedAt"] else "")
    if not seen.ended:
        facts.append(price_per_hour(model["pricePerHour"], language))
    if model["costIsShare"] and not seen.ended:
        facts[-1] += f" ({text('nb.share', language)})"
    if model["state"] == TaskState.FAILED and model["exitCode"] is not None:
        facts.append(text("nb.exit-code", language, code=model["exitCode"]))
    return [fact for fact in facts if fact]


def why_of(model: Model, language: str) -> str:
    """Why it waits or failed and what to do, in sentences; empty where there is nothing to say."""
    reason = model["reason"]
    if not reason or model["state"] in (TaskState.STOPPED, TaskState.STOPPING):
        return ""
    return sentences((reason.get(part) for part in ("message", "detail", "remedy")), language)


def table(columns: Iterable[tuple[str, bool]], rows: Iterable[Iterable[str]]) -> str:
    """Cells that are HTML already, below columns of (title, whether it holds numbers)."""
    kinds = list(columns)
    marks = [' class="gm-nb-number"' if number else "" for _, number in kinds]
    head = "".join(
        f'<th scope="col"{mark}>{html.escape(title)}</th>' for (title, _), mark in zip(kinds, marks, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(f"<td{mark}>{cell}</td>" for cell, mark in zip(row, marks, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<table class="gm-nb-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def link(name: str, url: str) -> str:
    """A name that leads somewhere, in a tab of its own."""
    place = html.escape(url, quote=True)
    return f'<a class="gm-nb-name" href="{place}" target="_blank" rel="noopener">{html.escape(name)}</a>'


def _head(model: Model, look: Look) -> str:
    where = html.escape(where_of(model, look.language))
    name = link(model["taskName"], look.url)
    state = badge(model["state"], look.language)
    return f'<div class="gm-nb-row">{state}{name}<span class="gm-nb-quiet">{where}</span></div>'


def _bar(progress: Progress, language: str) -> str:
    percent = min(100, int(progress.part * 100))
    said = f"{percent}%"
    if progress.epochs:
        said = f"{text('nb.epoch', language, now=progress.epoch, all=progress.epochs)} · {said}"
    label = text("nb.progress", language)
    return (
        f'<div class="gm-nb-bar"><div class="gm-nb-track" role="progressbar" aria-label="{label}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{percent}"><div class="gm-nb-fill" style="inline-size: {percent}%">'
        f'</div></div><span class="gm-nb-quiet">{said}</span></div>'
    )


def _quiet(facts: list[str]) -> str:
    return f'<div class="gm-nb-facts gm-nb-quiet">{html.escape(" · ".join(facts))}</div>' if facts else ""


def _log(seen: Seen, language: str) -> str:
    if not seen.lines:
        running = seen.model["state"] == TaskState.RUNNING
        return f'<div class="gm-nb-quiet">{text("nb.no-output-yet", language)}</div>' if running else ""
    lines = html.escape("\n".join(line[:WIDEST] for line in seen.lines[-LINES_SHOWN:]))
    return f'<pre class="gm-nb-log" aria-label="{text("nb.last-lines", language)}">{lines}</pre>'


def _plain(seen: Seen, look: Look, facts: list[str], why: str) -> str:
    model, language = seen.model, look.language
    symbol = _SYMBOLS.get(TaskState(model["state"]), "●")
    state = text(f"state.{model['state']}", language)
    lines = [f"{symbol} {state}  {model['taskName']} ({model['id']}) {where_of(model, language)}"]
    if seen.progress and not seen.ended:
        facts = [f"{min(100, int(seen.progress.part * 100))}%", *facts]
    lines += [f"  {' · '.join(facts)}"] if facts else []
    lines += [f"  {why}"] if why else []
    lines += [f"  | {line[:WIDEST]}" for line in seen.lines[-LINES_SHOWN:]]
    lines += [] if seen.ended else [f"  {text('nb.next', language, id=model['id'])}"]
    return "\n".join(lines)
