"""What `processes` tells: who runs here, for which task, and what nobody looks after any more (ENV-7)."""

from __future__ import annotations

from typing import Any

from gemini_runner import proc


def describe(runner: int, server: int | None, tenders: dict[int, str]) -> list[dict[str, Any]]:
    """All processes below `runner`: of the `server`, of a task (`tenders`: process number to task id), or orphans.

    An orphan is a process whose parents are all gone: it was adopted by the runner and no one waits for it.
    """
    known = proc.processes()
    return [
        _describe(known[pid], _branch(pid, runner, known), server, tenders) for pid in proc.descendants(runner, known)
    ]


def _branch(pid: int, runner: int, known: dict[int, proc.Stat]) -> int:
    """The child of the runner above `pid`, or itself."""
    while (parent := known[pid].parent) != runner and parent in known:
        pid = parent
    return pid


def _describe(found: proc.Stat, branch: int, server: int | None, tenders: dict[int, str]) -> dict[str, Any]:
    return {
        "pid": found.pid,
        "parent": found.parent,
        "name": found.name,
        "command": proc.command_line(found.pid),
        "task": tenders.get(branch),
        "server": branch == server,
        "orphan": branch != server and branch not in tenders,
        "started_at": found.started_at,
        "cpu_seconds": found.cpu_seconds,
        "memory_bytes": found.memory_bytes,
    }
