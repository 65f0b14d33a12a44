"""What the demonstrations share: how they say what they see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from tarl.errors import TarlError
from tarl.interfaces.cli.invocation import Invocation

Verify = Callable[[Path], tuple[int, list[str]]]
"""What tarl-verify says of an evidence file: its exit code and its lines."""


class Performance:
    """One performance; each act prints what it saw, or adds it to the one JSON object.

    Args:
        invocation: Says how the command line wants it.
        directory: Where everything lies.
    """

    def __init__(self, invocation: Invocation, directory: Path | str) -> None:
        self._invocation = invocation
        self._said = invocation.output
        self._facts: dict[str, Any] = {"directory": str(directory)}

    def _title(self, text: str) -> None:
        self._say("")
        self._say(text if self._said.plain else click.style(text, bold=True))

    def _say(self, text: str) -> None:
        if not self._invocation.as_json:
            click.echo(text)

    def _prove_all(self, files: Mapping[str, Path], verify: Verify) -> None:
        """Have runs' evidence checked: all that is said of the first one, and of what fails.

        Raises:
            TarlError: it does not verify (``demo.unproved``).
        """
        self._title("The evidence, checked by tarl-verify, which shares no code with tarl")
        proved: dict[str, Any] = {}
        for run, evidence in files.items():
            code, said = verify(evidence)
            for line in [f"{said[0]} {evidence.name}"] if proved and not code else said:
                self._say(f"  {line}")
            proved[run] = {"exit": code, "evidence": str(evidence)}
            if code != 0:
                raise TarlError("the evidence does not verify", code="demo.unproved")
        self._facts["verified"] = proved
