"""What a person reads of a page of the hub, and what of it is in another language than the page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

NAMES = ("Gemini", "JupyterHub", "Hub", "API", "gemini login", "gemini_client", "gemini", "alice", "bob")
"""What is called the same in every language."""
ID = r"\b[a-z]{2,4}-[a-z0-9]{10}\b"
HAN = re.compile("[\u4e00-\u9fff]")
LATIN = re.compile("[A-Za-z]{2,}")
LABELS = ("aria-label", "title", "alt", "placeholder")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
UNREAD = {"script", "style", "noscript", "code"}
"""Elements that say nothing in a language: what is in `code` is there to copy."""


class Reading(HTMLParser):
    """Collects text and labels, but of what is said to be in another language, and of the hub's unused dialog."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.said: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Whether it is read, and its labels where it is."""
        given = {name: value or "" for name, value in attrs}
        foreign = tag != "html" and given.get("lang", self.language) != self.language
        unread = tag in UNREAD or foreign or "modal" in given.get("class", "").split()
        read = not unread and self._reads()
        if read:
            labels = [*LABELS, "value"] if given.get("type") in ("submit", "button") else LABELS
            self.said += [given[name] for name in labels if name in given]
        if tag not in VOID:
            self._open.append((tag, read))

    def handle_endtag(self, tag: str) -> None:
        """Closes what is open up to it."""
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Text of an element that is read."""
        if data.strip() and self._reads():
            self.said.append(" ".join(data.split()))

    def _reads(self) -> bool:
        return not self._open or self._open[-1][1]


def foreign(page: str, language: str, *names: str) -> list[str]:
    """What a page says in the other language than its own, but names; fails where it says nothing at all."""
    reading = Reading(language)
    reading.feed(page)
    assert any((HAN if language == "zh-CN" else LATIN).search(one) for one in reading.said), reading.said
    if language == "en":
        return [one for one in reading.said if HAN.search(one)]
    called = sorted((*NAMES, *names), key=len, reverse=True)
    known = re.compile("|".join((ID, *(re.escape(name) for name in called))))
    return [one for one in reading.said if LATIN.search(known.sub("", one))]
