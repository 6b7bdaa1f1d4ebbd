"""What of the command line's sources is read by people, found in the code itself."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import gemini_cli
from gemini_cli.commands import Lazy, Worded

FOLDER = Path(gemini_cli.__file__).parent
SPEAKERS = {"say", "note", "Place"}
TABLES = {"table", "facts", "show_page"}
CLICKS = {"[OPTIONS]", "COMMAND [ARGS]...", "Show this message and exit."}
"""What click itself says."""


def modules() -> Iterator[tuple[ModuleType, ast.Module]]:
    """The modules that speak both languages."""
    for path in sorted(FOLDER.rglob("*.py")):
        tree = ast.parse(path.read_text())
        name = ".".join(("gemini_cli", *path.relative_to(FOLDER).with_suffix("").parts))
        if "sample" not in path.parts and path.stem not in {"__init__", "__main__"}:
            yield importlib.import_module(name), tree


def spoken() -> set[str]:
    """Every sentence and word that goes through `say`, in English."""
    found = CLICKS | set(helps(importlib.import_module("gemini_cli.program").gemini))
    for module, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                found |= set(_of_call(module, node))
            elif isinstance(node, ast.Assign) and _is_columns(node):
                found |= set(_words(module, node.value))
            elif isinstance(node, ast.List) and all(_is_fact(element) for element in node.elts):
                found |= set(_words(module, node))
    return {text for text in found if any(letter.isalpha() for letter in text)}


def helps(command: click.Command) -> Iterator[str]:
    """The helps of a command, of its options and of its verbs."""
    yield from (text for text in (command.help, command.epilog) if text)
    for option in command.params:
        if isinstance(option, click.Option) and not isinstance(option, Worded) and option.help:
            yield option.help
    if isinstance(command, Lazy):
        context = click.Context(command)
        for name in command.list_commands(context):
            verb = command.get_command(context, name)
            assert verb is not None
            yield from helps(verb)


def _of_call(module: ModuleType, call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in SPEAKERS and call.args:
        yield from _words(module, call.args[2 if name == "Place" else 0])
    if name == "retold" and isinstance(call.args[-1], ast.Name):
        yield from _words(module, call.args[-1])
    if name in TABLES:
        for argument in call.args:
            yield from _words(module, argument)


def _is_columns(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id in ("columns", "sentence") for target in node.targets)


def _is_fact(node: ast.expr) -> bool:
    return isinstance(node, ast.Starred) or (
        isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[0], ast.Constant)
    )


def _words(module: ModuleType, node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value.lstrip(">~")
    elif isinstance(node, ast.Name):
        yield from _strings(getattr(module, node.id, None))
    elif isinstance(node, ast.Subscript):
        yield from _words(module, node.value)
    elif isinstance(node, ast.List):
        for element in node.elts:
            if isinstance(element, ast.Starred):
                continue
            yield from _words(module, element.elts[0] if isinstance(element, ast.Tuple) else element)
    elif isinstance(node, ast.BinOp):
        yield from _words(module, node.left)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | tuple):
        texts = value.values() if isinstance(value, dict) else value
        yield from (text for text in texts if isinstance(text, str))
