"""Every command that an error proposes can be typed: it exists, has these options, and what it
cannot do without is named.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click

from tarl.interfaces.cli.explanations import EXPLANATIONS
from tarl.interfaces.cli.main import COMMANDS, cli

SOURCE = Path(__file__).parents[3] / "src"
PROPOSED = re.compile(r"(?<![\w./-])tarl((?: [^\s;,)`]+)+)")


MISTAKEN = frozenset(
    name
    for group in ("plans", "home")
    for name in getattr(cli.get_command(click.Context(cli), group), "commands", ())
)
"""What are commands of groups that are called alike."""


def text_of(node: ast.expr) -> str:
    """A text in the source; what is computed in it is one word."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(text_of(v) if isinstance(v, ast.Constant) else "X" for v in values)
        case ast.IfExp(body=one, orelse=other):
            return f"{text_of(one)}; {text_of(other)}"
        case ast.BoolOp(values=values):
            return "; ".join(map(text_of, values))
    return ""


def proposals() -> Iterator[tuple[str, list[str]]]:
    """Where a command is proposed, and its words."""
    texts = [(code, found.advice) for code, found in EXPLANATIONS.items()]
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                said = [word.value for word in node.keywords if word.arg == "next_step"]
                texts += [(f"{file.name}:{node.lineno}", text_of(each)) for each in said]
    for place, text in texts:
        for found in PROPOSED.finditer(text):
            words = [word.strip(".:'\"") for word in found[1].split()]
            if words[0] in COMMANDS:
                yield place, words


def options(command: click.Command) -> dict[str, click.Option]:
    found = [p for p in (*command.params, *cli.params) if isinstance(p, click.Option)]
    return {name: option for option in found for name in (*option.opts, *option.secondary_opts)}


def wrong(words: list[str]) -> str | None:
    """Why a command cannot be typed, if it cannot."""
    context = click.Context(cli, info_name="tarl")
    found: click.Command = cli
    words = [*words]
    while isinstance(found, click.Group) and words:
        inner = found.get_command(context, words[0])
        if inner is None:
            break
        found = inner
        words.pop(0)
    if found.name in ("plan", "preview") and words and words[0] in MISTAKEN:
        return f"{found.name} takes a sentence: {words[0]}"
    if isinstance(found, click.Group) and not found.invoke_without_command:
        return None if words[:1] == ["--help"] else f"{found.name} has no {words[:1]}"
    known, given, placed = options(found), set(), 0
    while words:
        name = words.pop(0).partition("=")[0]
        if name == "--help":
            return None
        if not name.startswith("-") or name == "-":
            placed += 1
        elif name not in known:
            return f"{found.name} has no {name}"
        else:
            given.add(known[name].name)
            del words[: 0 if known[name].is_flag else 1]
    needed = [p for p in found.params if isinstance(p, click.Argument) and p.required]
    if placed < len(needed):
        return f"{found.name} needs {', '.join(p.human_readable_name for p in needed)}"
    left = [p.opts[0] for p in found.params if isinstance(p, click.Option) and p.required]
    missing = [name for name in left if known[name].name not in given]
    return f"{found.name} needs {', '.join(missing)}" if missing else None


def test_every_proposed_command_can_be_typed() -> None:
    found = [(place, words, why) for place, words in proposals() if (why := wrong(words))]
    assert found == []


def test_enough_of_them_are_looked_at() -> None:
    assert len(list(proposals())) > 400


def test_a_command_that_cannot_be_typed_is_seen() -> None:
    assert wrong(["plan", "ls"]) == "plan takes a sentence: ls"
    assert wrong(["db", "rebuild"]) == "db has no ['rebuild']"
    assert wrong(["runs", "show"]) == "show needs RUN"
    assert wrong(["nodes", "add", "N", "--weight", "3"]) == "add has no --weight"
    assert wrong(["trust", "resume", "A"]) == "resume needs --reason"
