"""The shape of the house, read from the code: who imports whom, how large things grow, what core may touch."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Set
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOMES = {
    "gemini_core": "core",
    "gemini_client": "control_plane",
    "gemini_control": "control_plane",
    "gemini_cli": "control_plane",
    "gemini_hub": "hub_config",
    "gemini_spawner": "spawner",
    "gemini_sandbox": "spawner",
    "gemini_server": "server_extension",
    "gemini_magics": "server_extension",
    "gemini_runner": "server_extension",
}
STANDARD_LIBRARY_ONLY = ("gemini_core", "gemini_sandbox", "gemini_runner")
IMPURE = {
    "os",
    "io",
    "socket",
    "subprocess",
    "logging",
    "pathlib",
    "time",
    "asyncio",
    "threading",
    "shutil",
    "tempfile",
}


def allowed_imports() -> dict[str, set[str]]:
    """The import table of docs/architecture.md: part -> parts it may import."""
    table = {}
    for line in (ROOT / "docs/architecture.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0] in HOMES:
            before_runs = cells[2].split(";")[0]
            table[cells[0]] = {f"gemini_{word}" for word in re.findall(r"[a-z]+", before_runs)} & set(HOMES)
    return table


def sources(part: str) -> list[Path]:
    """The Python files of a part."""
    return sorted((ROOT / HOMES[part] / part).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """The top-level names that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield (node.module or "").split(".")[0]


def foreign(path: Path, part: str, allowed: set[str]) -> set[str]:
    """Parts of ours that a file imports and may not."""
    return {name for name in imported(path) if name in HOMES} - allowed - {part}


def module_of(path: Path, part: str) -> str:
    """The name that a file is imported by."""
    return ".".join(path.relative_to(ROOT / HOMES[part]).with_suffix("").parts).removesuffix(".__init__")


def modules_imported(path: Path, known: Set[str]) -> set[str]:
    """Those of the `known` modules that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            found |= {name if name in known else node.module for name in names}
    return found & known


def test_the_table_names_every_part() -> None:
    """The table in the document and the folders are the same list."""
    assert set(allowed_imports()) == set(HOMES)


@pytest.mark.parametrize("part", HOMES)
def test_imports_point_inward(part: str) -> None:
    """No part imports one that the table does not allow it."""
    allowed = allowed_imports()[part]
    found = {str(path.relative_to(ROOT)): foreign(path, part, allowed) for path in sources(part)}
    assert {path: names for path, names in found.items() if names} == {}


def test_a_planted_violation_is_found(tmp_path: Path) -> None:
    """The check above sees an import inside a function, too."""
    planted = tmp_path / "planted.py"
    planted.write_text("def f():\n    from gemini_control.app import ControlPlane\n")
    assert foreign(planted, "gemini_core", set()) == {"gemini_control"}


def test_no_modules_import_each_other() -> None:
    """Not for types and not inside functions either: what two need lies below both."""
    files = {module_of(path, part): path for part in HOMES for path in sources(part)}
    graph = {name: modules_imported(path, files.keys()) for name, path in files.items()}
    TopologicalSorter(graph).prepare()  # a CycleError names the modules


@pytest.mark.parametrize("part", STANDARD_LIBRARY_ONLY)
def test_standard_library_only(part: str) -> None:
    """These parts run where nothing is installed."""
    for path in sources(part):
        outside = {name for name in imported(path)} - set(sys.stdlib_module_names) - {part}
        assert not outside, f"{path.relative_to(ROOT)} imports {outside}"


def test_core_is_pure() -> None:
    """Core decides: it reads no clock, file, environment or network."""
    for path in sources("gemini_core"):
        assert not set(imported(path)) & IMPURE, path
        called = {
            ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
        }
        assert not called & {"open", "datetime.now", "datetime.utcnow", "date.today", "input", "print"}, path


def test_nothing_is_a_giant() -> None:
    """A function has at most 50 lines, a file 400, and no module is called utils or common."""
    giants = []
    for part in HOMES:
        for path in sources(part):
            text = path.read_text()
            name = str(path.relative_to(ROOT))
            if text.count("\n") > 400 or path.stem in {"utils", "common", "helpers", "misc"}:
                giants.append(name)
            giants += [
                f"{name}:{node.lineno} {node.name}"
                for node in ast.walk(ast.parse(text))
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                and (node.end_lineno or node.lineno) - node.lineno + 1 > 50
                and "migrations" not in path.parts
            ]
    assert giants == []


def test_every_module_says_why_it_exists() -> None:
    """Each module has a docstring."""
    silent = [
        str(path.relative_to(ROOT))
        for part in HOMES
        for path in sources(part)
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_nothing_names_this_machine() -> None:
    """Sources and documents name no path of a developer's machine."""
    suffixes = {".py", ".ts", ".tsx", ".md", ".toml", ".json", ".css", ".html", ".sh"}
    skipped = {"node_modules", ".venv", ".git", "lib", "static", "labextension/lib"}
    for folder in (
        "core",
        "control_plane",
        "hub_config",
        "spawner",
        "server_extension",
        "labextension/src",
        "docs",
        "tests",
    ):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in suffixes and not skipped & set(path.parts) and path != Path(__file__):
                assert "/work/" + "main" not in path.read_text(errors="replace"), path
