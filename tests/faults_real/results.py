"""What every pair came to: collected as the tests go, written as a page at their end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from faults_real.jobs import FIRST_LINES, WHOLE_LOG
from faults_real.pairs import (
    DYNAMIC,
    ENVIRONMENT,
    EXISTING,
    FAILED,
    KILLED,
    LOST,
    OUTCOMES,
    PROCESSES,
    SAME,
    STATES,
    STOPPED,
    TITLES,
    Pair,
    all_pairs,
    expected,
)
from faults_real.records import Outcome

SIGNS = {SAME: "same", KILLED: "killed", LOST: "lost", FAILED: "failed", STOPPED: "stopped"}


@dataclass
class Results:
    """Pairs that were tried, with what went wrong ("" where nothing did); and other faults beside the table."""

    about: Mapping[str, str]
    pairs: dict[Pair, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def note(self, pair: Pair, judge: Callable[[], None]) -> None:
        """Runs what judges a pair and keeps its verdict."""
        try:
            judge()
        except AssertionError as error:
            self.pairs[pair] = str(error).splitlines()[0] if str(error) else "wrong"
        else:
            self.pairs[pair] = ""
        print(f"\n{_told(pair, self.pairs[pair] or 'right')}", flush=True)

    @contextmanager
    def other(self, title: str) -> Iterator[None]:
        """Keeps the verdict of a fault that is no pair."""
        self.others[title] = "did not end"
        yield
        self.others[title] = ""

    def wrong(self, pairs: Iterable[Pair] | None = None) -> list[str]:
        """All that is not as it should be, of these pairs or of everything."""
        told = [_told(pair, said) for pair, said in self.pairs.items() if said and (pairs is None or pair in pairs)]
        return told if pairs is not None else [*told, *(f"{one}: {said}" for one, said in self.others.items() if said)]

    def save(self, folder: Path) -> None:
        """Writes the page, and what a later part of the same run (of this commit) adds to it."""
        path = folder / "faults.json"
        kept = json.loads(path.read_text()) if path.exists() else {}
        if kept.get("about", {}).get("commit") == self.about["commit"]:
            self.pairs = {**{Pair(*key): said for *key, said in kept["pairs"]}, **self.pairs}
            self.others = {**kept["others"], **self.others}
            self.began -= kept["seconds"]
        seconds = time.monotonic() - self.began
        pairs = [[pair.subject, pair.state, pair.process, said] for pair, said in sorted(self.pairs.items())]
        content = {"about": dict(self.about), "seconds": round(seconds), "pairs": pairs, "others": self.others}
        path.write_text(json.dumps(content, indent=1) + "\n")
        (folder / "faults.md").write_text(page(self))


def _told(pair: Pair, said: str) -> str:
    return f"{pair.subject}, {pair.state}, {pair.process}: {said}"


def judge(pair: Pair, outcome: Outcome, undisturbed: Outcome) -> None:
    """AssertionError where the outcome of a pair is not the one that is expected."""
    wish = expected(pair)
    if wish == SAME:
        differs = {
            name: (value, getattr(undisturbed, name))
            for name, value in vars(outcome).items()
            if value != getattr(undisturbed, name)
        }
        differs.pop("log", None) if outcome.log == undisturbed.log else None
        assert not differs, f"differs from the undisturbed run: {differs}"
        return
    wanted = {
        KILLED: {"state": "failed", "reason": "code", "exit_code": 137, "lost": False},
        LOST: {"state": "failed", "reason": "node", "exit_code": None, "lost": True},
        FAILED: {"state": "failed", "reason": "node", "exit_code": None, "lost": False},
        STOPPED: {"state": "stopped", "reason": "user-stopped", "exit_code": 137, "lost": False},
    }[wish]
    if (pair.subject, pair.process) == (DYNAMIC, "command") and wish == STOPPED:
        wanted["exit_code"] = 143  # process 1 tells of the stop, its rank of the kill
    assert outcome.short() == wanted, f"expected {wanted}, not {outcome.short()}"
    assert outcome.log in _logs(pair), f"a log of {len(outcome.log)} bytes"


def _logs(pair: Pair) -> tuple[str, ...]:
    """What the log may be: byte for byte what was printed until the kill; nothing of it is lost or invented."""
    if pair.subject == ENVIRONMENT or (pair.subject, pair.state) == (EXISTING, "starting"):
        return ("",)  # nothing of a task ran
    # Without its witness a task goes on at its gate, only its end is not seen.
    goes_on = pair.process == "witness" and pair.state != "stopping"
    return (FIRST_LINES, WHOLE_LOG) if goes_on else (FIRST_LINES,)


def page(results: Results) -> str:
    """The table for people."""
    about = results.about
    tried = [pair for pair, said in results.pairs.items()]
    minutes = (time.monotonic() - results.began) / 60
    lines = [
        "# Faults: every process killed in every state",
        "",
        f"`make faults` on {about['date']}, commit `{about['commit']}`, {about['machine']}: {len(tried)} pairs tried on"
        f" a real platform in {minutes:.0f} minutes, {len(results.wrong())} wrong.",
        "",
        "Each process of the platform is killed (`kill -9`) while an environment or a task is held in each of its"
        " states: by a command that waits at a fifo, by a machine that is full, by SIGSTOP of the process whose turn it"
        " is. The supervisor is started again by hand; everything else comes back by itself. Then everything goes on to"
        " its end and is compared with an undisturbed run of the same job: state, reason, steps, timeline, exit code,"
        " last lines, ranks, the log byte for byte (also with the file in the store). One allocation each, charged"
        " exactly what its own times come to; all postings balance. After each round nothing more is on the machine"
        " than before it: processes, control groups, mounts, sandboxes, locks, orders, routes, servers, ports, inotify"
        " watches, open charges.",
        "",
        "What the words mean:",
        "",
        *(f"- **{SIGNS[name]}**: {text}" for name, text in OUTCOMES.items()),
        "- **–**: there is no such process in that state; the reasons are below",
        "",
        *_tables(results),
        "## Other faults",
        "",
        "| fault | outcome |",
        "|---|---|",
        *(f"| {title} | {said or 'as it should be'} |" for title, said in results.others.items()),
        "",
        "## Pairs that cannot be",
        "",
        *_reasons(),
        "",
    ]
    return "\n".join(lines)


def _tables(results: Results) -> Iterator[str]:
    for subject, states in STATES.items():
        yield f"## {subject.capitalize()}"
        yield ""
        yield f"| killed | {' | '.join(states)} |"
        yield f"|---|{'---|' * len(states)}"
        for process in PROCESSES:
            cells = (_cell(results, Pair(subject, state, process)) for state in states)
            yield f"| {TITLES.get(process, process)} | {' | '.join(cells)} |"
        yield ""


def _cell(results: Results, pair: Pair) -> str:
    if pair.cannot_be() is not None:
        return "–"
    said = results.pairs.get(pair)
    if said is None:
        return "**not tried**"
    return f"**wrong**: {said}" if said else SIGNS[expected(pair)]


def _reasons() -> Iterator[str]:
    groups: dict[tuple[str, str], dict[str, list[str]]] = {}
    for pair in all_pairs():
        why = pair.cannot_be()
        if why is not None:
            of_processes = groups.setdefault((pair.subject, why), {})
            of_processes.setdefault(TITLES.get(pair.process, pair.process), []).append(pair.state)
    for (subject, why), processes in groups.items():
        told = "; ".join(f"{process} ({', '.join(states)})" for process, states in processes.items())
        yield f"- {subject}: {why}: {told}."
