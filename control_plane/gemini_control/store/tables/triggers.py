"""What the database itself refuses: a change of the ledger or of the audit log. Migrations make these triggers."""

from __future__ import annotations

_FUNCTION = (
    "CREATE OR REPLACE FUNCTION gemini_append_only() RETURNS trigger AS "
    "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$ LANGUAGE plpgsql"
)


def append_only(table: str, dialect: str) -> tuple[str, ...]:
    """The statements that forbid UPDATE and DELETE on a table, for `sqlite` or `postgresql`."""
    names = [
        (verb, f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}") for verb in ("UPDATE", "DELETE")
    ]
    if dialect == "sqlite":
        return tuple(f"{made} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END" for _, made in names)
    return (_FUNCTION, *(f"{made} FOR EACH ROW EXECUTE FUNCTION gemini_append_only()" for _, made in names))
