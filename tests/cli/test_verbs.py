"""The verbs against the real platform: names, JSON, data, other people's things, completion by a real bash."""

from __future__ import annotations

import json
import os
import re
import secrets
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from gemini_client import Client
from platform_fixture import Platform, create_environment, stop_environment

from cli.shell import Shell

pytestmark = pytest.mark.hub
READS = (
    "env list",
    "tasks",
    "tasks --state failed --mode dynamic --search x --all",
    "zones",
    "data list",
    "data list --model",
    "data versions digits",
    "data versions digits@1",
    "cost --by project",
)


@pytest.fixture
def client(platform: Platform) -> Client:
    """The owner's client, to see what the commands did."""
    return platform.client("alice")


@pytest.fixture
def dataset(alice: Shell, client: Client) -> Iterator[str]:
    """A private dataset of the owner's; deleted with the test."""
    made = alice.json("data", "create", "shell-data", "--private")
    yield made["id"]
    for one in client.datasets.list().items:
        if one["id"] == made["id"]:
            client.datasets.delete(made["id"])


def test_the_login_is_kept_for_oneself_alone(platform: Platform, alice: Shell) -> None:
    """The token of the hub's page, tried before it is kept; `logout` forgets it. Covers: NB-2."""
    (kept,) = (alice.home / ".config" / "gemini").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    before = kept.read_bytes()
    wrong = alice("login", platform.url, "--token", "nonsense")
    assert wrong.returncode == 3
    assert f"{platform.url}/hub/token" in wrong.stderr and "Command line and scripts of Gemini" in wrong.stderr
    assert kept.read_bytes() == before
    assert alice("projects", "--url", "http://127.0.0.1:1").returncode == 3
    assert alice("projects", GEMINI_URL=platform.url, GEMINI_TOKEN="nonsense").returncode == 3
    assert alice("logout").returncode == 0
    assert alice("projects").returncode == 3


def test_the_token_of_the_hubs_page(platform: Platform, nobody: Shell) -> None:
    """What the page that the login names offers first is enough; less is refused with the way out. Covers: NB-2."""
    tokens = {}
    with platform.browser("alice") as browser:
        page = browser.get("/hub/token").text
        offered = re.search(r'name="for" value="([^"]+)" checked', page)
        assert offered is not None and "Command line and scripts of Gemini" in page and "Make token" in page
        headers = {"X-XSRFToken": browser.cookies.get("_xsrf", path="/hub/") or ""}
        for name, scopes in (("enough", offered[1].split()), ("less", ["read:users:name!user"])):
            wanted = {"note": name, "scopes": scopes}
            answer = browser.post("/hub/api/users/alice/tokens", json=wanted, headers=headers)
            assert answer.status_code == 201, answer.text
            tokens[name] = answer.json()["token"]
    refused = nobody("login", platform.url, stdin=tokens["less"])
    assert refused.returncode == 3
    assert "services!service=gemini" in refused.stderr and "/hub/token" in refused.stderr
    assert nobody("login", f"{platform.url}/hub/home", stdin=tokens["enough"] + "\n").returncode == 0
    assert "digits" in [one["name"] for one in nobody.json("projects")["items"]]
    assert {one["name"] for one in nobody.json("doctor")["checks"]} >= {"versions", "token", "part-hub", "part-disk"}


def test_json_is_the_wires(alice: Shell, client: Client) -> None:
    """Whatever is read is JSON and nothing else; it is what the API says. Covers: NB-2."""
    for words in READS:
        alice.json(*words.split())
    assert alice.json("projects")["items"] == client.projects.list().items
    assert alice.json("data", "list", "--limit", "1")["total"] == client.datasets.list().total


def test_tables_fit_both_languages(alice: Shell) -> None:
    """Columns stand below their headings, however wide a character is; no colours in a pipe. Covers: NB-2."""
    from rich.cells import cell_len

    for language in ("en", "zh-CN"):
        shown = alice("zones", "--lang", language).stdout
        assert "\x1b" not in shown
        lines = shown.split("\n\n")[1].splitlines()
        assert len(lines) > 2
        ends = {cell_len(line[: line.rindex("  ")]) for line in lines}
        assert len(ends) == 1, shown


