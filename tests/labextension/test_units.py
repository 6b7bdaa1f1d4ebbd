"""The front end's pure parts, by tables: bundled as the pages are, run by node's own test runner."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).parent / "units"
FRONT_END = Path(__file__).parents[2] / "labextension"
ESBUILD = FRONT_END / "node_modules/.bin/esbuild"


@pytest.mark.parametrize("unit", sorted(UNITS.glob("*.test.ts")), ids=lambda path: path.name.split(".")[0])
def test_unit(unit: Path, tmp_path: Path) -> None:
    """Covers: TRAIN-2, TRAIN-3, TRAIN-8, API-3, API-5, ENV-8, BILL-8 (each file names its own)."""
    bundle = tmp_path / "unit.mjs"
    options = ["--bundle", "--platform=node", "--format=esm", "--log-level=warning", f"--outfile={bundle}"]
    # Node comes with the virtual environment.
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([str(ESBUILD), str(unit), *options], check=True, cwd=FRONT_END, env=env)
    run = ["node", "--test", str(bundle)]
    ran = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False, env=env)
    assert ran.returncode == 0, ran.stdout + ran.stderr
