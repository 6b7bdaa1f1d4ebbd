"""What a soak found, for people (`docs/soak.md`, a chart) and for programs (`docs/soak.json`)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from soak.flatness import BOUNDS, Fit, fit

PANELS = {"own_mib": "memory (PSS), MiB", "handles": "file handles"}
COLOURS = ("#4063d8", "#389826", "#cb3c33", "#9558b2", "#d58813", "#159a9c", "#6b6b6b", "#b1347a")
WIDTH, HEIGHT, LEFT, TOP, GAP = 860, 210, 56, 26, 44


@dataclass
class Findings:
    """Samples of processes and of what lies around, by time in seconds from the start; and what the load did."""

    machine: str
    date: str
    commit: str
    seconds: float
    warm_up_seconds: float
    times: list[float] = field(default_factory=list)
    processes: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    around: list[Mapping[str, float]] = field(default_factory=list)
    connected: list[int] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    before: Mapping[str, float] = field(default_factory=dict)
    after: Mapping[str, float] = field(default_factory=dict)

    def fits(self) -> dict[str, dict[str, Fit]]:
        """The line of each thing of each process after the warm-up."""
        first = next(index for index, time in enumerate(self.times) if time >= self.warm_up_seconds)
        times = self.times[first:]
        return {
            name: {key: fit(times, [one[key] for one in samples[first:]], bound) for key, bound in BOUNDS.items()}
            for name, samples in self.processes.items()
        }

    def save(self, folder: Path) -> None:
        """Writes the three files."""
        fits = {name: {key: asdict(one) for key, one in held.items()} for name, held in self.fits().items()}
        (folder / "soak.json").write_text(json.dumps({**asdict(self), "fits": fits}, indent=None) + "\n")
        (folder / "images").mkdir(exist_ok=True)
        (folder / "images" / "soak.svg").write_text(chart(self))
        (folder / "soak.md").write_text(page(self))


def page(found: Findings) -> str:
    """The page for people."""
    minutes = found.seconds / 60
    done = found.done
    lines = [
        "# Soak: nothing grows",
        "",
        f"`make soak` on {found.date}, commit `{found.commit}`, {found.machine}. {minutes:.0f} minutes:"
        f" {done.get('environments', 0)} environments started, stopped and deleted,"
        f" {done.get('existing', 0)} tasks in a running environment, {done.get('dynamic', 0)} on resources of their"
        f" own, {_middle(found.connected)} WebSockets held (median), which connected"
        f" {done.get('connections', 0)} times anew.",
        "",
        f"A straight line is fitted to every ten seconds after a warm-up of {found.warm_up_seconds / 60:.0f} minutes."
        " *Growth* is what that line gained over the measured time; it must stay below the bound:"
        f" {_bounds()}. All figures and samples: [soak.json](soak.json).",
        "",
        "![Memory and file handles over time](images/soak.svg)",
        "",
        *_table(found),
        "",
        "## What is left",
        "",
        "On the machine before the load began and after it had ended. The database keeps the records.",
        "",
        "| | before | after |",
        "|---|---:|---:|",
        *(
            f"| {key.replace('_', ' ')} | {_short(found.before[key])} | {_short(found.after[key])} |"
            for key in found.before
        ),
        "",
    ]
    if found.wrong:
        lines += ["## What went wrong", "", *(f"- {one}" for one in found.wrong[:50]), ""]
    return "\n".join(lines)


def _bounds() -> str:
    parts = []
    for key, (least, part) in BOUNDS.items():
        share = f" or {part:.0%} of its mean" if part else ""
        parts.append(f"{_name(key)} {least:g}{share}")
    return ", ".join(parts)


def _name(key: str) -> str:
    names = {"own_mib": "PSS (MiB)", "resident_mib": "RSS (MiB)", "watches": "inotify watches"}
    return names.get(key, key)


def _table(found: Findings) -> list[str]:
    rows = [
        "| process | what | mean | lowest | highest | growth | allowed | |",
        "|---|---|---:|---:|---:|---:|---:|---|",
    ]
    for name, held in found.fits().items():
        for key, one in held.items():
            figures = " | ".join(
                _short(value) for value in (one.mean, one.lowest, one.highest, one.growth, one.allowed)
            )
            rows.append(f"| {name} | {_name(key)} | {figures} | {'flat' if one.flat else '**grows**'} |")
    return rows


def _short(value: float) -> str:
    return (
        f"{value:.1f}".removesuffix(".0").replace("-0", "0") if abs(value) < 0.05 else f"{value:.1f}".removesuffix(".0")
    )


def _middle(values: Sequence[int]) -> int:
    return sorted(values)[len(values) // 2] if values else 0


def chart(found: Findings) -> str:
    """Two panels over the same time: memory and file handles of each process."""
    height = len(PANELS) * (HEIGHT + GAP) + TOP + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif"'
        ' font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for number, (key, title) in enumerate(PANELS.items()):
        series = {name: [one[key] for one in samples] for name, samples in found.processes.items()}
        parts += _panel(found, title, series, TOP + number * (HEIGHT + GAP))
    return "\n".join([*parts, *_legend(found, height - 14), "</svg>", ""])


def _panel(found: Findings, title: str, series: Mapping[str, list[float]], top: float) -> list[str]:
    highest = max(max(values) for values in series.values()) * 1.08 or 1.0
    last = found.times[-1] or 1.0
    right = WIDTH - 16

    def place(time: float, value: float) -> str:
        return f"{LEFT + time / last * (right - LEFT):.1f},{top + HEIGHT - value / highest * HEIGHT:.1f}"

    warm = LEFT + found.warm_up_seconds / last * (right - LEFT)
    parts = [
        f'<text x="{LEFT}" y="{top - 8}" font-weight="bold">{title}</text>',
        f'<rect x="{LEFT}" y="{top}" width="{warm - LEFT:.1f}" height="{HEIGHT}" fill="#f1f1f1"/>',
        f'<text x="{LEFT + 6}" y="{top + 16}" fill="#6b6b6b">warm-up</text>',
    ]
    for part in (0, 0.5, 1):
        y = top + HEIGHT - part / 1.08 * HEIGHT
        parts.append(f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#d9d9d9"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{highest / 1.08 * part:.0f}</text>')
    for minute in range(0, int(last // 60) + 1, max(1, int(last // 60) // 6)):
        x = LEFT + minute * 60 / last * (right - LEFT)
        parts.append(f'<text x="{x:.1f}" y="{top + HEIGHT + 16}" text-anchor="middle">{minute} min</text>')
    for colour, values in zip(COLOURS, series.values(), strict=False):
        points = " ".join(place(time, value) for time, value in zip(found.times, values, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
    return parts


def _legend(found: Findings, y: float) -> list[str]:
    parts, x = [], LEFT
    for colour, name in zip(COLOURS, found.processes, strict=False):
        parts.append(f'<path d="M{x} {y - 4}h16" stroke="{colour}" stroke-width="3"/>')
        parts.append(f'<text x="{x + 20}" y="{y}">{name}</text>')
        x += 34 + 7 * len(name)
    return parts