def test_data_goes_up_and_comes_back(alice: Shell, dataset: str, tmp_path: Path) -> None:
    """Folders as they are, executable files too; what is there is not sent again, what took its place is, however
    old; versions by name@number; nothing is deleted without asking. Covers: NB-2, CAT-3, CAT-7."""
    source = tmp_path / "source"
    (source / "深" / "er").mkdir(parents=True)
    (source / "one file.txt").write_text("one")
    (source / "深" / "er" / "run.sh").write_text("#!/bin/sh\n")
    (source / "深" / "er" / "run.sh").chmod(0o755)
    (source / "left.tmp").write_text("no")
    put = ("data", "put", "shell-data", str(source), "--exclude", "*.tmp")
    assert (alice.json(*put)["sent"], alice.json(*put)["sent"]) == (2, 0)
    (source / "moved").write_text("old")
    os.utime(source / "moved", (0, 0))
    (source / "moved").replace(source / "one file.txt")
    assert alice.json(*put)["sent"] == 1
    (source / "one file.txt").write_text("two")
    made = alice.json(*put, "--commit", "--note", "first")
    assert (made["sent"], made["there"], made["version"]["number"], made["version"]["files"]) == (1, 1, 1, 2)
    again = alice("data", "commit", "shell-data")
    assert again.returncode == 1 and "version 1" in again.stderr
    target = tmp_path / "target"
    got = alice("data", "get", "shell-data@1", str(target))
    assert got.returncode == 0, got.stderr
    assert (target / "one file.txt").read_text() == "two"
    assert os.access(target / "深" / "er" / "run.sh", os.X_OK)
    assert alice.json("data", "get", dataset, str(target))["there"] == 2
    (target / "one file.txt").write_text("another")
    assert alice("data", "get", "shell-data", str(target)).returncode == 1
    listed = alice("data", "versions", "shell-data@1").stdout
    assert "深/er/run.sh" in listed
    (source / ("n" * 200)).touch()
    refused = alice(*put)
    assert refused.returncode == 1 and "n" * 200 in refused.stderr and "characters" in refused.stderr
    for gone in (("shell-data", "--file", "one file.txt"), ("shell-data@1",)):
        asked = alice("data", "rm", *gone)
        assert asked.returncode == 2 and "--yes" in asked.stderr
        assert alice("data", "rm", *gone, "-y").returncode == 0
    assert alice.json("data", "versions", "shell-data")["items"] == []
    assert [one["path"] for one in alice.json("data", "versions", "shell-data", "--draft")["items"]] == ["深/er/run.sh"]


def test_a_terminal_shows_how_far_bytes_are(alice: Shell, dataset: str, tmp_path: Path) -> None:
    """A bar with what has gone of how much, up and down, which goes when all has; none in a pipe. Covers: NB-2."""
    (tmp_path / "weights").write_bytes(bytes(3 << 20))
    put = ("data", "put", "shell-data", str(tmp_path / "weights"))
    for words, what, told in (
        ((*put, "--commit"), "Upload", "Sent: 1 files, 3.0 MB"),
        (("data", "get", "shell-data", str(tmp_path / "target")), "Download", "1 files, 3.0 MB"),
    ):
        with alice.terminal(*words) as terminal:
            assert terminal.end() == 0, terminal.seen
        drawn, _, rest = terminal.seen.rpartition("3.0/3.0 MiB")
        assert what in drawn and "\N{BOX DRAWINGS HEAVY HORIZONTAL}" in drawn, terminal.seen
        assert "\x1b[2K" in rest and told in rest, terminal.seen
    piped = alice(*put, "--force")
    assert (piped.returncode, piped.stderr) == (0, "")


def test_anothers_things_are_not_found(alice: Shell, bob: Shell, dataset: str) -> None:
    """By name, by id, and not by completion. Covers: NB-2."""
    for words in (
        f"data versions {dataset}",
        "data versions shell-data",
        "data rm shell-data -y",
        "data put shell-data .",
    ):
        done = bob(*words.split())
        assert (done.returncode, dataset in done.stdout) == (1, False), done
    assert "shell-data" in complete(alice, "gemini data get she")
    assert complete(bob, "gemini data get she") == []
    assert alice.json("data", "versions", dataset)["items"] == []


