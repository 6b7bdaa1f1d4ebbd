"""Fixtures: `make_world` (a filled world in a folder of its own), `quick` (short pauses everywhere)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from control_plane.conftest import engine, fresh_database, ground, home, hub, lab, platform, world
from control_plane.world import PROJECT, fill_people, fill_world
from gemini_control.home import Home
from gemini_control.reconcilers import dynamic, environments, existing, followers, workqueue
from gemini_control.store.database import Store

from faults.world import World

__all__ = ["engine", "fresh_database", "ground", "home", "hub", "lab", "platform", "world"]


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, fresh_database: Path) -> Path:
    """A folder with people, zones, data and code."""
    folder = tmp_path_factory.mktemp("filled")
    shutil.copy(fresh_database, folder / "control.sqlite")
    Home(folder).prepare()
    store = Store(Home(folder).database_url)
    store.write_now(fill_people)
    store.write_now(fill_world)
    with store.writer.connect() as tx:
        tx.exec_driver_sql("ROLLBACK")
        tx.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        versions = [row[0] for row in tx.exec_driver_sql("select id from versions")]
        tx.exec_driver_sql("BEGIN")
    store.close()
    for version in versions:
        (folder / "store" / "versions" / version).mkdir(parents=True)
    code = folder / "store" / "projects" / PROJECT / "code"
    code.mkdir(parents=True)
    (code / "train.py").write_text("print('ok')")
    return folder


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory where that can be: nothing here is about a slow disk."""
    place = Path("/dev/shm")
    with TemporaryDirectory(dir=place if os.access(place, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture
def make_world(filled: Path, memory: Path, quick: None) -> Callable[[], World]:
    """Makes worlds, each as on the first day."""
    numbers = count()
    return lambda: World(filled).copy(memory / f"world-{next(numbers)}")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short pauses: what is waited for comes at once."""
    for module, name, seconds in (
        (environments, "LOOK_AGAIN", 0.005),
        (dynamic, "LOOK_WHILE_RUNNING", 0.005),
        (dynamic, "TRY_AGAIN", 0.005),
        (existing, "LOOK_WHILE_RUNNING", 0.005),
        (existing, "TRY_AGAIN", 0.005),
        (followers, "BROKEN_OFF", 0.005),
        (workqueue, "FIRST_BACKOFF", 0.005),
    ):
        monkeypatch.setattr(module, name, seconds)
