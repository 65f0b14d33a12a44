"""The reference of the command line says what the commands are."""

from __future__ import annotations

from pathlib import Path

import click

from tarl.interfaces.cli.main import COMMANDS, cli
from tarl.interfaces.cli.reference import reference

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "cli.md"


def commands(command: click.Command, path: str) -> list[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        return [(path, command)]
    context = click.Context(command)
    found = []
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        assert inner is not None
        found += commands(inner, f"{path} {name}")
    return found


def test_the_page_is_what_the_commands_say() -> None:
    message = "run: python -m tarl.interfaces.cli.reference > docs/reference/cli.md"
    assert PAGE.read_text() == reference(), message


def test_every_command_and_option_is_on_the_page() -> None:
    page = PAGE.read_text()
    for path, command in commands(cli, "tarl"):
        assert f"### {path}\n" in page
        assert command.help, path
        assert {"db", "json", "quiet", "no_color", "debug"} <= {p.name for p in command.params}
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, (path, parameter.name)
                assert all(name in page for name in parameter.opts), (path, parameter.name)


def test_the_table_of_commands_says_what_they_say_themselves() -> None:
    for name, entry in COMMANDS.items():
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        assert command.get_short_help_str(limit=200) == entry.help, name
