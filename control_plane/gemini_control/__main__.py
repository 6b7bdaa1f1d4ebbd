"""`python -m gemini_control [serve] [--home …]`: the control plane. `… db upgrade|check`: its database.

`… catalogue sample|FILE`: what it offers to run on. `… store check FOLDER`: whether a storage can hold the store.
"""

from __future__ import annotations

import argparse
import sys

from gemini_control.place import Place


def database(argv: list[str]) -> int:
    """`db upgrade` backs the database up and brings it to this version; `db check` says whether it is there (0, 1)."""
    from gemini_control.store import migrate

    parser = argparse.ArgumentParser(prog="python -m gemini_control db", description=database.__doc__)
    parser.add_argument("verb", choices=("upgrade", "check"))
    parser.add_argument("--home", help="the platform's folder; default GEMINI_HOME")
    given = parser.parse_args(argv)
    place = Place(**({"home": given.home} if given.home else {}))
    home = place.folder
    if given.verb == "upgrade":
        home.prepare()
        copy = migrate.upgrade(place.db_url, home.backups)
        if copy is not None:
            sys.stdout.write(f"The database was upgraded; the one from before is {copy}\n")
        return 0
    try:
        migrate.check(place.db_url)
    except migrate.WrongVersion as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def catalogue(argv: list[str]) -> int:
    """`catalogue sample` loads the sample catalogue, `catalogue FILE` an operator's; zones it does not name stay."""
    from gemini_core.catalogue import BadCatalogue

    from gemini_control.loading import load

    parser = argparse.ArgumentParser(prog="python -m gemini_control catalogue", description=catalogue.__doc__)
    parser.add_argument("file", help="`sample`, or a file like it")
    parser.add_argument("--home", help="the platform's folder; default GEMINI_HOME")
    given = parser.parse_args(argv)
    place = Place(**({"home": given.home} if given.home else {}))
    try:
        zones = load(place.db_url, given.file)
    except (BadCatalogue, OSError) as error:
        sys.stderr.write(f"{given.file}: {error}\n")
        return 1
    sys.stdout.write(f"Loaded: {', '.join(zones)}\n")
    return 0


def store(argv: list[str]) -> int:
    """`store check FOLDER` tries there what the store needs of a file system and names what it cannot do (1)."""
    from pathlib import Path

    from gemini_control.files.trial import try_folder

    parser = argparse.ArgumentParser(prog="python -m gemini_control store", description=store.__doc__)
    parser.add_argument("verb", choices=("check",))
    parser.add_argument("folder", type=Path)
    given = parser.parse_args(argv)
    failed = False
    try:
        for trial in try_folder(given.folder):
            failed |= trial.said is not None
            sys.stdout.write(f"{trial.name}: {trial.said or 'ok'}\n")
    except OSError as error:
        sys.stderr.write(f"Nothing can be written to {given.folder}: {error}\n")
        return 1
    if failed:
        sys.stderr.write("This storage cannot hold the store. Choose another storage class.\n")
    return int(failed)


def serve(argv: list[str]) -> int:
    """Serve until SIGTERM; refuses to start on a database of another version (3), or a cluster's bad plan (4)."""
    from gemini_core.cluster_plan import BadPlan

    from gemini_control.app import GeminiControl
    from gemini_control.store import migrate

    try:
        GeminiControl.launch_instance(argv)
    except migrate.WrongVersion as error:
        sys.stderr.write(f"{error}\n")
        return 3
    except BadPlan as error:
        sys.stderr.write(f"{error}\n")
        return 4
    return 0


def main(argv: list[str]) -> int:
    """Choose by the first word."""
    verb, *rest = argv or ["serve"]
    if verb == "db":
        return database(rest)
    if verb == "catalogue":
        return catalogue(rest)
    if verb == "store":
        return store(rest)
    return serve(rest if verb == "serve" else argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
