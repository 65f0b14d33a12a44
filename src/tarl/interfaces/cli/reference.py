"""Writes the reference of the command line from the commands themselves.

    python -m tarl.interfaces.cli.reference > docs/reference/cli.md

A test compares that file with what this prints.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator

import click

from tarl.interfaces.cli.exits import EXITS
from tarl.interfaces.cli.main import SECTIONS, cli

_HEAD = """\
# Command line

Written from the commands themselves by `python -m tarl.interfaces.cli.reference`.

Data goes to stdout, everything for people to stderr. With `--json` stdout holds one JSON object
whose `schema` names the command and version (`tarl.runs.show/1`), or one object a line for streams
(`runs tail`, `runs step`); notes are left out, and an error is one object on stdout,
`{"schema": "tarl.error/1", "error": {"code", "message", "facts", "next_step", "exit"}}`. Without
`--json` an error is three lines on stderr: what and why, its code, what to try;
`tarl explain CODE` says more.

`RUN` is written `id`, `id/n`, `tenant/id/n`, as a unique beginning of an id, or `@last`; `RUN@N` is
its event N (`prices/1@7`, `@last@7`). An id without `/n` means its newest run.

JSON is read strictly (RFC 8259, RFC 8785): duplicate members, `NaN`, lone surrogates and integers
beyond 2^53-1 are refused, with the place. `@FILE` reads a file, `-` standard input.

## Exit codes

| code | meaning |
|---|---|
"""

_COMMON_HEAD = """
## Options of every command

| option | |
|---|---|
"""


def reference() -> str:
    """The whole page, in Markdown."""
    context = click.Context(cli, info_name="tarl")
    lines = [_HEAD + "\n".join(f"| {exit_.code} | {exit_.meaning} |" for exit_ in EXITS) + "\n"]
    common = {p.name: p for p in cli.params if p.name != "version"}
    lines.append(_COMMON_HEAD + "\n".join(_rows(common.values(), context)) + "\n")
    for section, entries in SECTIONS.items():
        lines.append(f"\n## {section}\n")
        for name in entries:
            command = cli.get_command(context, name)
            if command is not None:
                lines += _pages(command, context, name, skip=set(common))
    return "".join(lines)


def _pages(
    command: click.Command, parent: click.Context, name: str, *, skip: set[str | None]
) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent)
    children: Iterator[str] = iter(())
    if isinstance(command, click.Group):
        children = _children(command, context, skip=skip)
        if not command.invoke_without_command:
            yield from children
            return
    pieces = " ".join(p for p in command.collect_usage_pieces(context) if p != "[OPTIONS]")
    yield f"\n### {context.command_path}\n\n"
    yield f"`{context.command_path}{' ' if pieces else ''}{pieces}`\n\n"
    yield _text(command.help or "") + "\n"
    rows = list(_rows((p for p in command.params if p.name not in skip), context))
    if rows:
        yield "\n| option | |\n|---|---|\n" + "\n".join(rows) + "\n"
    yield from children


def _children(
    group: click.Group, context: click.Context, *, skip: set[str | None]
) -> Iterator[str]:
    for child in group.list_commands(context):
        inner = group.get_command(context, child)
        if inner is not None:
            yield from _pages(inner, context, child, skip=skip)


def _rows(parameters: Iterable[click.Parameter], context: click.Context) -> Iterator[str]:
    for parameter in parameters:
        if isinstance(parameter, click.Option):
            record = parameter.get_help_record(context)
            if record is not None:
                name, text = (part.replace("|", "\\|") for part in record)
                yield f"| `{name}` | {text} |"


def _text(help_text: str) -> str:
    blocks = inspect.cleandoc(help_text).split("\n\n")
    return "\n\n".join(_block(block) for block in blocks)


def _block(block: str) -> str:
    if block.startswith("\b"):
        return "```\n" + block.removeprefix("\b").strip("\n") + "\n```"
    return block


if __name__ == "__main__":
    print(reference(), end="")
