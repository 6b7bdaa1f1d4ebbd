"""Names of folders made from what people type.

Always one valid path component (`[a-z0-9-]`, never empty, never a dot), readable where it can be;
uniqueness is never the slug's: an id follows it.
"""

from __future__ import annotations

import re
import unicodedata

LIMIT = 40
FALLBACK = "task"
_OTHER = re.compile(r"[^a-z0-9]+")


def slug(name: str) -> str:
    """`name` as at most 40 lower-case ASCII letters, digits and single hyphens; `task` where nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _OTHER.sub("-", plain)[: LIMIT * 2].strip("-")[:LIMIT].strip("-") or FALLBACK


def output_folder(task_name: str, task_id: str) -> str:
    """The folder of a task in its project's output: `<slug>-<task id>`."""
    return f"{slug(task_name)}-{task_id}"
