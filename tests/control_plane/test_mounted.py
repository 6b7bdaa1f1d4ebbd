"""What may be deleted: never what is mounted, but what has ended or was deleted holds nothing."""

from __future__ import annotations

from typing import Any

from control_plane.platform import Answer
from control_plane.world import DATASET, MODEL, MODEL_VERSION, VERSIONS, Lab

VERSION = f"/datasets/{DATASET}/versions/{VERSIONS[0]}"
MOUNT = [{"datasetId": DATASET, "versionId": VERSIONS[0]}]


async def refused(world: Lab, name: str, *addresses: str, **how: Any) -> Answer:
    """Every one is refused by this name; the last answer."""
    for address in addresses:
        answer = await world.platform.ask("DELETE", address, **how)
        assert (answer.status, answer.error["name"]) == (409, name), answer.json
    return answer


async def test_an_ended_task_holds_no_version(world: Lab) -> None:
    """Covers: CAT-7. An unfinished one does and is named; an ended one keeps its mounts on its record."""
    made = await world.submit(taskName="long run")
    await world.reached(made["taskId"], "running")
    addresses = (VERSION, f"/datasets/{DATASET}", f"/models/{MODEL}/versions/{MODEL_VERSION}")
    answer = await refused(world, "version-mounted", *addresses)
    assert "mounted in long run." in answer.json["message"]
    world.backend.end(made["taskId"], 0)
    await world.reached(made["taskId"], "succeeded")
    for address in (VERSION, f"/datasets/{DATASET}"):
        assert (await world.platform.ask("DELETE", address)).status == 200
    seen = await world.task(made["taskId"])
    assert [(one["assetName"], one["versionNumber"]) for one in seen["datasets"]] == [("digits", 1)]


async def test_a_stopped_environment_holds_what_it_is_configured_with(world: Lab) -> None:
    """Covers: CAT-7. Named, running or stopped, until its mounts are changed."""
    made = await world.running(name="my lab", datasets=MOUNT)
    await refused(world, "version-mounted", VERSION, f"/datasets/{DATASET}")
    await world.platform.ask("POST", f"/dev-environments/{made['id']}/stop")
    await world.until(made["id"], "stopped")
    chinese = {"headers": {"Accept-Language": "zh-CN"}}
    answer = await refused(world, "version-mounted", VERSION, **chinese)
    assert answer.json["message"] == "正被 my lab 挂载，请先在其中取消挂载或将其删除。"
    patched = await world.platform.ask("PATCH", f"/dev-environments/{made['id']}", body={"datasets": []})
    assert patched.data["mounts"] == []
    assert (await world.platform.ask("DELETE", VERSION)).status == 200


async def test_a_deleted_environment_holds_nothing(world: Lab) -> None:
    """Covers: CAT-7. From its deletion on."""
    made = await world.running(datasets=MOUNT)
    await world.platform.ask("DELETE", f"/dev-environments/{made['id']}")
    await world.gone(f"/dev-environments/{made['id']}")
    assert (await world.platform.ask("DELETE", f"/datasets/{DATASET}")).status == 200


async def test_work_of_others_is_counted_and_never_named(world: Lab) -> None:
    """Covers: CAT-7, TEN-2b. Who may know of it reads its name."""
    await world.platform.ask("PATCH", "/projects/prj-aaaaaaaaaa", body={"visibility": "workspace"})
    made = await world.create("colleague", name="secret plan", datasets=MOUNT)
    answer = await refused(world, "version-mounted-elsewhere", VERSION)
    assert "secret plan" not in answer.body.decode()
    assert answer.json["message"].startswith("1 ")
    answer = await refused(world, "version-mounted", VERSION, person="admin")
    assert "mounted in secret plan." in answer.json["message"]
    assert made["mounts"][0]["versionNumber"] == 1
    for number in range(6):
        await world.create("member", name=f"mine {number}", datasets=MOUNT)
    answer = await refused(world, "version-mounted", VERSION)
    assert "mounted in mine 0, mine 1, mine 2, mine 3, mine 4, …." in answer.json["message"]
