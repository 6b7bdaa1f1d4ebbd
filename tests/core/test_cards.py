"""Cards of a cluster, whole and shared."""

from __future__ import annotations

import pytest
from gemini_core import cards
from gemini_core.cluster_plan import CardKind

WHOLE = CardKind("A100", 40)
SLICE = CardKind("A100-1g", 5, resource="nvidia.com/mig-1g.5gb")
SHARE = CardKind("A100-share", 10, dialect="hami", share_memory_mib=10240, share_cores=25)


@pytest.mark.parametrize(
    ("card", "count", "expected"),
    [
        (None, 0, {}),
        (WHOLE, 0, {}),
        (WHOLE, 4, {"nvidia.com/gpu": "4"}),
        (SLICE, 1, {"nvidia.com/mig-1g.5gb": "1"}),
        (SHARE, 2, {"nvidia.com/gpu": "2", "nvidia.com/gpumem": "10240", "nvidia.com/gpucores": "25"}),
        (
            CardKind("P", 1, resource="my.io/card", dialect="hami", share_memory_mib=9),
            1,
            {"my.io/card": "1", "my.io/gpumem": "9"},
        ),
    ],
)
def test_what_is_asked_for(card: CardKind | None, count: int, expected: dict[str, str]) -> None:
    """Shares are told in the words of what shares them out, for each card of them. Covers: RES-3."""
    assert cards.limits(card, count) == expected


def test_what_the_container_is_told() -> None:
    """The node says which cards there are; where there are none, none are seen; a share keeps its limits."""
    assert cards.variables(None, 0) == {"NVIDIA_VISIBLE_DEVICES": "void", "CUDA_VISIBLE_DEVICES": ""}
    assert cards.variables(WHOLE, 2) == {}
    assert cards.variables(SHARE, 1) == {"CUDA_DISABLE_CONTROL": "false"}
