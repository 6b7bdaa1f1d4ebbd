"""Zones, specifications, images, prices."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gemini_control.loading import load
from gemini_control.managers.prices import PriceList
from gemini_control.managers.zones import MachineZone, machine_of
from gemini_core.errors import Conflict
from gemini_core.prices import BadPrices, Resources

from control_plane.fake_hub import FakeHub
from control_plane.platform import Platform, make_app
from control_plane.test_projects import add_environment, make

GB = 2**30


async def describe(platform: Platform) -> None:
    """What a start does: the zone of this machine."""
    backend = platform.app.backend
    await MachineZone(platform.store, platform.parts.home, machine_of(backend)).start()


async def test_the_zone_of_this_machine(platform: Platform, lab: str) -> None:
    """Covers: API-4, RES-1. One zone, to the letter of the shape; no cards where there are none; safe to repeat."""
    await describe(platform)
    await describe(platform)
    answer = await platform.ask("GET", "/availability-zones")
    assert answer.data == [
        {"id": "local", "name": "本机 Local", "region": "本机 Local", "available": True, "gpuInventory": {}}
    ]
    assert answer.json["page"] == {"next": None, "total": 1}


async def test_inventory_is_what_is_free(platform: Platform, lab: str) -> None:
    """Covers: RES-1b. What runs holds its cards; what is declared beyond the machine is never free."""
    backend: Any = platform.app.backend
    backend.whole = type(backend.whole)(8000, 16 * GB, {"A100": 3})
    backend.found = {"A100": ("0", "1", "2")}
    await describe(platform)
    load(platform.app.db_url, "sample")
    project = await make(platform)

    def hold(tx: Any) -> None:
        from gemini_control.store import tables as t

        add_environment(tx, project)
        values = {"state": "running", "gpu_type": "A100", "gpu_count": 2, "gpu_indices": ["0", "1"]}
        tx.execute(t.environments.update().values(values))
        tx.execute(t.zones.delete().where(t.zones.c.id == "nothing"))

    await platform.store.write(hold)
    found = {zone["id"]: zone["gpuInventory"] for zone in (await platform.ask("GET", "/availability-zones")).data}
    assert found["local"] == {"A100": 1}
    assert found["az-bj-a"] == {"A100": 1, "V100": 0}
    assert found["az-sh-b"] == {"T4": 0, "V100": 0}


async def test_specifications(platform: Platform, lab: str) -> None:
    """Covers: RES-2, BILL-10. With price, and whether each fits now; at most half of the memory by default."""
    await describe(platform)
    answer = (await platform.ask("GET", "/specifications?zone=local")).data
    assert [one["name"] for one in answer] == ["B1", "B2", "S1"]
    assert answer[0] == {
        "id": "local-b1",
        "name": "B1",
        "class": "B",
        "number": 1,
        "zone": "local",
        "cpuCores": 0.5,
        "memory": 1.0,
        "gpuType": None,
        "gpuCount": 0,
        "temporaryStorage": answer[0]["temporaryStorage"],
        "pricePerHour": "0.100000",
        "free": True,
        "isDefault": False,
    }
    assert [one["isDefault"] for one in answer] == [False, False, True]
    assert (await platform.ask("GET", "/specifications?zone=nowhere")).data == []


async def test_the_sample_catalogue_loads_beside(platform: Platform, lab: str) -> None:
    """Covers: RES-1, TRAIN-5. From the command line, seen at once, repeatable; a bad file changes nothing."""
    await describe(platform)
    command = [sys.executable, "-m", "gemini_control", "catalogue", "sample", "--home", str(platform.home)]
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
    zones = (await platform.ask("GET", "/availability-zones")).data
    assert [zone["id"] for zone in zones] == ["local", "az-bj-a", "az-bj-b", "az-sh-a", "az-sh-b", "az-sz-a", "az-sz-c"]
    specifications = (await platform.ask("GET", "/specifications?zone=az-bj-a")).data
    assert any(one["gpuType"] == "A100" and one["gpuCount"] == 4 and not one["free"] for one in specifications)
    assert any(one["gpuCount"] == 0 and one["free"] for one in specifications)
    bad = platform.home / "bad.toml"
    bad.write_text("[[zones]]\nid = 1\n")
    done = subprocess.run(
        [*command[:4], str(bad), *command[5:]], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1 and "id is missing" in done.stderr
    assert (await platform.ask("GET", "/availability-zones")).data == zones


async def test_images(platform: Platform, lab: str) -> None:
    """Covers: IMG-6."""
    answer = await platform.ask("GET", "/images", headers={"Accept-Language": "zh"})
    assert answer.data == [
        {"id": "local", "name": "local", "official": True, "description": "本机的 Python，含平台预装的软件包。"}
    ]


async def test_a_platform_describes_its_machine_at_the_start(home: Path, hub: FakeHub) -> None:
    """Covers: RES-1. Unless the operator switched it off."""
    app = make_app(home, hub, describe_machine=True)
    await app.start_async()
    platform = Platform(app, hub)
    zones = (await platform.ask("GET", "/availability-zones", "owner")).data
    platform.client.close()
    await app.stop_async()
    assert [zone["id"] for zone in zones] == ["local"]


def test_prices_hold_as_soon_as_they_are_saved(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Covers: BILL-3, BILL-10. A good file holds at once; a bad one is named and changes nothing."""
    path = tmp_path / "prices.toml"
    prices = PriceList(path)
    asked = Resources(1000, GB)
    assert "算力点" in path.read_text()
    assert prices.price(asked).micro_per_hour == 150_000
    text = path.read_text()
    path.write_text(text.replace('cpu_core_hour = "0.1"', 'cpu_core_hour = "0.25"'))
    assert prices.price(asked).micro_per_hour == 300_000
    with caplog.at_level(logging.ERROR, "gemini.prices"):
        path.write_text(text.replace('cpu_core_hour = "0.1"', "cpu_core_hour = oops"))
        assert prices.price(asked).micro_per_hour == 300_000
        assert prices.price(asked).micro_per_hour == 300_000
    assert len(caplog.records) == 1 and "line" in caplog.text and "last good prices" in caplog.text
    assert prices.fault
    again = PriceList(path)
    assert again.price(asked).micro_per_hour == 300_000
    path.write_text(text)
    assert again.price(asked).micro_per_hour == 150_000
    assert again.fault is None


def test_no_prices_at_all_are_an_error(tmp_path: Path) -> None:
    """Covers: BILL-10. Without one good file ever nothing may start for free."""
    path = tmp_path / "prices.toml"
    path.write_text("nonsense")
    with pytest.raises(BadPrices, match=r"prices\.toml"):
        PriceList(path)


def test_a_card_without_a_price(tmp_path: Path) -> None:
    """Covers: BILL-10."""
    with pytest.raises(Conflict, match="H200 has no price"):
        PriceList(tmp_path / "prices.toml").price(Resources(1000, GB, "H200", 1))
