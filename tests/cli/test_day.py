"""A person's day with the command line: on a real terminal outside, and in the terminal of their environment."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator

import pytest
from gemini_client import Client
from platform_fixture import Platform, wait_for
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from cli.shell import Shell

pytestmark = pytest.mark.hub


@pytest.fixture
def client(platform: Platform) -> Iterator[Client]:
    """The owner's client; the environment of the test is deleted with it."""
    client = platform.client("alice")
    yield client
    for one in client.environments.list(search="shell-day").items:
        client.environments.delete(one["id"])
    wait_for(lambda: not client.environments.list(search="shell-day").items, "the end of the environment")


def test_a_day_on_a_terminal(platform: Platform, nobody: Shell, client: Client) -> None:
    """Sign in with a token that is not shown, see each plan and say yes to it, train, read the cost, stop.

    Covers: NB-2, BILL-8, TRAIN-1.
    """
    token = platform.token("alice")
    with nobody.terminal("login", platform.url) as terminal:
        terminal.wait_for(f"{platform.url}/hub/token")
        terminal.wait_for("Token: ")
        terminal.type(token)
        assert terminal.end() == 0
        assert "as alice" in terminal.seen and token not in terminal.seen
    _declines(nobody, client)
    with nobody.terminal("env", "create", "shell-day", "--dataset", "digits", "--spec", "B1") as terminal:
        terminal.wait_for("Start it?")
        assert re.search(r"0\.10 points/h", terminal.seen) and "within a minute" in terminal.seen
        terminal.type("y")
        assert terminal.end(120) == 0
        assert "/user/alice/env-" in terminal.seen
    with nobody.terminal(
        "train", "--follow", "--dataset", "digits", "--spec", "B1", "train.py", "--epochs", "2"
    ) as terminal:
        terminal.wait_for("Start it?")
        assert "python train.py --epochs 2" in terminal.seen
        terminal.type("y")
        assert terminal.end(120) == 0
        assert "epoch 2/2" in terminal.seen and "Succeeded" in terminal.seen
        assert terminal.seen.rindex("Succeeded") > terminal.seen.rindex("done: accuracy")
    _fails_as_its_task(nobody)
    _lets_go(nobody, client)
    with nobody.terminal("cost", "--by", "person") as terminal:
        assert terminal.end() == 0
        assert "Balance of sample" in terminal.seen
    with nobody.terminal("env", "stop", "shell-day") as terminal:
        assert terminal.end() == 0
        assert "Stopped" in terminal.seen
    assert [one["state"] for one in client.environments.list(search="shell-day").items] == ["stopped"]


def _declines(shell: Shell, client: Client) -> None:
    """No is no: nothing was made. Nobody to ask is no, too."""
    with shell.terminal("env", "create", "shell-day", "--spec", "B1") as terminal:
        terminal.wait_for("Start it?")
        terminal.type("")
        assert terminal.end() == 1
    done = shell("env", "create", "shell-day", "--spec", "B1")
    assert (done.returncode, "--yes" in done.stderr) == (2, True)
    assert client.environments.list(search="shell-day").total == 0


def _fails_as_its_task(shell: Shell) -> None:
    """In an environment nothing more is charged, so nothing is asked; the exit code is the task's own."""
    command = "echo out; exit 7"
    done = shell("train", "-f", "--env", "shell-day", "--name", "shell-seven", "--command", command)
    assert (done.returncode, done.stdout) == (7, "out\n"), done.stderr
    assert "Failed" in done.stderr
    assert shell("logs", "shell-seven", "-f", "--tail", "1").returncode == 7
    assert shell("logs", "shell-seven", "--role", "nobody", "-f").returncode == 1
    found = shell.json("status", "shell-seven")
    assert (found["state"], found["exitCode"]) == ("failed", 7)


def _lets_go(shell: Shell, client: Client) -> None:
    """Ctrl-C ends the following and not the task, and says how to go on; `stop` ends it."""
    words = ("--env", "shell-day", "--name", "shell-long", "--command", "echo begun; sleep 600")
    with shell.terminal("train", "-f", *words) as terminal:
        terminal.wait_for("\nbegun")
        terminal.press(b"\x03")
        assert terminal.end() == 130
        task = re.findall(r"gemini stop (task-\w+)", terminal.seen)[0]
    assert client.tasks.get(task)["endedAt"] is None
    assert shell.json("stop", "shell-long")["state"] == "stopped"
    assert shell("logs", task, "-f").returncode == 143


def test_inside_an_environment_nobody_signs_in(platform: Platform, alice: Shell, client: Client) -> None:
    """In the terminal of JupyterLab the command is there, knows who asks, and trains where one is. Covers: NB-2."""
    made = alice("env", "create", "shell-day", "--dataset", "digits", "--spec", "B1", "-y", "--json")
    assert made.returncode == 0, made.stderr
    environment = json.loads(made.stdout)
    address = f"{platform.url}/user/alice/{environment['id']}"
    script = "cd /gemini/code; gemini train -f train.py --epochs 1; echo code=$?; gemini doctor; echo doctor=$?"
    seen = asyncio.run(_typed(address, platform.token("alice"), script, "doctor=0"))
    assert "epoch 1/1" in seen and "code=0" in seen, seen
    assert "the environment around us" in seen
    (task,) = client.tasks.list(environmentId=environment["id"]).items
    assert (task["launchMode"], task["command"]) == ("existing", "python train.py --epochs 1")


async def _typed(address: str, token: str, script: str, until: str, seconds: float = 90) -> str:
    """What the terminal of a JupyterLab shows after `script` was typed, up to `until`."""
    from tornado.httpclient import AsyncHTTPClient

    headers = {"Authorization": f"token {token}"}
    answer = await AsyncHTTPClient().fetch(HTTPRequest(f"{address}/api/terminals", "POST", headers, "{}"))
    name = json.loads(answer.body)["name"]
    where = f"{address.replace('http', 'ws', 1)}/terminals/websocket/{name}"
    socket = await websocket_connect(HTTPRequest(where, headers=headers))
    await socket.write_message(json.dumps(["stdin", script.replace("=", "''=") + "\r"]))
    seen = ""
    async with asyncio.timeout(seconds):
        while until not in seen:
            message = await socket.read_message()
            assert message is not None, seen
            kind, *rest = json.loads(message)
            seen += rest[0] if kind == "stdout" else ""
    socket.close()
    return seen
