"""Starting an environment, beside the hub's plainest spawner that runs the same server command."""

from __future__ import annotations

import time

import httpx
from gemini_client import Client
from platform_fixture import sample, stop_environment, wait_environment, wait_for

from bench.figures import Figure, figure
from bench.peers import PERSON, BareHub
from bench.place import Place
from bench.spreads import in_turn

SUBJECT = "spawn"
LOOK_SECONDS = 0.03


def measure(place: Place) -> list[Figure]:
    """From the wish to what the hub calls ready; the second start of each, so that files are in memory."""
    client, hub = place.client, place.plain_hub
    environment = create_wide(client)
    wait_environment(client, environment, "running")
    stop_environment(client, environment)
    theirs(hub)

    def ours() -> float:
        began = time.perf_counter()
        client.environments.start(environment)
        wait_for(lambda: client.environments.get(environment)["state"] == "running", "running", 120, pause=LOOK_SECONDS)
        took = time.perf_counter() - began
        stop_environment(client, environment)
        return took

    pairs = in_turn(place.sizes.rounds, ours, lambda: theirs(hub))
    added = [one - other for one, other in zip(pairs.ours, pairs.theirs, strict=True)]
    return [
        figure(SUBJECT, "an environment, wished → running: plan, charge, sandbox, JupyterLab", "s", pairs.ours),
        figure(SUBJECT, "the hub's SimpleLocalProcessSpawner, same command, no sandbox", "s", pairs.theirs),
        figure(SUBJECT, "what we add", "s", added),
    ]


def create_wide(client: Client) -> str:
    """The id of a new environment with all the cores that one may have: the peer has all of them, too."""
    fitting = [one for one in client.specifications.list().items if one["free"] and not one["gpuCount"]]
    widest = max(fitting, key=lambda one: (one["cpuCores"], -one["memory"]))
    body = {"name": "spawned", "projectId": sample(client)["project"]["id"], "image": "local"}
    return str(client.environments.create({**body, "specificationId": widest["id"]})["id"])


def theirs(hub: BareHub) -> float:
    """Seconds until a named server of the bare hub is ready; it is ended and forgotten after that."""
    path = f"{hub.url}/hub/api/users/{PERSON}"
    with httpx.Client(headers=hub.headers, timeout=60) as client:

        def servers() -> dict[str, dict[str, object]]:
            found: dict[str, dict[str, object]] = client.get(path).json()["servers"]
            return found

        began = time.perf_counter()
        client.post(f"{path}/servers/one").raise_for_status()
        wait_for(lambda: servers().get("one", {}).get("ready"), "a server of the bare hub", 120, pause=LOOK_SECONDS)
        took = time.perf_counter() - began
        client.request("DELETE", f"{path}/servers/one", json={"remove": True}).raise_for_status()
        wait_for(lambda: "one" not in servers(), "its end", 60)
        return took
