"""Folders named after what people type."""

import re

import pytest
from gemini_core import slugs
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Digits, first try", "digits-first-try"),
        ("训练", "task"),
        ("ResNet-50 训练 v2", "resnet-50-v2"),
        ("../../etc/passwd", "etc-passwd"),
        ("<script>", "script"),
        ("Über", "uber"),
        ("", "task"),
        ("a" * 100, "a" * 40),
    ],
)
def test_a_slug_stays_readable(name: str, slug: str) -> None:
    """Covers: TRAIN-7."""
    assert slugs.slug(name) == slug


@given(st.text())
def test_a_slug_is_always_one_safe_component(name: str) -> None:
    """Covers: TRAIN-7."""
    made = slugs.slug(name)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", made)
    assert len(made) <= slugs.LIMIT


def test_the_folder_ends_with_the_id() -> None:
    """Covers: TRAIN-7."""
    assert slugs.output_folder("Digits", "task-abcdefghij") == "digits-task-abcdefghij"
