"""Requests made from the OpenAPI document itself, by the thousand: what is served is what is described."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from control_plane.platform import PREFIX, Platform
from control_plane.world import Lab

TESTS = Path(__file__).parents[1]
CONFIG = Path(__file__).with_name("schemathesis.toml")


SPAWNERS = ("--include-path-regex", "^/(launch-plans|environment-observations)/", "--phases", "coverage,fuzzing")
"""What the spawner alone may ask."""
OPERATORS = ("--phases", "coverage")
"""An operator's requests differ in what they find, not in kind."""


@pytest.mark.parametrize(("person", "which"), [("owner", ()), ("operator", OPERATORS), ("spawner", SPAWNERS)])
async def test_every_route_keeps_its_word(
    world: Lab, platform: Platform, person: str, which: tuple[str, ...], tmp_path: Path
) -> None:
    """Covers: API-1, API-5. All checks of schemathesis, as a person, as an operator and as the spawner."""
    address = f"http://127.0.0.1:{platform.app.port}{PREFIX}api/v1/openapi.json"
    child = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIG)),
        *("run", address, *which, "--header", f"Authorization: token token-of-{person}"),
        cwd=tmp_path,
        env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(TESTS)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert child.stdout is not None
    said = (await child.stdout.read()).decode(errors="replace")
    assert await child.wait() == 0, said
