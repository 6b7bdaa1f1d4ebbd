"""The command as a whole: what starts quickly, what each ending says, help, completion of verbs."""

from __future__ import annotations

import json
import resource
import socket
import subprocess
import sys

import pytest
from gemini_cli.program import PLACES, run

from cli.shell import Shell

SLOW = ("aiohttp", "tornado", "rich", "sqlalchemy", "jupyterhub", "asyncio")


def test_help_loads_nothing_that_is_slow() -> None:
    """`gemini --help` answers at once: the libraries of the client are loaded by who speaks to it. Covers: NB-2."""
    program = (
        "import sys; from gemini_cli.program import run; run(['--help']);"
        f"sys.stderr.write(' '.join(name for name in {SLOW!r} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "Commands:" in done.stdout
    assert done.stderr == ""


def test_help_is_quick(nobody: Shell) -> None:
    """Less than 0.3 s of work, counted as the processor's time: a busy machine changes nothing. Covers: NB-2."""
    took = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert nobody("--help").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(took) < 0.3, took


def test_every_verb_explains_itself(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In the person's language, with its options. Covers: NB-2."""
    for verb in (*PLACES, "env create", "data put"):
        if verb in ("db", "store"):  # the help of another program
            continue
        for language, usage in (("en", f"Usage: gemini {verb}"), ("zh-CN", f"用法：gemini {verb}")):
            monkeypatch.setenv("GEMINI_LANGUAGE", language)
            assert run([*verb.split(), "--help"]) == 0
            shown = capsys.readouterr().out
            assert shown.startswith(usage)
            assert ("Show this message" in shown) == (language == "en")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("tasks", 3, "gemini login"),
        ("env list --json", 3, "gemini login"),
        ("tasks --url http://127.0.0.1:1", 3, "gemini login"),
        ("trian", 2, "Did you mean train?"),
        ("env", 2, "Usage"),
        ("tasks --statt running", 2, "--statt"),
        ("tasks --state asleep", 2, "asleep"),
        ("status a b", 2, "unexpected extra argument"),
        ("login nonsense --token x", 1, "is no address of a platform"),
        ("login", 2, "https://hub.example.org"),
        ("logout", 0, ""),
    ],
)
def test_how_it_ends_for_nobody(nobody: Shell, words: str, code: int, said: str) -> None:
    """A sentence and a code; no traceback, and JSON stays JSON. Covers: NB-2."""
    done = nobody(*words.split())
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done
    assert said in done.stderr
    if "--json" in words:
        assert json.loads(done.stdout)["error"]["name"] == "not-connected"


def test_a_platform_that_is_down(nobody: Shell) -> None:
    """Code 4, said in the person's language; `doctor` says what to do. Covers: NB-2."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody.variables = {"GEMINI_URL": f"http://127.0.0.1:{closed.getsockname()[1]}", "GEMINI_TOKEN": "secret"}
        done = nobody("tasks", LANG="zh_CN.UTF-8")
        assert done.returncode == 4
        assert "平台暂时没有响应" in done.stderr
        done = nobody("doctor", "--json")
        assert done.returncode == 4
        (check,) = json.loads(done.stdout)["checks"]
        assert (check["name"], check["state"]) == ("connection", "failed")
        assert "secret" not in done.stdout + done.stderr


def test_something_else_answers_there(nobody: Shell) -> None:
    """A web server that is no platform is named as such, and keeps no token. Covers: NB-2."""
    server = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(nobody.home)]
    with subprocess.Popen(server, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as other:
        assert other.stdout is not None
        address = other.stdout.readline().split("(")[1].split(")")[0]
        done = nobody("login", address, "--token", "secret")
        other.kill()
    assert done.returncode == 1
    assert "There is no Gemini platform at" in done.stderr


def test_a_closed_pipe_is_no_error(nobody: Shell) -> None:
    """`gemini … | head` ends quietly. Covers: NB-2."""
    script = f"{sys.executable} -m gemini_cli --help | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], env=nobody.environment, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("Usage")
    assert "Error" not in done.stderr


def test_doctor_before_the_first_start(nobody: Shell) -> None:
    """`--machine` says whether a platform could run here; to be signed in nowhere is no fault of it. Covers: NB-2."""
    done = nobody("doctor", "--machine", "--json", GEMINI_PORT="1")
    assert done.returncode == 1
    assert "GEMINI_PORT=1" in done.stderr
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = nobody("doctor", "--machine", "--json", GEMINI_PORT=str(port))
    checks = {one["name"]: one for one in json.loads(done.stdout)["checks"]}
    assert done.returncode == 1
    assert checks["ports"]["state"] == "failed" and str(port) in checks["ports"]["message"]
    assert (checks["programs"]["state"], checks["connection"]["state"]) == ("ok", "warning")


def test_zsh_and_fish_get_their_script(nobody: Shell) -> None:
    """Covers: NB-2."""
    for shell, sign in (("zsh", "compdef"), ("fish", "complete --no-files")):
        done = nobody("completion", shell)
        assert done.returncode == 0 and sign in done.stdout
