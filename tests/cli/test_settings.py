"""Settings, ports, the lock and the secrets of a start."""

from __future__ import annotations

import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from gemini_cli import keys
from gemini_cli.errors import Refusal
from gemini_cli.lock import ALREADY_RUNNING, platform_lock
from gemini_cli.parts import make_parts, service_variables
from gemini_cli.ports import check_ports
from gemini_cli.settings import Settings, read_settings
from gemini_hub import passwords


@pytest.mark.parametrize("port", ["0", "80", "65001", "eight", "8000.5", "-1"])
def test_a_port_that_makes_no_sense_is_named(port: str) -> None:
    """The refusal names the variable and its value."""
    with pytest.raises(Refusal, match=f"GEMINI_PORT={port}"):
        read_settings({"GEMINI_PORT": port})


def test_empty_variables_are_the_defaults() -> None:
    """An empty variable is one that is not set."""
    assert read_settings({"GEMINI_PORT": "", "GEMINI_HOME": ""}) == read_settings({})


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """Nothing is written beside or over somebody's file."""
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(Refusal, match="is not a folder"):
        read_settings({"GEMINI_HOME": str(file)})


def test_a_taken_port_is_named_with_its_use(tmp_path: Path) -> None:
    """Another program on the second of the four ports."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(Refusal, match=rf"{taken} \(the hub\)"):
            check_ports(Settings(tmp_path, taken - 1))


def test_a_second_start_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    """The lock names the process that holds it, and is free after its death."""
    hold = (
        "import sys, pathlib, gemini_cli.lock as l\n"
        "with l.platform_lock(pathlib.Path(sys.argv[1])):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        with pytest.raises(Refusal, match=f"process {holder.pid}") as refused, platform_lock(tmp_path):
            pass
        assert refused.value.exit_code == ALREADY_RUNNING
        holder.kill()
    with platform_lock(tmp_path):
        pass


def test_secrets_are_made_once_and_for_nobody_else(tmp_path: Path) -> None:
    """A second start keeps them; every file is 0600; the passwords belong to the hashes."""
    settings = Settings(tmp_path, 8000)
    settings.make_folders()
    keys.make_keys(tmp_path)
    before = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    keys.make_keys(tmp_path)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == before
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "secrets").iterdir()} == {0o600}
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    import json

    hashes = json.loads(before["users.json"])
    assert set(hashes) == {"alice", "bob"}
    assert passwords.matches(keys.passwords(tmp_path)["alice"], hashes["alice"])
    assert not passwords.matches(keys.passwords(tmp_path)["bob"], hashes["alice"])


def test_every_part_listens_on_the_loopback_only(tmp_path: Path) -> None:
    """Addresses and variables of the three parts follow the port."""
    settings = Settings(tmp_path, 9000)
    settings.make_folders()
    keys.make_keys(tmp_path)
    parts = make_parts(settings, "root")
    assert [part.name for part in parts] == ["proxy", "hub", "control"]
    assert "0.0.0.0" not in (tmp_path / "proxy" / "traefik.yaml").read_text()
    variables = service_variables(settings)
    assert variables["JUPYTERHUB_SERVICE_URL"] == "http://127.0.0.1:9002/services/gemini/"
    assert variables["JUPYTERHUB_API_URL"] == "http://127.0.0.1:9001/hub/api"


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    """A sentence and an exit code instead of a traceback; help and version without any side effect."""
    run = [sys.executable, "-m", "gemini_cli"]
    refused = subprocess.run(
        [*run, "up"], env={"GEMINI_PORT": "x", "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )
    assert (refused.returncode, refused.stderr) == (1, "gemini: GEMINI_PORT=x is not a port from 1024 to 65000.\n")
    assert "GEMINI_HOME" in subprocess.run([*run, "--help"], capture_output=True, text=True, check=True).stdout
    assert subprocess.run([*run, "--version"], capture_output=True, text=True, check=True).stdout.startswith(
        "gemini 0."
    )
