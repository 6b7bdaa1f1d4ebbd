"""What a container asks for to get cards, whole ones or shares, and which variables tell it so."""

from __future__ import annotations

from gemini_core.cluster_plan import HAMI, CardKind

UNLIMITED = "CUDA_DISABLE_CONTROL"
"""With this variable a container would switch the limits of its share off: nobody sets it but us."""


def limits(card: CardKind | None, count: int) -> dict[str, str]:
    """The resources of `count` cards (of shares: each with its memory in MiB and its percent of processors)."""
    if card is None or count <= 0:
        return {}
    found = {card.resource: str(count)}
    if card.dialect == HAMI:
        vendor = card.resource.rpartition("/")[0]
        share = {"gpumem": card.share_memory_mib, "gpucores": card.share_cores}
        found |= {f"{vendor}/{name}": str(amount) for name, amount in share.items() if amount}
    return found


def variables(card: CardKind | None, count: int) -> dict[str, str]:
    """The variables of a container with so many cards. With cards the node says which ones they are.

    Without, an image that was made for cards would be given all of the node's.
    """
    if card is None or count <= 0:
        return {"NVIDIA_VISIBLE_DEVICES": "void", "CUDA_VISIBLE_DEVICES": ""}
    return {UNLIMITED: "false"} if card.dialect == HAMI else {}
