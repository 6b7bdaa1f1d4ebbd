"""GEMINI_SUBDOMAINS: what is taken, what is refused and with which way out, and what the parts are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gemini_cli import keys
from gemini_cli.errors import Refusal
from gemini_cli.parts import make_parts, service_variables
from gemini_cli.settings import Settings, read_settings
from gemini_cli.subdomains import protection

HUB = "http://hub.localhost:8000"


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("", ""),
        (HUB, HUB),
        ("http://Hub.Localhost:8000/", HUB),
        ("http://lab.hub.localhost:8000", "http://lab.hub.localhost:8000"),
        ("https://gemini.example.org", "https://gemini.example.org"),
        ("https://gemini.example.org:8443", "https://gemini.example.org:8443"),
    ],
)
def test_an_address_is_taken(said: str, taken: str) -> None:
    """In small letters, without a slash at its end; behind TLS the port is the other proxy's. Covers: TEN-3."""
    assert read_settings({"GEMINI_SUBDOMAINS": said}).subdomains == taken


@pytest.mark.parametrize(
    ("said", "why", "way_out"),
    [
        ("hub.localhost", "no address", HUB),
        ("hub.localhost:8000", "no address", HUB),
        ("ftp://hub.localhost:8000", "no address", HUB),
        ("http://:8000", "no address", HUB),
        ("http://hub.localhost:port", "no address", HUB),
        ("http://hub.localhost:8000/base", "no address", HUB),
        ("http://hub.localhost:8000?a", "no address", HUB),
        ("http://me:secret@hub.localhost:8000", "no address", HUB),
        ("http://127.0.0.1:8000", "numbers have no names", HUB),
        ("http://[::1]:8000", "numbers have no names", HUB),
        ("http://localhost:8000", "needs a dot", HUB),
        ("http://gemini.example.org:8000", "without TLS", "https://"),
        ("http://hub.localhost", "port 80", HUB),
        ("http://lab.localhost:9000", "names port 9000", "http://lab.localhost:8000"),
    ],
)
def test_an_address_is_refused(said: str, why: str, way_out: str) -> None:
    """One sentence with the value, the reason and what to write instead. Covers: TEN-3."""
    with pytest.raises(Refusal) as refused:
        read_settings({"GEMINI_SUBDOMAINS": said})
    sentence = str(refused.value)
    assert sentence.startswith(f"GEMINI_SUBDOMAINS={said}")
    assert why in sentence and way_out in sentence.removeprefix(f"GEMINI_SUBDOMAINS={said}")


def test_the_port_goes_with_the_platforms(tmp_path: Path) -> None:
    """The way out names the port that GEMINI_PORT says."""
    with pytest.raises(Refusal, match=r"GEMINI_PORT=9000. Use http://hub.localhost:9000\."):
        read_settings({"GEMINI_SUBDOMAINS": HUB, "GEMINI_PORT": "9000"})


def test_people_open_the_name_and_programs_the_number(tmp_path: Path) -> None:
    """What is printed is the hub's address; inside the platform nothing has to know the name. Covers: TEN-3."""
    settings = Settings(tmp_path, 8000, HUB)
    assert settings.url == f"{HUB}/"
    assert settings.api_url == "http://127.0.0.1:8000/services/gemini/api/v1"
    settings.make_folders()
    keys.make_keys(tmp_path)
    told = service_variables(settings)
    assert told["JUPYTERHUB_OAUTH_CALLBACK_URL"] == f"{HUB}/services/gemini/oauth_callback"
    assert told["JUPYTERHUB_HOST"] == HUB
    assert json.loads(told["JUPYTERHUB_COOKIE_OPTIONS"]) == {"secure": True}
    assert told["GEMINI_PROXY_URL"] == "http://127.0.0.1:8000"
    assert told["JUPYTERHUB_API_URL"] == "http://127.0.0.1:8001/hub/api"
    assert told["JUPYTERHUB_SERVICE_URL"] == "http://127.0.0.1:8002/services/gemini/"
    assert {part.env["GEMINI_SUBDOMAINS"] for part in make_parts(settings, "root")} == {HUB}
    assert {part.env["GEMINI_SUBDOMAINS"] for part in make_parts(Settings(tmp_path, 8000), "root")} == {""}


def test_routes_are_kept_for_the_same_address_only(tmp_path: Path) -> None:
    """A restart reaches at once what runs; a route of another address would hide ours. Covers: TEN-3."""
    routes = tmp_path / "proxy" / "routes.toml"
    Settings(tmp_path, 8000).make_folders()
    keys.make_keys(tmp_path)
    for settings, kept in (
        (Settings(tmp_path, 8000), False),
        (Settings(tmp_path, 8000), True),
        (Settings(tmp_path, 8000, HUB), False),
        (Settings(tmp_path, 8000, HUB), True),
        (Settings(tmp_path, 8000), False),
    ):
        routes.write_text("[http]")
        make_parts(settings, "root")
        assert (routes.read_text() == "[http]") is kept


def test_a_start_says_what_is_not_protected() -> None:
    """One line either way; without the setting it says what to set. Covers: TEN-3."""
    assert "below hub.localhost" in protection(HUB, 8000)
    said = protection("", 9000)
    assert "NOT" in said and "GEMINI_SUBDOMAINS=http://hub.localhost:9000" in said
