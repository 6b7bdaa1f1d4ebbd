"""An environment from its start to its end, and what nobody can do to it at the hub."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from gemini_sandbox import Sandboxes
from platform_fixture import Platform, create_environment, stop_environment, wait_environment, wait_for

pytestmark = pytest.mark.hub


@pytest.fixture(scope="module")
def environment(platform: Platform) -> Iterator[str]:
    """A running environment of alice's with the digits mounted."""
    client = platform.client("alice")
    made = create_environment(client, "hub tests")
    wait_environment(client, made, "running")
    yield made
    stop_environment(client, made)


def test_jupyterlab_answers(platform: Platform, environment: str) -> None:
    """JupyterLab opens through the proxy with its own cookie dance, at the code folder. Covers: ENV-1, ENV-2."""
    with platform.browser("alice") as browser:
        page = browser.get(f"/user/alice/{environment}/lab")
        assert page.status_code == 200
        assert "jupyter-config-data" in page.text
        root = browser.get(f"/user/alice/{environment}/api/contents").json()
    assert {"train.py", "README.md"} <= {entry["name"] for entry in root["content"]}


def test_others_do_not_reach_it(platform: Platform, environment: str) -> None:
    """Another member of the workspace gets no page of it and 404 from the API. Covers: TEN-2b."""
    with platform.http("bob") as bob:
        assert bob.get(f"/user/alice/{environment}/api/contents").status_code in (403, 404)
        assert bob.get(f"/services/gemini/api/v1/dev-environments/{environment}").status_code == 404


def test_the_data_is_there_and_cannot_be_changed(platform: Platform, environment: str) -> None:
    """The dataset is readable and neither writable nor removable by the root inside. Covers: CAT-7."""
    rows = platform.inside(environment, "wc -l < /gemini/data-1/digits.csv")
    assert rows.stdout.strip() == "1798"
    for attempt in (
        "echo x >> /gemini/data-1/digits.csv",
        "touch /gemini/data-1/new",
        "rm /gemini/data-1/digits.csv",
        "chmod 777 /gemini/data-1/digits.csv",
        "mount -o remount,rw /gemini/data-1",
        "umount /gemini/data-1",
    ):
        refused = platform.inside(environment, attempt)
        assert refused.returncode != 0, attempt


def test_code_and_output_persist(platform: Platform, environment: str) -> None:
    """What is written to the code and the output folder lies in the store; `id` is root inside. Covers: ENV-2."""
    done = platform.inside(
        environment, "id -u; pwd; echo kept > /gemini/code/kept.txt; echo kept > $GEMINI_OUTPUT/kept.txt"
    )
    assert done.stdout.split() == ["0", "/gemini/code"]
    found = {path.parent.name for path in (platform.home / "store" / "projects").rglob("kept.txt")}
    assert found == {"code", "output"}


def test_the_platform_is_not_inside(platform: Platform, environment: str) -> None:
    """Neither GEMINI_HOME nor the host's homes are there; the hub and the proxy are the only ports. Covers: ENV-2."""
    databases = r"find / -xdev \( -name 'control.sqlite*' -o -name 'jupyterhub.sqlite*' \)"
    listing = platform.inside(environment, f"ls {platform.home}; ls -A /home; {databases}")
    assert listing.stdout == ""
    probe = "exec 3<>/dev/tcp/127.0.0.1/{}"
    reached = [
        port
        for port in range(platform.port, platform.port + 4)
        if platform.inside(environment, probe.format(port)).returncode == 0
    ]
    assert reached == [platform.port, platform.port + 1]


def test_a_terminal_begins_in_the_code(platform: Platform, environment: str) -> None:
    """A terminal of JupyterLab can be opened. Covers: ENV-9."""
    with platform.http("alice") as alice:
        made = alice.post(f"/user/alice/{environment}/api/terminals")
        assert made.status_code == 200, made.text
        assert alice.delete(f"/user/alice/{environment}/api/terminals/{made.json()['name']}").status_code == 204


def test_a_hand_made_start_smuggles_nothing_in(platform: Platform, environment: str) -> None:
    """At the hub an environment is started by its own id alone, and only by whom it belongs to."""
    with platform.http("alice") as alice:
        unnamed = alice.post("/hub/api/users/alice/server", json={})
        assert unnamed.status_code == 403, unnamed.text
        for name, options in (
            ("env-aaaaaaaaaa", {"environment": "env-aaaaaaaaaa"}),  # nobody made it
            ("env-aaaaaaaaaa", {"environment": environment}),
            ("mine", {}),
            ("env-aaaaaaaaab", {"environment": "env-aaaaaaaaab", "mounts": ["/"]}),
        ):
            refused = alice.post(f"/hub/api/users/alice/servers/{name}", json={"user_options": options})
            assert refused.status_code in (403, 404), (name, refused.text)
            assert refused.json()["message"]
    with platform.http("bob") as bob:
        stolen = bob.post(
            f"/hub/api/users/bob/servers/{environment}", json={"user_options": {"environment": environment}}
        )
        assert stolen.status_code in (403, 404), stolen.text
        bob.delete(f"/hub/api/users/bob/servers/{environment}")
    assert Sandboxes(platform.home).observe(environment).state == "running"


