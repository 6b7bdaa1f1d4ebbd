"""What the hub said in English, told in Chinese where it is a sentence of ours."""

from __future__ import annotations

import pytest
from gemini_core import messages
from gemini_core.refusals import retold


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("spawn-no-answer", {"detail": "240 s"}),
        ("spawn-ended", {"detail": "Traceback (most recent call last):\nModuleNotFoundError: {x}"}),
        ("spawn-killed", {"signal": "9"}),
        ("spawn-sandbox-failed", {"detail": "no room left"}),
        ("environment-not-admitted", {}),
        ("hub-unreachable", {}),
    ],
)
def test_our_own_sentences_come_back_in_the_readers_language(name: str, params: dict[str, str]) -> None:
    """Covers: ENV-6. Behind the hub's prefix, with what a machine said as it is."""
    said = f"Spawn failed: {messages.text(name, 'en', **params)}"
    assert retold(said, "zh-CN") == messages.text(name, "zh-CN", **params)
    assert retold(said, "en") == messages.text(name, "en", **params)


def test_what_the_hub_says_of_itself() -> None:
    """Known by name, or shown as it is."""
    assert retold("Spawn cancelled", "zh-CN") == "启动已取消。"
    assert retold("Spawn failed: a stranger's words", "zh-CN") == "a stranger's words"
