"""The language that a person's JupyterLab begins in."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gemini_control.backends import machine
from gemini_control.backends.embedded import EmbeddedBackend
from gemini_control.managers.persons import LANGUAGE_SETTING
from gemini_sandbox import Sandboxes
from gemini_sandbox.abilities import Ground

from control_plane.fake_hub import FakeHub
from control_plane.platform import Answer, Platform, make_app
from control_plane.world import LAB, PROJECT, World

CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """What this machine allows: tried once for all tests."""
    return Sandboxes(tmp_path_factory.mktemp("ground")).ground()


@pytest.fixture
async def platform(home: Path, hub: FakeHub, ground: Ground) -> AsyncIterator[Platform]:
    """The control plane over this machine's own backend."""
    backend = EmbeddedBackend(home, Sandboxes(home, ground), machine.Machine(8, 64 * 2**30))
    app = make_app(home, hub, backend=backend)
    await app.start_async()
    running = Platform(app, hub)
    yield running
    running.client.close()
    await running.app.stop_async()
    backend.close()


@pytest.fixture
async def world(platform: Platform, lab: str) -> World:
    """A filled world."""
    world = World(platform)
    await world.fill()
    return world


async def create(world: World, language: dict[str, str]) -> Answer:
    """A new environment, asked for in a language."""
    body = {"name": "lab one", "projectId": PROJECT, "specificationId": "local-b1"}
    return await world.platform.ask("POST", "/dev-environments", "member", body, headers=language)


def folder_of(world: World) -> Path:
    """The member's own folder."""
    return world.platform.home / "store" / "persons" / "member" / LAB


async def test_lab_begins_in_the_persons_language(world: World) -> None:
    """It is there before Lab is, and the root inside owns all of it. Covers: ENV-1."""
    assert (await create(world, CHINESE)).status == 200
    folder = folder_of(world)
    setting = folder.joinpath(*LANGUAGE_SETTING)
    assert json.loads(setting.read_text()) == {"locale": "zh_CN"}
    owners = {(found.lstat().st_uid, found.lstat().st_gid) for found in (folder, *folder.rglob("*"))}
    assert owners == {(folder.stat().st_uid, folder.stat().st_gid)}
    if os.geteuid() == 0 and not world.platform.parts.work.backend.plain:  # type: ignore[attr-defined]
        assert folder.stat().st_uid != 0


async def test_english_is_labs_own(world: World) -> None:
    """Covers: ENV-1."""
    for language in ({"Accept-Language": "en-GB,zh;q=0.5"}, {}):
        assert (await create(world, language)).status == 200
    assert not folder_of(world).joinpath(*LANGUAGE_SETTING).exists()


async def test_who_changes_to_english_gets_english(world: World) -> None:
    """What the platform lent it takes back; what was chosen in Lab it leaves. Covers: ENV-1."""
    made = (await create(world, CHINESE)).data
    setting = folder_of(world).joinpath(*LANGUAGE_SETTING)
    again = ("POST", f"/dev-environments/{made['id']}/restart")
    await world.platform.ask(*again, headers={"Accept-Language": "en"})
    assert not setting.exists()
    setting.parent.mkdir(parents=True, exist_ok=True)
    setting.write_text('{\n    // Langpack\n    "locale": "zh_CN"\n}')
    await world.platform.ask(*again, headers={"Accept-Language": "en"})
    assert "Langpack" in setting.read_text()


async def test_what_was_chosen_in_lab_stays(world: World) -> None:
    """Covers: ENV-1."""
    setting = folder_of(world).joinpath(*LANGUAGE_SETTING)
    setting.parent.mkdir(parents=True)
    setting.write_text('{"locale": "en"}')
    made = (await create(world, CHINESE)).data
    await world.platform.ask("POST", f"/dev-environments/{made['id']}/restart", headers=CHINESE)
    assert setting.read_text() == '{"locale": "en"}'


@pytest.mark.parametrize("verb", ["start", "restart"])
async def test_a_start_brings_it_too(world: World, verb: str) -> None:
    """For who made the environment in another language. Covers: ENV-1."""
    made = (await create(world, {})).data
    answer = await world.platform.ask("POST", f"/dev-environments/{made['id']}/{verb}", headers=CHINESE)
    assert answer.status == 200
    assert folder_of(world).joinpath(*LANGUAGE_SETTING).exists()


@pytest.mark.parametrize("depth", range(len(LANGUAGE_SETTING)))
async def test_links_of_the_root_inside_lead_nowhere(world: World, tmp_path: Path, depth: int) -> None:
    """Every step of the way may be a link to the platform's own files; the start goes on. Covers: TEN-3, ENV-1."""
    target = tmp_path / "outside"
    target.mkdir()
    way = folder_of(world).joinpath(*LANGUAGE_SETTING[: depth + 1])
    way.parent.mkdir(parents=True)
    last = depth == len(LANGUAGE_SETTING) - 1
    way.symlink_to(target / "new" if last else target)
    before = target.stat()
    assert (await create(world, CHINESE)).status == 200
    assert list(target.iterdir()) == []
    assert (target.stat().st_uid, target.stat().st_gid) == (before.st_uid, before.st_gid)
    assert way.is_symlink()


async def test_two_starts_at_once_write_it_once(world: World) -> None:
    """Covers: ENV-1."""
    answers = await asyncio.gather(*(create(world, CHINESE) for _ in range(4)))
    assert {answer.status for answer in answers} == {200}
    assert json.loads(folder_of(world).joinpath(*LANGUAGE_SETTING).read_text()) == {"locale": "zh_CN"}
