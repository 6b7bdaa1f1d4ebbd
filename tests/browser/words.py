"""What a person reads, by language: the English of the sources, and its Chinese from the catalogues."""

from __future__ import annotations

import json
from pathlib import Path

LOCALE = Path(__file__).parents[2] / "labextension" / "locale"


def catalogue() -> dict[str, str | list[str]]:
    """English text → Chinese, of the pages and of Lab."""
    texts: dict[str, str | list[str]] = {}
    for path in LOCALE.glob("zh_CN*.json"):
        texts |= json.loads(path.read_text())
    return texts


class Words:
    """`words("Stop %1", name)` is what a person of this language reads there."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = catalogue() if language == "zh-CN" else {}

    def __call__(self, english: str, *values: object) -> str:
        text = self._texts[english] if self._texts else english
        said = text if isinstance(text, str) else text[0]
        for number, value in enumerate(values, 1):
            said = said.replace(f"%{number}", str(value))
        return said
