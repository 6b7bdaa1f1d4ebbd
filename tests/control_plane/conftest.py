"""Fixtures: `hub` (knows tokens), `home` (a folder with a fresh database), `platform` (the application over both),
`lab` (its workspace with owner, admin, member and colleague; the stranger owns another), `world` (something in it),
`real_world` (the same over sandboxes of this machine)."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from gemini_control.home import Home
from gemini_control.managers import ledger
from gemini_control.reconcilers import dynamic, environments, existing
from gemini_control.store import migrate
from gemini_core import orders
from gemini_sandbox import Sandboxes
from gemini_sandbox.abilities import Ground

from control_plane.fake_hub import FakeHub
from control_plane.platform import Platform, make_app, make_hub, real_backend
from control_plane.world import MODEL_VERSION, PROJECT, VERSIONS, Lab, fill_people


@pytest.fixture(scope="session")
def fresh_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all migrations, to be copied: migrating once is enough for all tests."""
    home = Home(tmp_path_factory.mktemp("fresh"))
    migrate.upgrade(home.database_url)
    return home.root / "control.sqlite"


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """What this machine allows a sandbox: tried once for all tests."""
    return Sandboxes(tmp_path_factory.mktemp("ground")).ground()


@pytest.fixture
def home(tmp_path: Path, fresh_database: Path) -> Path:
    """A platform's folder with a fresh database."""
    folder = tmp_path / "home"
    folder.mkdir()
    shutil.copy(fresh_database, folder / "control.sqlite")
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh database, of each kind."""
    if request.param == "sqlite":
        yield Home(request.getfixturevalue("home")).database_url
        return
    server = request.getfixturevalue("postgresql")
    url = server.make()
    yield url
    server.drop(url)


ON_BOTH = ("test_costs", "test_environments", "test_limits", "test_tasks")
"""Modules whose platforms work on each kind of database in turn. All others are on SQLite, or on what
GEMINI_TEST_DATABASE names: with `postgresql` the whole folder is tried on that."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Pytest's hook: the databases of `engine`."""
    if "engine" in metafunc.fixturenames:
        chosen = os.environ.get("GEMINI_TEST_DATABASE", "")
        both = metafunc.module.__name__.rpartition(".")[2] in ON_BOTH
        kinds = [chosen] if chosen else ["sqlite", "postgresql"] if both else ["sqlite"]
        metafunc.parametrize("engine", kinds, indirect=True, ids=["" if kind == "sqlite" else kind for kind in kinds])


@pytest.fixture
def engine(request: pytest.FixtureRequest, home: Path) -> Iterator[str]:
    """The address of the platform's database."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield Home(home).database_url
        return
    server = request.getfixturevalue("postgresql")
    url = server.make()
    yield url
    server.drop(url)


@pytest.fixture
async def hub() -> AsyncIterator[FakeHub]:
    """The hub, listening."""
    fake = make_hub()
    fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def platform(home: Path, hub: FakeHub, engine: str) -> AsyncIterator[Platform]:
    """The control plane, listening."""
    app = make_app(home, hub, db_url=engine)
    await app.start_async()
    running = Platform(app, hub)
    yield running
    running.client.close()
    await running.app.stop_async()


@pytest.fixture
async def lab(platform: Platform) -> str:
    """The id of the workspace with owner, admin, member and colleague."""

    return await platform.store.write(fill_people)


@pytest.fixture
async def credit(platform: Platform, lab: str) -> str:
    """The lab with money, so that uploads are taken."""
    await platform.store.write(lambda tx: ledger.credit(tx, lab, 10**9, key="k", person="operator", note=""))
    return lab


@pytest.fixture
def unprivileged(monkeypatch: pytest.MonkeyPatch) -> None:
    """As anybody but root, this process opens nothing whose mode allows nothing."""
    real = os.open

    def judged(path: Any, *args: Any, **kwargs: Any) -> int:
        fd = real(path, *args, **kwargs)
        if os.fstat(fd).st_mode & 0o777 == 0:
            os.close(fd)
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return fd

    monkeypatch.setattr(os, "open", judged)


@pytest.fixture
async def world(platform: Platform, lab: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lab]:
    """A filled world with an obedient spawner and short pauses."""
    monkeypatch.setattr(environments, "LOOK_AGAIN", 0.01)
    monkeypatch.setattr(dynamic, "LOOK_WHILE_RUNNING", 0.02)
    monkeypatch.setattr(existing, "LOOK_WHILE_RUNNING", 0.02)
    monkeypatch.setattr(dynamic, "TRY_AGAIN", 0.02)
    monkeypatch.setattr(existing, "TRY_AGAIN", 0.02)
    world = Lab(platform)
    await world.fill()
    world.obey()
    code = world.backend.store / "projects" / PROJECT / "code"
    code.mkdir(parents=True)
    (code / "train.py").write_text("print('ok')")
    yield world


@pytest.fixture
async def real_world(home: Path, hub: FakeHub, ground: Ground, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lab]:
    """A filled world over this machine's own backend, which looks often and stops soon; empty code, data on disk."""
    monkeypatch.setattr(dynamic, "LOOK_WHILE_RUNNING", 0.2)
    monkeypatch.setattr(orders, "STOP_GRACE_SECONDS", 1)
    sandboxes = Sandboxes(home, ground)
    app = make_app(home, hub, backend=real_backend(home, sandboxes))
    await app.start_async()
    world = Lab(Platform(app, hub))
    await world.platform.store.write(fill_people)
    await world.fill()
    store = world.backend.store
    for folder in (f"projects/{PROJECT}/code", f"versions/{VERSIONS[0]}", f"versions/{MODEL_VERSION}"):
        (store / folder).mkdir(parents=True, exist_ok=True)
    yield world
    world.platform.client.close()
    await world.platform.app.stop_async()
    for one in sandboxes.ids():
        sandboxes.stop(one, 0)
        sandboxes.remove(one)
