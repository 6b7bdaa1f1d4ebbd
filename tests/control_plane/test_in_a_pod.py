"""The control plane in a pod, one of several: secrets from files, no sign-in in memory, alive apart from ready."""

from __future__ import annotations

from pathlib import Path

import pytest
from gemini_control.__main__ import serve
from gemini_control.app import GeminiControl
from gemini_control.home import Home
from gemini_control.managers.prices import DEFAULT, PriceList
from gemini_control.place import Place
from gemini_control.sign_in import SharedHubOAuth
from gemini_control.store import migrate
from gemini_control.work import make_backend
from gemini_core.cluster_plan import BadPlan

from control_plane.fake_hub import FakeHub
from control_plane.platform import PREFIX, Platform, make_app

SECRET = b"a secret that all replicas have in common"


def oauth(secret: bytes = SECRET, **traits: object) -> SharedHubOAuth:
    """The sign-in of one replica."""
    settings = {"api_token": "token", "oauth_client_id": "service-gemini", "base_url": PREFIX}
    return SharedHubOAuth(secret=secret, **{**settings, **traits})


def test_a_sign_in_is_finished_by_another_replica() -> None:
    """Covers: API-0. Where it leads to and its proof key come back, sealed; nothing of it can be read or made up."""
    state = oauth().generate_state("/services/gemini/admin", code_verifier="proof", cookie_name="c")
    assert "proof" not in state and "admin" not in state
    other = oauth()
    assert other.get_next_url(state) == "/services/gemini/admin"
    assert (other.get_code_verifier(state), other.get_state_cookie_name(state)) == ("proof", "c")
    other.clear_oauth_state(state)
    for wrong in (oauth(b"another secret, of somebody else's platform"), oauth(oauth_state_max_age=-1)):
        assert wrong.get_code_verifier(state) is None
        assert wrong.get_next_url(state) == PREFIX
    assert other.get_code_verifier("made up") is None
    assert other.get_next_url(other.generate_state("/" + "x" * 5000)) == PREFIX


def test_secrets_come_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers: API-0. The cookies' secret and the database's address; too short a secret is refused by name."""
    secret, address = tmp_path / "cookie", tmp_path / "url"
    secret.write_bytes(SECRET + b"\n")
    address.write_text("postgresql+psycopg://gemini:hush@db/gemini\n")
    monkeypatch.setenv("GEMINI_COOKIE_SECRET_FILE", str(secret))
    monkeypatch.setenv("GEMINI_DATABASE_URL_FILE", str(address))
    monkeypatch.setenv("GEMINI_CONTROL_IP", "0.0.0.0")
    app = GeminiControl(home=str(tmp_path))
    assert (app.secret, app.ip) == (SECRET, "0.0.0.0")
    assert Place(home=str(tmp_path)).db_url == "postgresql+psycopg://gemini:hush@db/gemini"
    secret.write_text("short")
    with pytest.raises(ValueError, match="at least 32 characters"):
        app.secret  # noqa: B018
    assert not (tmp_path / "secrets").exists()


def test_prices_from_a_folder_that_nobody_writes(tmp_path: Path) -> None:
    """Covers: BILL-1. The last good prices stay in force although no copy of them can be kept."""
    # Nobody makes files there, root neither.
    given, good = tmp_path / "prices.toml", Path("/sys/prices.toml.good")
    given.write_text(DEFAULT.read_text(encoding="utf-8"))
    prices = PriceList(given, good)
    assert not good.exists() and list(tmp_path.glob("prices.toml*")) == [given]
    before = prices.current()
    given.write_text("nonsense = [")
    assert prices.current() == before and prices.fault


async def test_ready_is_more_than_alive(platform: Platform, home: Path) -> None:
    """Covers: API-0. A database of another version, or the end of the process: alive, but nobody is to come."""
    assert (await platform.ask("GET", "/health/ready", None)).data["status"] == "ok"
    platform.parts.ending = True
    assert (await platform.ask("GET", "/health/ready", None)).error["name"] == "not-ready"
    assert (await platform.ask("GET", "/health", None)).data["status"] == "ok"
    platform.parts.ending = False
    migrate.downgrade(Home(home).database_url, "0007_list_order")
    answer = await platform.ask("GET", "/health/ready", None)
    assert (answer.status, answer.error["name"]) == (503, "not-ready")
    assert (await platform.ask("GET", "/health", None)).status == 200


async def test_an_old_program_does_not_begin_on_a_new_database(home: Path, hub: FakeHub) -> None:
    """Covers: TRAIN-10. It refuses to start, and touches nothing."""
    migrate.downgrade(Home(home).database_url, "0007_list_order")
    with pytest.raises(migrate.WrongVersion, match="db upgrade"):
        await make_app(home, hub).start_async()


@pytest.mark.parametrize(
    ("text", "said"), [('{"namespace": "n", "images": 3}', "images is missing"), (None, "No such")]
)
def test_a_bad_plan_of_a_cluster_is_said_in_one_line(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str | None, said: str
) -> None:
    """Covers: RES-1. It names the variable, the file and the place, and nothing starts."""
    plan = home / "plan.json"
    if text is not None:
        plan.write_text(text)
    monkeypatch.setenv("GEMINI_CLUSTER", str(plan))
    with pytest.raises(BadPlan, match=f"GEMINI_CLUSTER: .*plan.json: .*{said}"):
        make_backend(home)

    def launch(argv: list[str]) -> None:
        make_backend(home)

    monkeypatch.setattr(GeminiControl, "launch_instance", launch)
    assert serve([]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
