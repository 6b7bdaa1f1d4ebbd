"""The sample's data and its training are real."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from gemini_cli.sample.digits import make_files


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset as the platform mounts it."""
    folder = tmp_path_factory.mktemp("data")
    for path, content in make_files().items():
        target = folder / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
    return folder


def train(data: Path, output: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the sample's program as a task does."""
    mine = {"GEMINI_DATA_1": str(data), "GEMINI_OUTPUT": str(output), "GEMINI_TASK_ID": "task-abcdefghij"}
    with as_file(files("gemini_cli") / "sample" / "code" / "train.py") as program:
        argv = [sys.executable, str(program), *arguments]
        return subprocess.run(argv, env={**os.environ, **mine}, capture_output=True, text=True, check=False)


def test_the_digits_are_all_there(data: Path) -> None:
    """Every row, and a picture a person can look at."""
    assert len((data / "digits.csv").read_text().splitlines()) == 1798
    assert (data / "images" / "7.png").read_bytes().startswith(b"\x89PNG")


def test_it_learns(data: Path, tmp_path: Path) -> None:
    """A few epochs read nine digits of ten, and leave a model, metrics and scalars. Covers: TB-1."""
    done = train(data, tmp_path, "--epochs", "8")
    assert done.returncode == 0, done.stderr
    assert "epoch 8/8" in done.stdout
    assert json.loads((tmp_path / "metrics.json").read_text())["accuracy"] > 0.9
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(tmp_path)).Reload()
    assert len(events.Scalars("loss/train")) == 8
    assert events.Scalars("loss/train")[-1].value < events.Scalars("loss/train")[0].value
    assert list(tmp_path.glob("model.*"))


def test_missing_data_is_said_in_a_sentence(tmp_path: Path) -> None:
    """Without the dataset: what to do, no traceback."""
    done = train(tmp_path / "nowhere", tmp_path)
    assert done.returncode == 1
    assert "Mount the dataset" in done.stderr and "Traceback" not in done.stderr
