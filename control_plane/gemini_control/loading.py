"""Loading a catalogue of zones into the database, from the command line; a running platform sees it at once."""

from __future__ import annotations

from pathlib import Path

from gemini_core import catalogue
from sqlalchemy import Connection, func, select

from gemini_control.managers.zone_rows import write_zone
from gemini_control.store import migrate
from gemini_control.store import tables as t
from gemini_control.store.database import Store

SAMPLE = Path(__file__).parent / "catalogues" / "sample.toml"


def load(db_url: str, name: str) -> list[str]:
    """Write the zones of a file (`sample`: the one that we ship), after those that are there; their names.

    BadCatalogue or OSError where the file cannot be used; then nothing is written.
    """
    path = SAMPLE if name == "sample" else Path(name)
    zones = catalogue.parse(path.read_text(encoding="utf-8"))
    migrate.check(db_url)
    store = Store(db_url)

    def write(tx: Connection) -> None:
        last = int(tx.scalar(select(func.coalesce(func.max(t.zones.c.position), 0))) or 0)
        for number, zone in enumerate(zones, start=1):
            write_zone(tx, zone, last + number)

    try:
        store.write_now(write)
    finally:
        store.close()
    return [zone.name for zone in zones]
