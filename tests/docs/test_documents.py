"""The documents build without a warning, need no network, and name whatever the code names."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from gemini_core.reasons import Reason

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SOURCES = ("core", "control_plane", "hub_config", "spawner", "server_extension")
FETCHED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "video": "src"}
VARIABLE = re.compile(r"\bGEMINI_[A-Z][A-Z_]*[A-Z]\b")


class Fetched(HTMLParser):
    """The addresses that a browser fetches by itself to show a page."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """HTMLParser's event."""
        self.addresses += [value or "" for name, value in attrs if FETCHED.get(tag) == name]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both languages, built as `make docs` does."""
    folder = tmp_path_factory.mktemp("site")
    for name, place in (("mkdocs.yml", folder), ("mkdocs.zh.yml", folder / "zh")):
        argv = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", name, "-d", str(place)]
        environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
        built = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        said = [line for line in (built.stdout + built.stderr).splitlines() if not line.startswith("INFO")]
        assert (built.returncode, said) == (0, [])
    return folder


def pages(site: Path) -> Iterator[tuple[Path, str]]:
    """Every page and its HTML."""
    for page in sorted(site.rglob("*.html")):
        yield page, page.read_text()


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    """Fonts, scripts, styles and pictures come with the documents."""
    seen = [(page.name, address) for page, _ in pages(site) for address in Fetched(page).addresses]
    assert len(seen) > 100
    assert [one for one in seen if "//" in one[1]] == []


def test_every_mark_became_a_table(site: Path) -> None:
    """What the code knows stands in the pages: commands, magics, routes, settings, reasons."""
    for page, html in pages(site):
        assert "gemini: " not in "".join(re.findall(r"<!--(.*?)-->", html)), page
    read = {page.relative_to(site).as_posix(): html for page, html in pages(site)}
    assert "gemini env create" in read["user/command-line.html"]
    assert "gemini env create" in read["zh/user/command-line.html"] and "新" in read["zh/user/command-line.html"]
    assert "%gemini tensorboard" in read["user/notebook.html"]
    assert "/dev-environments/{id}/start" in read["developer/api.html"]
    assert "c.GeminiControl.time_zone" in read["admin/settings.html"]


def test_every_page_stands_once_in_the_navigation(site: Path) -> None:
    """What was measured, too, wherever it is there."""
    links = re.findall(r'<a href="([^"#]+)" class="md-nav__link">', (site / "developer" / "tests.html").read_text())
    assert len(links) == len(set(links)), links
    measured = {
        f"../{name}.html" for name in ("speed", "speed-cluster", "soak", "faults") if (DOCS / f"{name}.md").is_file()
    }
    assert measured <= set(links)


@pytest.mark.parametrize("place", ["user", "zh/user"])
def test_every_reason_has_a_remedy(place: str) -> None:
    """Covers: TRAIN-9. Each with a part of its own, in both languages, and none that there is not."""
    text = (DOCS / place / "troubleshooting.md").read_text()
    assert set(re.findall(r"^## .*\{#([a-z-]+)\}$", text, re.MULTILINE)) == {str(reason) for reason in Reason}


def test_every_variable_is_documented() -> None:
    """Whatever the code reads or sets by the name GEMINI_… stands in the settings, and nothing else."""
    files = [file for folder in SOURCES for file in (ROOT / folder).rglob("*.py") if "sample" not in file.parts]
    named = {name for file in files for name in VARIABLE.findall(file.read_text())}
    known = set(VARIABLE.findall((DOCS / "admin" / "settings.md").read_text()))
    assert named - {"GEMINI_DATA", "GEMINI_PRETRAIN"} <= known
    assert known <= named | {"GEMINI_DATA", "GEMINI_PRETRAIN"}


def test_both_languages_have_the_same_pages() -> None:
    """What a user can read in English is there in Chinese, section by section."""
    for english in sorted((DOCS / "user").glob("*.md")):
        chinese = DOCS / "zh" / "user" / english.name
        counts = [len(re.findall(r"^## ", page.read_text(), re.MULTILINE)) for page in (english, chinese)]
        assert counts[0] == counts[1], english.name
