"""The training form, in its order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from gemini_core.ranks import Role
from gemini_core.submissions import Form, problems, trimmed

GOOD = Form("digits", ("ds-aaaaaaaaaa",), (), "existing", "env-aaaaaaaaaa")
APART = replace(GOOD, launch_mode="dynamic", environment_id="", zone="z")


@pytest.mark.parametrize(
    ("form", "names"),
    [
        (GOOD, []),
        (replace(GOOD, launch_mode="dynamic", zone="local"), []),
        (Form(launch_mode="existing"), ["task-name-required", "dataset-required", "environment-required"]),
        (Form(launch_mode="dynamic"), ["task-name-required", "dataset-required", "zone-required"]),
        (replace(GOOD, task_name=""), ["task-name-required"]),
        (replace(GOOD, launch_mode=""), ["launch-mode-unknown"]),
        (replace(GOOD, task_name="a" * 64), []),
        (replace(GOOD, task_name="a" * 65), ["too-long"]),
        (replace(GOOD, task_name="a\0b"), ["control-characters"]),
        (replace(GOOD, task_name="\ud800"), ["control-characters"]),
        (replace(GOOD, task_name="🔥 <b>../../etc</b>"), []),
        (replace(GOOD, command="a\nb\tc"), []),
        (replace(GOOD, command="a\0b"), ["control-characters"]),
        (replace(GOOD, description="x" * 2001), ["too-long"]),
        (replace(GOOD, datasets=("1", "2", "3", "4")), ["too-many-mounts"]),
        (replace(GOOD, models=("1", "1")), ["mounted-twice"]),
        (replace(GOOD, mode="horovod"), ["mode-needs-dynamic"]),
        (replace(GOOD, launch_mode="dynamic", zone="z", mode="horovod"), ["mode-not-yet"]),
        (replace(APART, mode="distributed"), ["roles-required"]),
        (replace(APART, mode="distributed", roles=(Role("worker", 2, "python"),)), []),
        (replace(APART, mode="distributed", roles=(Role("worker", 0, ""),)), ["role-instances"]),
        (replace(APART, mode="distributed", roles=(Role("worker", 1, "a\0"),)), ["control-characters"]),
        (replace(APART, roles=(Role("worker", 1, ""),)), ["roles-need-distributed"]),
        (replace(GOOD, mode="x"), ["mode-unknown"]),
        (replace(GOOD, max_duration=0.0), ["duration-out-of-range"]),
        (replace(GOOD, max_duration=float("nan")), ["duration-out-of-range"]),
        (replace(GOOD, max_duration=60.0), []),
    ],
)
def test_the_form_is_checked_in_its_order(form: Form, names: list[str]) -> None:
    """Covers: TRAIN-3, TRAIN-3b."""
    assert [problem.name for problem in problems(form)] == names


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (Form(launch_mode="existing"), "请输入任务名称"),
        (Form("a", launch_mode="existing"), "请选择数据集"),
        (Form("a", ("d",), launch_mode="existing"), "请选择开发环境"),
        (Form("a", ("d",), launch_mode="dynamic"), "请选择可用区"),
    ],
)
def test_the_first_problem_is_said_to_the_letter(form: Form, said: str) -> None:
    """Covers: TRAIN-3."""
    assert problems(form)[0].text("zh-CN") == said


def test_every_problem_speaks_both_languages() -> None:
    """Covers: TRAIN-3."""
    worst = Form("a" * 65, ("1", "2", "3", "4"), ("1", "1"), "x", mode="x", max_duration=-1.0, command="\0")
    for form in (worst, Form(), replace(GOOD, mode="horovod"), replace(GOOD, launch_mode="dynamic", mode="horovod")):
        for problem in problems(form):
            assert problem.text("en") != problem.text("zh-CN")
            assert problem.field


@pytest.mark.parametrize(("text", "left"), [(None, ""), ("  a b \n", "a b"), ("\u3000名\u3000", "名")])
def test_texts_are_trimmed(text: str | None, left: str) -> None:
    """Covers: TRAIN-3."""
    assert trimmed(text) == left
