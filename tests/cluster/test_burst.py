"""A burst of submissions at the installed platform while the control plane that leads is killed."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from gemini_client import Client
from gemini_core.errors import GeminiError
from installed_fixture import Installation
from platform_fixture import wait_for

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]
TASKS = 12
KILL_AFTER = 4
"""So many have been answered when the leader dies."""
SMALL = {"availabilityZone": "az-bj-a", "gpuType": "", "gpuCount": 0, "cpuCores": 0.1, "memory": 0.25, "image": "lab"}


@pytest.fixture(scope="module")
def alice(installed: Installation) -> Client:
    """Who has the document's project."""
    installed.first_task()
    return installed.client("alice")


def leader(client: Client) -> str:
    """The pod that leads; a dash where none does."""
    part = next(one for one in client.platform()["parts"] if one["name"] == "replicas")
    return str(next(fact["value"] for fact in part["facts"] if fact["name"] == "leader"))


def insist(client: Client, body: dict[str, Any], key: str) -> str:
    """The task's id; whoever got no answer asks again with the same key, as programs do."""

    def ask() -> str | None:
        try:
            return str(client.tasks.create(body, key=key)["taskId"])
        except GeminiError as error:
            assert error.status >= 500, error
            return None

    return str(wait_for(ask, "an answer", 60))


def test_a_burst_survives_the_death_of_its_leader(installed: Installation, alice: Client) -> None:
    """Covers: TRAIN-10, TRAIN-12, API-5, BILL-9. None is lost, none is there twice, each ran once and is paid once."""
    project = next(one for one in alice.projects.iterate() if one["name"] == "first")
    dataset = next(one for one in alice.datasets.iterate() if one["name"] == "numbers")
    common = {"launchMode": "dynamic", "projectId": project["id"], "datasetId": dataset["id"], "resourceConfig": SMALL}
    command = "echo started >> $GEMINI_OUTPUT/starts; echo done"
    mark = f"burst {secrets.token_hex(2)}"
    bodies = [{"taskName": f"{mark} {number}", "command": command, **common} for number in range(TASKS)]
    old = leader(alice)
    answered: list[str] = []
    enough = Event()

    def submit(number: int) -> str:
        client = installed.client("alice")
        made = insist(client, bodies[number], f"{mark}-{number}")
        answered.append(made)
        if len(answered) >= KILL_AFTER:
            enough.set()
        return made

    with ThreadPoolExecutor(4) as people:
        asked = [people.submit(submit, number) for number in range(TASKS)]
        assert enough.wait(60)
        installed.kubectl("delete", "pod", old, "--grace-period=0", "--force", "--wait=false")
        made = [one.result() for one in asked]
    assert len(set(made)) == TASKS
    # The same keys once more, at whoever answers now.
    again = [insist(alice, body, f"{mark}-{number}") for number, body in enumerate(bodies)]
    assert again == made
    ends = wait_for(lambda: ended(alice, set(made)), "all have ended", 180, pause=1)
    assert {one["state"] for one in ends} == {"succeeded"}, [one["reason"] for one in ends]
    names = sorted(one["taskName"] for one in alice.tasks.iterate() if one["taskName"].startswith(mark))
    assert names == sorted(body["taskName"] for body in bodies)
    for one in ends:
        assert alice.tasks.log(one["taskId"])["text"] == "done\n"
        (starts,) = alice.tasks.output(one["taskId"]).items
        assert starts["size"] == len("started\n"), one
        states = [line["state"] for line in one["timeline"]]
        assert (states[0], states[-1]) == ("queued", "succeeded") and len(states) == len(set(states)), states
    wait_for(lambda: not (set(made) & jobsets(installed)), "nothing of them is left", 60)
    wait_for(lambda: leader(alice) not in (old, "–"), "another leads", 60)


def ended(client: Client, tasks: set[str]) -> list[dict[str, Any]]:
    """The tasks, once all have ended; empty before, as where the way leads to a dead pod for a moment yet."""
    try:
        found = [client.tasks.get(task) for task in tasks]
    except GeminiError as error:
        assert error.status >= 500, error
        return []
    return found if all(one["endedAt"] for one in found) else []


def jobsets(installed: Installation) -> set[str]:
    """The names of the JobSets that there are."""
    return {str(one["metadata"]["name"]) for one in installed.objects("jobsets")}
