"""`python -m gemini_hub add-user FILE NAME`: sets a person's password, read from standard input."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from gemini_hub.passwords import hash_password


def add_user(path: Path, name: str, password: str) -> None:
    """Writes the person's hash into the file of people (mode 0600), replacing an older one. The hub knows people by
    names in small letters."""
    people = json.loads(path.read_text()) if path.exists() else {}
    people[name.lower()] = hash_password(password)
    draft = path.with_suffix(".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(people, file, indent=1)
    draft.replace(path)


def main() -> None:
    """Reads the arguments; the password comes by standard input so that no process list shows it."""
    parser = argparse.ArgumentParser(prog="python -m gemini_hub", description=__doc__)
    verbs = parser.add_subparsers(required=True)
    verb = verbs.add_parser("add-user", help="set a person's password, read from standard input")
    verb.add_argument("file", type=Path)
    verb.add_argument("name")
    given = parser.parse_args()
    add_user(given.file, given.name, sys.stdin.readline().rstrip("\n"))


if __name__ == "__main__":
    main()
