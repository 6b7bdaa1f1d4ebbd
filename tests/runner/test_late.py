"""A rank in a pod of its own: it learns its index from the Job, and shares the task's folder with the others."""

from __future__ import annotations

import json

from .rig import Runner

SHOW = 'echo "$RANK of $WORLD_SIZE, $TF, $(cat "$HOSTS_THERE")"'


def test_a_rank_computes_its_number_from_the_index(runner: Runner) -> None:
    """Number, log, variables and the file of its state are the index's.

    Covers: TRAIN-6
    """
    order = runner.order(SHOW)
    order["ranks"][0]["role"] = "worker"
    order["ranks"][0]["env"] = {"WORLD_SIZE": "4", "HOSTS_THERE": f"{order['folder']}/hosts"}
    order["ranks"][0]["late"] = {"RANK": ["", 1, ""], "TF": ["[", 0, "]"]}
    order |= {"index_from": "JOB_COMPLETION_INDEX", "hosts": "a slots=1\n"}
    assert runner.start({"kind": "task", "task": order}, {"JOB_COMPLETION_INDEX": "2"}).wait() == 0
    folder = runner.run / "tasks" / "task-1"
    assert (folder / "worker-2.log").read_text() == "3 of 4, [2], a slots=1\n"
    state = json.loads((folder / "worker-2.json").read_text())
    assert (state["state"], state["ranks"][0]["role"], state["ranks"][0]["rank"]) == ("ended", "worker", 2)
    assert not (folder / "state.json").exists()


def test_a_rank_without_an_index_is_refused(runner: Runner) -> None:
    """Nothing starts where nobody says which rank it is.

    Covers: TRAIN-6
    """
    order = {**runner.order(SHOW), "index_from": "JOB_COMPLETION_INDEX"}
    assert runner.start({"kind": "task", "task": order}, {}).wait() == 2
    assert "JOB_COMPLETION_INDEX" in (runner.run / "runner.err").read_text()