def test_a_stopped_environment_is_not_started_past_the_control_plane(platform: Platform) -> None:
    """A start at the hub without an admission is refused: no run without a charge. Covers: ENV-4."""
    client = platform.client("bob")
    made = create_environment(client, "not past us", dataset=False)
    wait_environment(client, made, "running")
    stop_environment(client, made)
    with platform.http("bob") as bob:
        refused = bob.post(f"/hub/api/users/bob/servers/{made}", json={"user_options": {"environment": made}})
    assert refused.status_code in (403, 404, 409), refused.text
    assert client.environments.get(made)["state"] == "stopped"


def test_a_stop_at_the_hub_is_recorded(platform: Platform) -> None:
    """Stopped at the hub by a person: target and state say stopped, nothing starts it again. Covers: ENV-3."""
    client = platform.client("bob")
    made = create_environment(client, "stopped at the hub", dataset=False)
    wait_environment(client, made, "running")
    with platform.http("bob") as bob:
        assert bob.delete(f"/hub/api/users/bob/servers/{made}").status_code in (202, 204)
    seen = wait_environment(client, made, "stopped")
    assert (seen["target"], seen["url"]) == ("stopped", None)
    assert seen["reason"] is None or seen["reason"]["code"] == "user-stopped"


def test_the_servers_token_has_few_powers(platform: Platform, environment: str) -> None:
    """What is inside may act for its person at our API, report activity, and nothing else at the hub."""
    spec = json.loads((platform.home / "hub" / "launch" / environment / "spec.json").read_text())
    token = spec["server"]["env"]["JUPYTERHUB_API_TOKEN"]
    headers = {"Authorization": f"token {token}"}
    with httpx.Client(base_url=platform.url, headers=headers, timeout=30) as inside:
        answer = inside.get("/services/gemini/api/v1/me")
        assert answer.status_code == 200, answer.text
        me = answer.json()["data"]
        assert (me["name"], me["operator"], me["environmentId"]) == ("alice", False, environment)
        assert inside.post("/hub/api/users/alice/activity", json={}).status_code in (200, 400)
        denied = [
            ("GET", "/hub/api/users"),
            ("GET", "/hub/api/users/bob"),
            ("GET", "/hub/api/users/alice/tokens"),
            ("POST", "/hub/api/users/alice/tokens"),
            ("POST", "/hub/api/users/bob/tokens"),
            ("POST", f"/hub/api/users/alice/servers/{environment}"),
            ("DELETE", f"/hub/api/users/alice/servers/{environment}"),
            ("POST", "/hub/api/users/mallory"),
            ("DELETE", "/hub/api/users/bob"),
            ("GET", "/hub/api/services"),
            ("GET", "/hub/api/services/gemini-hub"),
            ("GET", "/hub/api/proxy"),
            ("POST", "/hub/api/shutdown"),
            ("GET", "/hub/api/groups"),
            ("POST", "/hub/api/shares/alice/" + environment),
        ]
        answers = {
            (verb, path): inside.request(verb, path, json={} if verb == "POST" else None).status_code
            for verb, path in denied
        }
        assert {key: status for key, status in answers.items() if status not in (403, 404)} == {}
        for path in (f"launch-plans/{environment}", "workspaces"):
            verb = "GET" if path.startswith("launch") else "POST"
            assert inside.request(
                verb, f"/services/gemini/api/v1/{path}", json={"name": "mine"} if verb == "POST" else None
            ).status_code in (403, 404)


def test_the_token_ends_with_the_environment(platform: Platform) -> None:
    """A token copied out of an environment is worth nothing after it, also where the hub was restarted meanwhile."""
    client = platform.client("bob")
    made = create_environment(client, "token", dataset=False)
    wait_environment(client, made, "running")
    spec = json.loads((platform.home / "hub" / "launch" / made / "spec.json").read_text())
    headers = {"Authorization": f"token {spec['server']['env']['JUPYTERHUB_API_TOKEN']}"}
    assert httpx.get(f"{platform.url}/hub/api/user", headers=headers).status_code == 200
    platform.kill("hub")
    platform.wait_ready()
    wait_for(lambda: httpx.get(f"{platform.url}/hub/api/user", headers=headers).status_code == 200, "the hub's answer")
    stop_environment(client, made)
    wait_for(lambda: httpx.get(f"{platform.url}/hub/api/user", headers=headers).status_code == 403, "the token's end")
