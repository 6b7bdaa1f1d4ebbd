"""What others named or wrote does not speak to the terminal of who reads it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from gemini_cli.following import write
from gemini_cli.output import Output, styled

CLIPBOARD = "\x1b]52;c;cm0gLXJmIH4=\x07"
ASKS = "\x1b[21t\x9b6n\x1bP$qm\x1b\\"


class Screen(io.StringIO):
    """A terminal's file."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def screen_of(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Standard output and standard error on a terminal, from now on: pytest sets them anew for each phase."""
    seen = Screen()
    monkeypatch.setattr("sys.stdout", seen)
    monkeypatch.setattr("sys.stderr", seen)
    monkeypatch.setenv("TERM", "xterm")
    return seen


def _shown_by(output: Output) -> dict[str, Any]:
    evil = f"a{CLIPBOARD}{ASKS}b"
    return {
        "say": lambda: output.say("Deleted: {name}", name=evil),
        "note": lambda: output.note("Deleted: {name}", name=evil),
        "table": lambda: output.table(["Name"], [[evil], [styled(evil, "red")]]),
        "facts": lambda: output.facts([("Name", evil)]),
        "print": lambda: output.notes.print(evil, soft_wrap=True),
    }


@pytest.mark.parametrize("way", ["say", "note", "table", "facts", "print"])
def test_no_control_sequence_of_anothers_reaches_the_terminal(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """Neither the clipboard nor the terminal's answers are another's to have. Covers: NB-2."""
    screen = screen_of(monkeypatch)
    _shown_by(Output())[way]()
    seen = screen.getvalue()
    assert "52;c" in seen and "b" in seen
    assert not any(one in seen for one in ("\x1b]", "\x1bP", "\x07", "\x9b", "\x1b[21t"))


def test_a_log_keeps_its_colours_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours, carriage returns and moves of a progress bar are shown; the rest is not. Covers: NB-2, TRAIN-8."""
    screen = screen_of(monkeypatch)
    log = "\x1b[1;31mred\x1b[0m\r 50%\x1b[K\x1b[A\n"
    write({"text": log + CLIPBOARD + ASKS})
    seen = screen.getvalue()
    assert seen.startswith(log)
    assert not any(one in seen[len(log) :] for one in "\x1b\x07\x9b")
