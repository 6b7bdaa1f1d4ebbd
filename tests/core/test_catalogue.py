"""Zones: of a machine, and from an operator's file."""

from __future__ import annotations

from pathlib import Path

import gemini_control
import pytest
from gemini_core.catalogue import BadCatalogue, of_machine, parse

GB = 2**30
ONE = """
[[zones]]
id = "az-x"
name = "X"
region = "R"
[[zones.gpus]]
type = "A100"
declared = 2
memory_gb = 80
[[zones.specifications]]
class = "P"
number = 1
cpu_cores = 4
memory_gb = 16
gpu_type = "A100"
gpu_count = 1
"""


@pytest.mark.parametrize(
    ("cores", "memory", "names", "default"),
    [
        (2, 24, ["B1", "B2", "S1"], "S1"),
        (8, 64, ["B1", "B2", "S1", "S2", "P1"], "S1"),
        (4, 4, ["B1", "B2"], "B2"),
        (1, 2, ["B1"], "B1"),
        (1, 1, ["B1"], "B1"),
    ],
)
def test_specifications_of_a_machine(cores: int, memory: int, names: list[str], default: str) -> None:
    """Covers: RES-2. What it has, and a default of at most half of its memory."""
    zone = of_machine(cores, memory * GB, {}, 50)
    assert [one.name for one in zone.specifications] == names
    chosen = [one for one in zone.specifications if one.is_default]
    assert [one.name for one in chosen] == [default]
    assert chosen[0].memory_gb <= memory / 2
    assert all(one.cpu_cores <= max(cores, 0.5) and one.memory_gb <= memory * 0.8 for one in zone.specifications)


def test_cards_of_a_machine() -> None:
    """Covers: RES-1. The cards found, and specifications with one, two, and all of them."""
    zone = of_machine(16, 128 * GB, {"A100": (3, 80 * GB)}, 50)
    assert [(gpu.type, gpu.declared, gpu.memory_gb) for gpu in zone.gpus] == [("A100", 3, 80)]
    assert [one.gpu_count for one in zone.specifications if one.gpu_count] == [1, 2, 3]
    assert len({one.name for one in zone.specifications}) == len(zone.specifications)


def test_the_sample_catalogue_is_the_specifications() -> None:
    """Covers: RES-1. Zones, types and labels to the letter."""
    zones = parse((Path(gemini_control.__file__).parent / "catalogues" / "sample.toml").read_text())
    assert [(zone.id, zone.name) for zone in zones] == [
        ("az-bj-a", "北京可用区A"),
        ("az-bj-b", "北京可用区B"),
        ("az-sh-a", "上海可用区A"),
        ("az-sh-b", "上海可用区B"),
        ("az-sz-a", "深圳可用区A"),
        ("az-sz-c", "深圳可用区C"),
    ]
    assert {zone.region for zone in zones} == {"北京", "上海", "深圳"}
    cards = {gpu.type: (gpu.memory_gb, gpu.label) for zone in zones for gpu in zone.gpus}
    assert cards == {
        "A100": (80, "高性能"),
        "V100": (32, "标准性能"),
        "T4": (16, "入门级"),
        "RTX3090": (24, "性价比"),
    }
    assert all(zone.available for zone in zones)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[[zones]]", "[[zone]]", "no \\[\\[zones\\]\\]"),
        ('"az-x"', '"AZ X"', "small letters"),
        ('"az-x"', "7", "id is missing"),
        ("declared = 2", "declared = -1", "0 or more"),
        ("declared = 2", "declared = true", "declared is missing"),
        ('class = "P"', 'class = "Q"', "none of B, S, P"),
        ("cpu_cores = 4", "cpu_cores = 0", "more than 0"),
        ('gpu_type = "A100"', 'gpu_type = "H100"', "does not declare"),
        ('region = "R"', "region = ", "line"),
    ],
)
def test_a_mistake_is_named(old: str, new: str, said: str) -> None:
    """Covers: RES-1. The operator reads where and why."""
    assert parse(ONE)
    with pytest.raises(BadCatalogue, match=said):
        parse(ONE.replace(old, new))
