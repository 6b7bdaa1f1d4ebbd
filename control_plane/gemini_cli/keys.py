"""The platform's secrets, made once: tokens of its services, the cookie secret, the first people's passwords."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

FIRST_OWNER = "alice"
FIRST_MEMBER = "bob"
SERVICES = ("gemini", "gemini-hub", "gemini-setup")


def make_keys(home: Path) -> None:
    """Makes what is missing below `secrets/`; what is there stays, so that nobody is signed out by a restart."""
    folder = home / "secrets"
    folder.chmod(0o700)
    tokens = {"services": {name: secrets.token_hex(32) for name in SERVICES}, "proxy": secrets.token_hex(32)}
    _make(folder / "tokens.json", json.dumps(tokens))
    _make(folder / "cookie_secret", secrets.token_hex(32))
    _make(folder / "people.json", json.dumps({"first_owner": FIRST_OWNER, "operators": [FIRST_OWNER]}))
    people = (FIRST_OWNER, FIRST_MEMBER)
    _make(folder / "passwords.txt", "".join(f"{name} {secrets.token_urlsafe(9)}\n" for name in people))
    if not (folder / "users.json").exists():
        _make_users(folder)


def _make_users(folder: Path) -> None:
    # Each person is written on its own; a start that was interrupted here must write them all again.
    users, draft = folder / "users.json", folder / "users.draft"
    draft.unlink(missing_ok=True)
    for name, password in passwords(folder.parent).items():
        argv = [sys.executable, "-m", "gemini_hub", "add-user", str(draft), name]
        subprocess.run(argv, input=password, text=True, check=True)
    draft.replace(users)


def passwords(home: Path) -> dict[str, str]:
    """The generated passwords, by name; a person's own one is never among them."""
    lines = (home / "secrets" / "passwords.txt").read_text().splitlines()
    return dict(line.split(" ", 1) for line in lines if line.strip())


def tokens(home: Path) -> dict[str, Any]:
    """The services' tokens and the proxy's password."""
    found: dict[str, Any] = json.loads((home / "secrets" / "tokens.json").read_text())
    return found


def _make(path: Path, text: str) -> None:
    if path.exists():
        return
    draft = path.with_name(path.name + ".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
