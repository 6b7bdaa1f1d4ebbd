"""Runners in temporary folders, ended with their test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .rig import Runner


@pytest.fixture
def make_runner(tmp_path: Path) -> Iterator[Callable[..., Runner]]:
    """Runners in one folder, one after the other; all are ended."""
    made: list[Runner] = []

    def make(namespace: bool = False) -> Runner:
        made.append(Runner(tmp_path / "run", namespace))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def runner(make_runner: Callable[..., Runner]) -> Runner:
    """A runner as a plain process."""
    return make_runner()
