"""``tarl completion``: the script that a shell loads to complete commands, options and runs."""

from __future__ import annotations

import click

from tarl.interfaces.cli.invocation import common_options

SHELLS = ("bash", "zsh", "fish")


@click.command(short_help="Print a shell's completion script.")
@click.argument("shell", type=click.Choice(SHELLS))
@common_options
def completion(shell: str) -> None:
    """Print a shell's completion script, which completes commands, options and runs.

    \b
    bash:  eval "$(tarl completion bash)"      in ~/.bashrc
    zsh:   eval "$(tarl completion zsh)"       in ~/.zshrc
    fish:  tarl completion fish > ~/.config/fish/completions/tarl.fish
    """
    from click.shell_completion import get_completion_class

    from tarl.interfaces.cli.main import cli

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(cli, {}, "tarl", "_TARL_COMPLETE").source())
