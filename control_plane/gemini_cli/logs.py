"""Logs of tasks on the terminal: whole, the last lines, or followed to the end of the task."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from gemini_client.sync import outcome
from gemini_client.tails import last_lines
from gemini_client.tasks import WINDOW
from gemini_core.states import TASK_ENDED, TaskState

from gemini_cli import forms
from gemini_cli.errors import Refusal
from gemini_cli.exits import INTERRUPTED
from gemini_cli.following import Follow, code_of, follow, write
from gemini_cli.session import Session
from gemini_cli.words import say

Wire = Mapping[str, Any]


def show_log(session: Session, task: str, role: str, rank: int, tail: int | None) -> None:
    """The log so far, or its last `tail` lines; with `--json` one piece of the wire that holds it."""
    if tail is not None:
        text, end = outcome(session.client.begin(lambda client: last_lines(client, task, (role, rank), tail)))
        size = len(text.encode())
        if not session.show({"text": text, "offset": end - size, "next": end, "size": end}):
            write({"text": text})
        return
    pieces: list[Wire] = []
    offset = 0
    while True:
        piece = session.client.tasks.log(task, role, rank, offset, WINDOW)
        pieces.append(piece) if session.as_json else write(piece)
        if piece["next"] <= offset or piece["next"] >= piece["size"]:
            break
        offset = piece["next"]
    if session.as_json:
        session.show({**piece, "text": "".join(one["text"] for one in pieces), "offset": 0})


def follow_task(session: Session, task: str, *, role: str = "", rank: int = 0, tail: int | None = None) -> int:
    """Writes the log to its end and tells the states; the task's own exit code."""
    offset = 0
    if tail is not None:
        text, offset = outcome(session.client.begin(lambda client: last_lines(client, task, (role, rank), tail)))
        _write_piece(session, {"text": text})
    told: list[str] = []
    what = Follow(
        task,
        role,
        rank,
        offset,
        lambda piece: _write_piece(session, piece),
        lambda model: _tell(session, model, told),
    )
    try:
        ended = outcome(session.client.begin(lambda client: follow(client, what)))
    except KeyboardInterrupt:
        sentence = say("The task goes on. Its log: gemini logs -f {task}. To stop it: gemini stop {task}", task=task)
        raise Refusal(sentence, INTERRUPTED, "interrupted") from None
    return code_of(ended)


def _write_piece(session: Session, piece: Wire) -> None:
    """As text; with `--json` each piece as a line of JSON."""
    if not session.as_json:
        write(piece)
    else:
        sys.stdout.write(json.dumps(piece, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def _tell(session: Session, task: Wire, told: list[str]) -> None:
    """A line for each state, and at the end what it came to."""
    if told and told[-1] == task["state"]:
        return
    told.append(task["state"])
    notes = session.output.notes
    if task["state"] not in TASK_ENDED:
        why = forms.reason(task["reason"]).replace("\n", " ") if task["state"] == TaskState.QUEUED else ""
        notes.print(forms.state(task["state"]), *([why] if why else []), sep=" · ", soft_wrap=True)
        return
    facts = [forms.took(task), forms.money(task["cost"]), task["outputPath"]]
    notes.print(forms.state(task["state"]), *facts, sep=" · ", soft_wrap=True)
    if task["state"] == TaskState.FAILED:
        notes.print(forms.reason(task["reason"]), soft_wrap=True)
