"""How far a task is, only where its log says so."""

from __future__ import annotations

import pytest
from gemini_magics.progress import Progress, progress_of, readable


@pytest.mark.parametrize(
    ("lines", "progress"),
    [
        (["epoch 3/10  loss 0.2"], Progress(0.3, 3, 10)),
        (["Epoch [3/10], Step [20/100]"], Progress(0.3, 3, 10)),
        (["Epoch: 3 of 4"], Progress(0.75, 3, 4)),
        ([" 45%|████▌     | 45/100 [00:01<00:01]"], Progress(0.45)),
        (["progress: 12.5 %"], Progress(0.125)),
        (["Epoch 2/4:  50%|█████     |"], Progress(0.375, 2, 4)),
        (["epoch 3/10", " 99%|█████████▉|"], Progress(0.3, 3, 10)),
        (["epoch 1/10", "epoch 2/10", "saving"], Progress(0.2, 2, 10)),
        (["accuracy 95%", "loss 3%"], None),
        (["epoch 11/10", "epochs: 5", "120%|#"], None),
        (["epoch 0/0"], None),
        (["epoch 1/2", *["x"] * 60], None),
        ([], None),
    ],
)
def test_progress_is_read_and_never_guessed(lines: list[str], progress: Progress | None) -> None:
    """Covers: NB-1."""
    assert progress_of(lines) == progress


def test_lines_are_what_a_terminal_leaves() -> None:
    """No colours, no overwritten bars, no bells; a file with CRLF has lines. Covers: NB-1."""
    log = "\x1b[31mred\x1b[0m\r\n 1%|#\r 50%|##\r100%|###\n\nbell\x07 \x1b]0;title\x07训练\n"
    assert readable(log) == ["red", "100%|###", "bell 训练"]
