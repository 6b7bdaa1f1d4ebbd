"""What everything else is limited by."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.figures import Figure
from bench.machine import controls

from bench_cluster.place import Place


def measure(place: Place) -> list[Figure]:
    """Durable writes where the database writes, the loopback."""
    with tempfile.TemporaryDirectory(prefix="gemini-bench-") as folder:
        return controls(Path(folder))
