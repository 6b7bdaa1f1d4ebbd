"""The steps that people watch."""

from gemini_core import steps


def states(of: steps.Steps) -> list[str]:
    """The states in order."""
    return [step["state"] for step in of]


def test_steps_go_on_and_never_back() -> None:
    """Covers: TRAIN-8."""
    seen = steps.reach([], steps.PULL_IMAGE, "1")
    assert states(seen) == ["done", "done", "doing", "waiting", "waiting"]
    later = steps.reach(steps.reach(seen, steps.MOUNT, "2"), steps.FIND_NODE, "3")
    assert states(later) == ["done", "done", "done", "doing", "waiting"]
    assert [step["at"] for step in later] == ["1", "1", "2", "2", None]
    assert states(steps.finish(later, "4")) == ["done"] * 5
    assert steps.finish(later, "4")[0]["at"] == "1"


def test_what_was_under_way_is_what_failed() -> None:
    """Covers: TRAIN-8."""
    assert states(steps.fail(steps.reach([], steps.MOUNT, "1"), "2")) == ["done", "done", "done", "failed", "waiting"]
    assert states(steps.fail(steps.finish([], "1"), "2")) == ["done"] * 5
