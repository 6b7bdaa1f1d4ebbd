"""Two control planes as pods: whoever leads may go, and nobody is refused meanwhile."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from gemini_client import Client
from gemini_core.errors import GeminiError
from installed_fixture import Installation
from platform_fixture import wait_for

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def operator(installed: Installation) -> Client:
    """Whoever sees how the platform is."""
    return installed.client(installed.operator)


def replicas(operator: Client) -> dict[str, Any]:
    """What operators are told of the control planes: `state`, `leader`, `others`."""
    part = next(one for one in operator.platform()["parts"] if one["name"] == "replicas")
    return {"state": part["state"], **{fact["name"]: fact["value"] for fact in part["facts"]}}


def after(operator: Client, old: str) -> dict[str, Any]:
    """What is told once another than `old` leads, empty before: the way may lead to a dead pod for a moment yet."""
    try:
        found = replicas(operator)
    except GeminiError as error:
        assert error.status >= 500, error
        return {}
    return found if found["leader"] not in (old, "–") else {}


def until_both_serve(installed: Installation) -> None:
    """A replica that is seen by the other is not asked by anybody before it said that it is ready."""
    installed.kubectl("rollout", "status", "deployment/gemini-control-plane", "--timeout=90s")


def until_another_leads(installed: Installation, operator: Client, old: str, seconds: float) -> list[int]:
    """Wait for it; the answers that a person got meanwhile, asking all the time."""
    token = installed.token(installed.operator)
    answers = []
    give_up = time.monotonic() + seconds
    with httpx.Client(headers={"Authorization": f"token {token}"}, timeout=20) as person:
        while (found := replicas(operator))["leader"] in (old, "–") or found["state"] != "ok":
            assert time.monotonic() < give_up, found
            answers.append(person.get(f"{installed.api_url}/me").status_code)
    return answers


def test_the_leader_goes_and_the_other_leads(installed: Installation, operator: Client) -> None:
    """Its pod is deleted: the other leads, a new one follows, and no request was refused. Covers: TRAIN-10, ADM-1."""
    until_both_serve(installed)
    before = replicas(operator)
    assert before["state"] == "ok" and before["leader"] != before["others"]
    installed.kubectl("delete", "pod", before["leader"], "--wait=false")
    answers = until_another_leads(installed, operator, before["leader"], 90)
    assert set(answers) <= {200}, answers
    after = replicas(operator)
    assert after["leader"] == before["others"] and before["leader"] not in after["others"]


def test_the_leader_is_killed(installed: Installation, operator: Client) -> None:
    """Its pod dies without a word: the other leads within seconds. Covers: TRAIN-10."""
    until_both_serve(installed)
    before = replicas(operator)
    installed.kubectl("delete", "pod", before["leader"], "--grace-period=0", "--force", "--wait=false")
    led = wait_for(lambda: after(operator, before["leader"]), "another leads", 40)
    assert led["leader"] == before["others"]
    wait_for(lambda: after(operator, before["leader"]).get("state") == "ok", "a new one follows", 90)