def test_two_of_one_name(alice: Shell, client: Client, dataset: str) -> None:
    """A name that two have is not guessed: both ids are named, and each of them works. Covers: NB-2."""
    workspace = client.workspaces.create({"name": f"shell-other-{secrets.token_hex(2)}"})["id"]
    other = client.datasets.create({"name": "shell-data", "workspaceId": workspace, "visibility": "private"})["id"]
    try:
        done = alice("data", "versions", "shell-data", "--lang", "zh-CN")
        assert done.returncode == 1
        assert dataset in done.stderr and other in done.stderr and "多个" in done.stderr
        assert alice("data", "versions", other).returncode == 0
    finally:
        client.datasets.delete(other)


def test_pages_go_on(alice: Shell, client: Client) -> None:
    """A page says how to see the next; `--all` is the whole list. Covers: NB-2, API-5."""
    made = [client.datasets.create({"name": f"page-{number}"})["id"] for number in range(3)]
    try:
        first = alice.json("data", "list", "--limit", "2")
        second = alice.json("data", "list", "--limit", "2", "--cursor", first["next"])
        whole = alice.json("data", "list", "--all")
        names = [one["id"] for page in (first, second) for one in page["items"]]
        assert names == [one["id"] for one in whole["items"]][: len(names)]
        assert f"--cursor {first['next']}" in alice("data", "list", "--limit", "2").stderr
    finally:
        for one in made:
            client.datasets.delete(one)


def complete(shell: Shell, line: str) -> list[str]:
    """What a real bash offers at the end of `line`, with the script that it is given."""
    words = line.split(" ")
    script = f"""
eval "$(gemini completion bash)"
COMP_WORDS=({" ".join(f"'{word}'" for word in words)})
COMP_CWORD={len(words) - 1}
$(complete -p gemini | sed -E 's/.*-F ([^ ]+) .*/\\1/') gemini
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(
        ["bash", "--norc", "-c", script], env=shell.environment, capture_output=True, text=True, check=True
    )
    return [word for word in done.stdout.splitlines() if word]


def test_bash_completes(alice: Shell, nobody: Shell) -> None:
    """Verbs, options, choices and the names of what is there; nothing, and no noise, for nobody. Covers: NB-2."""
    assert {"tasks", "train"} <= set(complete(alice, "gemini t"))
    assert complete(alice, "gemini env sta") == ["start"]
    assert complete(alice, "gemini cost --by p") == ["project", "person"]
    assert "--dataset" in complete(alice, "gemini train --da")
    assert complete(alice, "gemini data versions dig") == ["digits"]
    assert complete(nobody, "gemini data versions dig") == []


@pytest.fixture
def resting(client: Client) -> Iterator[tuple[str, str]]:
    """Name and id of a stopped environment of the owner's; deleted with the test where that has not done it."""
    name = f"shell-env-{secrets.token_hex(2)}"
    made = create_environment(client, name, dataset=False)
    stop_environment(client, made)
    yield name, made
    if made in [one["id"] for one in client.environments.iterate()]:
        client.environments.delete(made)


def test_an_environment_by_its_name(alice: Shell, bob: Shell, resting: tuple[str, str]) -> None:
    """Shown, completed, opened only while it runs, deleted after asking; not there for another. Covers: NB-2, ENV-3."""
    name, environment = resting
    assert alice.json("env", "show", name)["id"] == environment
    assert complete(alice, "gemini env open she") == [name]
    refused = alice("env", "open", name)
    assert refused.returncode == 1 and f"gemini env start {name}" in refused.stderr
    assert bob("env", "delete", name, "-y").returncode == 1
    assert bob("env", "show", environment).returncode == 1
    unasked = alice("env", "start", name)
    assert unasked.returncode == 2 and "points/h" in unasked.stderr
    asked = alice("env", "delete", name)
    assert asked.returncode == 2 and "Lost" in asked.stderr
    assert alice("env", "delete", name, "-y").returncode == 0
    assert json.loads(alice("env", "show", environment, "--json").stdout)["error"]["name"] == "not-found"
