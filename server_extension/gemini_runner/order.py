"""What the runner is told: the specification of its whole life, and orders of tasks.

Both come as JSON from outside and are checked here once; a mistake is a ValueError with a sentence.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from typing import Any

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
DEFAULT_GRACE_SECONDS = 10.0
STATE_FILE = "state.json"


@dataclass(frozen=True)
class Command:
    """A program to start: argument list, folder, variables beside the runner's own."""

    argv: tuple[str, ...]
    cwd: str
    env: dict[str, str]


@dataclass(frozen=True)
class RankOrder:
    """One process of a task."""

    role: str
    rank: int
    command: Command


@dataclass(frozen=True)
class Order:
    """A task, or one rank of it in a pod of its own: its ranks start together and end together. Durations in seconds.

    `hosts` is the content of the file that names the hosts; empty: none is written. `state_file` is the name of the
    file that tells how it goes: ranks in pods share the folder and have one each.
    """

    id: str
    folder: str
    max_duration_seconds: float | None
    stop_grace_seconds: float
    ranks: tuple[RankOrder, ...]
    hosts: str = ""
    state_file: str = STATE_FILE


@dataclass(frozen=True)
class ServerOrder:
    """The person's server and the file that takes what it prints."""

    command: Command
    log: str


@dataclass(frozen=True)
class Spec:
    """The runner's whole life: an environment (a server, tasks by order) or one task.

    `same`: folders by the paths that must lead to the very same ones.
    """

    id: str
    run: str
    server: ServerOrder | None
    task: Order | None
    same: dict[str, str] = field(default_factory=dict)


def parse_spec(data: Any) -> Spec:
    """The specification in `data`, the content of spec.json. ValueError names what is wrong."""
    data = _mapping(data, "spec")
    kind = data.get("kind")
    if kind not in ("environment", "task"):
        raise ValueError(f"kind is {kind!r}, not environment or task")
    task = parse_order(data.get("task")) if kind == "task" else None
    server = _server(data.get("server")) if kind == "environment" else None
    same = _mapping(data.get("same") or {}, "same")
    same = {_path({"same": path}, "same"): _path(same, path) for path in same}
    return Spec(_name(data, "id"), _path(data, "run"), server, task, same)


def parse_order(data: Any) -> Order:
    """The order in `data`. ValueError names what is wrong."""
    data = _mapping(data, "order")
    ranks = data.get("ranks")
    if not isinstance(ranks, list) or not ranks:
        raise ValueError("ranks must be a list with at least one rank")
    index = _index(data.get("index_from"))
    parsed = tuple(_rank(rank, index or 0) for rank in ranks)
    if len({(rank.role, rank.rank) for rank in parsed}) < len(parsed):
        raise ValueError("two ranks have the same role and number")
    return Order(
        id=_name(data, "id"),
        folder=_path(data, "folder"),
        max_duration_seconds=_seconds(data, "max_duration_seconds", None),
        stop_grace_seconds=_seconds(data, "stop_grace_seconds", DEFAULT_GRACE_SECONDS) or 0.0,
        ranks=parsed,
        hosts=_text(data, "hosts"),
        state_file=STATE_FILE if index is None else f"{parsed[0].role}-{parsed[0].rank}.json",
    )


def _index(variable: Any) -> int | None:
    """The number in the environment that is added to what ranks are told late; None where nothing is."""
    if variable is None:
        return None
    value = os.environ.get(variable, "") if isinstance(variable, str) else ""
    if not value.isascii() or not value.isdigit():
        raise ValueError(f"index_from must name a variable with a number from 0, and {variable!r} has none")
    return int(value)


def _server(data: Any) -> ServerOrder | None:
    if data is None:
        return None
    data = _mapping(data, "server")
    return ServerOrder(_command(data), _path(data, "log"))


def _rank(data: Any, index: int) -> RankOrder:
    data = _mapping(data, "rank")
    number = data.get("rank")
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise ValueError("rank must be a number from 0")
    command = _command(data)
    late = {name: _late(value, index) for name, value in _mapping(data.get("late") or {}, "late").items()}
    return RankOrder(_name(data, "role"), number + index, replace(command, env={**command.env, **late}))


def _late(value: Any, index: int) -> str:
    match value:
        case [str(before), int(base), str(behind)]:
            return f"{before}{base + index}{behind}"
    raise ValueError("late must hold lists of a text, a number and a text")


def _command(data: dict[str, Any]) -> Command:
    argv = data.get("argv")
    if not isinstance(argv, list) or not argv or not all(_is_text(word) for word in argv):
        raise ValueError("argv must be a list of texts without NUL")
    env = _mapping(data.get("env") or {}, "env")
    for key, value in env.items():
        if not _is_text(key) or not key or "=" in key or not _is_text(value):
            raise ValueError(f"the variable {key!r} must be a text without NUL, its name without '='")
    return Command(tuple(argv), _path(data, "cwd"), env)


def _mapping(data: Any, what: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValueError(f"{what} must be an object")
    return data


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value


def _text(data: dict[str, Any], key: str) -> str:
    value = data.get(key, "")
    if not _is_text(value):
        raise ValueError(f"{key} must be a text without NUL")
    return str(value)


def _name(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(f"{key} must be 1-64 letters, digits, '_', '.' or '-'")
    return value


def _path(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value.startswith("/") or "\0" in value:
        raise ValueError(f"{key} must be an absolute path")
    return value


def _seconds(data: dict[str, Any], key: str, default: float | None) -> float | None:
    value = data.get(key, default)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise ValueError(f"{key} must be a number of seconds")
    return float(value)
