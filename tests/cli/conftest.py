"""Shells of people: `nobody` has not signed in, `alice` and `bob` have, on the platform of this session."""

from __future__ import annotations

from pathlib import Path

import pytest
from gemini_cli.words import speak
from platform_fixture import Platform

from cli.shell import Shell


@pytest.fixture(autouse=True)
def english() -> None:
    """Each test begins in English, whatever the one before it spoke."""
    speak("en")


@pytest.fixture
def nobody(tmp_path: Path) -> Shell:
    """A shell in an empty home."""
    home = tmp_path / "nobody"
    home.mkdir()
    return Shell(home)


def _signed_in(platform: Platform, folder: Path, name: str) -> Shell:
    home = folder / name
    home.mkdir()
    shell = Shell(home)
    done = shell("login", platform.url, stdin=platform.token(name))
    assert done.returncode == 0, done.stderr
    return shell


@pytest.fixture
def alice(platform: Platform, tmp_path: Path) -> Shell:
    """The owner's shell."""
    return _signed_in(platform, tmp_path, "alice")


@pytest.fixture
def bob(platform: Platform, tmp_path: Path) -> Shell:
    """A member's shell."""
    return _signed_in(platform, tmp_path, "bob")
