"""What a task looks like: true, calm, and never markup of somebody else's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from gemini_core.errors import GeminiError
from gemini_core.states import TaskState
from gemini_magics.faces import Output
from gemini_magics.progress import Progress
from gemini_magics.rendering import Look, Seen, badge, cost_now, render
from gemini_magics.tables import Column, Table

NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
MODEL: dict[str, Any] = {
    "id": "task-aaaaaaaaaa",
    "taskName": "train",
    "state": "running",
    "reason": None,
    "position": None,
    "environmentName": "my lab",
    "cpuCores": 2,
    "memory": 4,
    "gpuType": None,
    "gpuCount": 0,
    "startedAt": "2026-11-22T09:56:40Z",
    "endedAt": None,
    "exitCode": None,
    "cost": "0.001000",
    "costIsShare": True,
    "pricePerHour": "0.600000",
}
FAILED = {
    "state": "failed",
    "endedAt": "2026-11-22T09:58:00Z",
    "exitCode": 2,
    "reason": {"code": "code", "message": "代码错误", "detail": "", "remedy": "请查看日志末尾。"},
}


def look(language: str = "en") -> Look:
    """How it is shown."""
    return Look(language, "/services/gemini/training-jobs/task-aaaaaaaaaa")


def test_in_words() -> None:
    """State, name, place, time, cost, price, last lines, what next. Covers: NB-1."""
    seen = Seen(MODEL, NOW, ("one", "two"), Progress(0.625, 5, 8))
    assert render(seen, look(), NOW).plain.splitlines() == [
        "● Running  train (task-aaaaaaaaaa) in my lab",
        "  62% · 3 min 20 s · < 0.01 points · 0.60 points/h (share of the environment's)",
        "  | one",
        "  | two",
        "  Follow it: %gemini logs task-aaaaaaaaaa --follow   Stop it: %gemini stop task-aaaaaaaaaa",
    ]


def test_a_failure_in_chinese() -> None:
    """Why, what to do, the exit code; no price any more, no bar, nothing to stop. Covers: NB-1, TRAIN-9."""
    pieces = render(Seen({**MODEL, **FAILED}, NOW, ("KeyError",), Progress(0.5)), look("zh-CN"), NOW)
    assert pieces.plain.splitlines() == [
        "✗ 失败  train (task-aaaaaaaaaa) 在 my lab 中",
        "  1分20秒 · < 0.01 算力点 · 退出码 2",
        "  代码错误。请查看日志末尾。",
        "  | KeyError",
    ]
    assert pieces.bar == "" and "代码错误。请查看日志末尾。" in pieces.facts


def test_nothing_typed_or_printed_is_markup() -> None:
    """Covers: NB-1, TEN-3."""
    evil = "<img src=x onerror=alert(1)>"
    model = {
        **MODEL,
        "taskName": evil,
        "environmentName": evil,
        "reason": {"message": evil, "detail": "", "remedy": ""},
    }
    seen = Seen({**model, "state": "failed"}, NOW, (evil,))
    whole = render(seen, Look("en", f'/x"{evil}'), NOW).whole()
    assert "<img" not in whole and whole.count("&lt;img") == 5


@pytest.mark.parametrize("state", TaskState)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_state_is_a_dot_an_icon_and_a_word(state: TaskState, language: str) -> None:
    """Never colour alone. Covers: NB-1."""
    said = badge(state, language)
    assert "gm-nb-dot" in said and "<path" in said and f'data-state="{state}"' in said
    assert render(Seen({**MODEL, "state": state}, NOW), look(language), NOW).plain


def test_the_cost_grows_by_the_minute_while_it_runs() -> None:
    """Covers: BILL-8."""
    later = NOW + timedelta(seconds=150)
    assert str(cost_now(Seen(MODEL, NOW), later)) == "0.021000"
    assert str(cost_now(Seen({**MODEL, "state": "succeeded"}, NOW), later)) == "0.001000"


def test_what_waits_says_where_it_stands() -> None:
    """Covers: NB-1, RES-4."""
    reason = {"message": "Not enough free resources", "detail": "", "remedy": "It starts by itself."}
    model = {**MODEL, "state": "queued", "environmentName": None, "startedAt": None, "position": 2, "reason": reason}
    model |= {"gpuType": "A100", "gpuCount": 2, "costIsShare": False}
    assert render(Seen(model, NOW), look(), NOW).plain.splitlines()[:3] == [
        "○ Queued  train (task-aaaaaaaaaa) on 2x A100 · 2 CPU · 4 GB",
        "  position 2 in the queue · 0.60 points/h",
        "  Not enough free resources. It starts by itself.",
    ]


def test_a_table_is_a_list_and_reads_well() -> None:
    """In a terminal too, where a Han character takes two columns. Covers: NB-1."""
    found = Table(
        [{"a": 1}, {"a": 2}], [Column("名称"), Column("Cost", True)], [["<b>训练</b>", "1.50"], ["x", "10.00"]]
    )
    assert found == [{"a": 1}, {"a": 2}]
    assert str(found) == "名称   Cost\n训练   1.50\nx     10.00"
    assert str(Table([], [Column("名称")], [], "None yet.")) == "None yet."
    assert "<b>训练</b>" in found._repr_html_()


class Screen:
    """Where output is replaced; keeps what it was told last."""

    def update(self, bundle: dict[str, str], raw: bool) -> None:
        """Takes the place of what was there."""
        self.bundle = bundle


def test_why_a_task_is_lost_is_text() -> None:
    """A refusal may hold what others named; it is no markup. Covers: NB-1."""
    output, screen = Output(look()), Screen()
    output.handle = screen  # type: ignore[assignment]
    output.lose(GeminiError("wire", message="<img src=x onerror=alert(1)>"))
    assert "&lt;img" in screen.bundle["text/html"] and "<img" not in screen.bundle["text/html"]
