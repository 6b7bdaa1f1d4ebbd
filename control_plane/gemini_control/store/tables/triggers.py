"""What the database itself refuses: a change of the ledger or of the audit log.

The first migration makes them; they are here so that the reader of the tables finds them.
"""

from __future__ import annotations

APPEND_ONLY = ("transactions", "postings", "audit")


def _sqlite(table: str, verb: str) -> str:
    return (
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _postgresql(table: str, verb: str) -> str:
    return (
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION gemini_append_only()"
    )


POSTGRESQL_FUNCTION = (
    "CREATE OR REPLACE FUNCTION gemini_append_only() RETURNS trigger AS "
    "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$ LANGUAGE plpgsql"
)

TRIGGERS: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(_sqlite(table, verb) for table in APPEND_ONLY for verb in ("UPDATE", "DELETE")),
    "postgresql": (
        POSTGRESQL_FUNCTION,
        *(_postgresql(table, verb) for table in APPEND_ONLY for verb in ("UPDATE", "DELETE")),
    ),
}
"""By dialect, the statements that make them."""
