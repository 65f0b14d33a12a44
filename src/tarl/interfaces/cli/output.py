"""What goes where: data to stdout, notes to stderr, one JSON object or NDJSON when asked.

Text from a journal reaches a terminal only with its control characters made visible, so that a
recorded value cannot pose as output or move the cursor.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

# C0 but newline and tab, DEL, C1, line separators, and characters that turn the writing direction.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_CELL_CHARS_MAX = 60


class Output:
    """Writes what a command has to say.

    Bound to the stdout of its making, whatever a workflow's own ``print`` is sent to later.

    Args:
        as_json: Print JSON for programs; notes are left out.
        quiet: Leave notes out.
        plain: No colours and no boxes, whatever the terminal can do.
    """

    def __init__(self, *, as_json: bool = False, quiet: bool = False, plain: bool = False) -> None:
        self.stdout = sys.stdout
        self.as_json = as_json
        self.quiet = quiet or as_json
        self.plain = plain or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"

    def drop_unwritten(self) -> None:
        """Let what stdout could not take go nowhere, also at the interpreter's last flush."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.stdout.fileno())

    def data(self, text: str) -> None:
        """A line of data."""
        print(printable(text), file=self.stdout)

    def value(self, value: Any) -> None:
        """A JSON value, indented."""
        print(json_text(value, indent=2), file=self.stdout)

    def document(self, command: str, **members: Any) -> None:
        """The command's one JSON object; ``schema`` says what its members are."""
        text = json_text({"schema": f"tarl.{command}/1", **members})
        print(text, file=self.stdout, flush=True)

    def note(self, text: str) -> None:
        """A line for a person: progress, a hint, a warning."""
        if not self.quiet:
            print(printable(text), file=sys.stderr, flush=True)

    def fields(self, pairs: Iterable[tuple[str, Any]]) -> None:
        """Named values, one a line, names aligned."""
        known = [(name, str(value)) for name, value in pairs if value is not None]
        width = max((len(name) for name, _ in known), default=0)
        for name, value in known:
            first, *rest = printable(value).split("\n")
            print(f"{name:<{width}}  {first}", file=self.stdout)
            for line in rest:
                print(f"{'':<{width}}  {line}", file=self.stdout)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Rows under headings: drawn on a terminal, aligned text elsewhere."""
        cells = [[cell(value) for value in row] for row in rows]
        if self.plain or not self.stdout.isatty() or not _drawn(columns, cells, self.stdout):
            _print_plain(columns, cells, self.stdout)

    def listing(
        self, command: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]
    ) -> None:
        """What a command found: a document with all of it, or a table of some columns, headed by
        their names.

        Args:
            command: As documents name it; its last word is the member that holds the rows.
            rows: What was found.
            columns: What a table shows.
        """
        if self.as_json:
            self.document(command, **{command.rpartition(".")[2]: rows})
            return
        heads = [name.replace("_", " ") for name in columns]
        self.table(heads, [[_told(row[name]) for name in columns] for row in rows])


def printable(text: str) -> str:
    """The text with control characters made visible."""
    return _UNSAFE.sub(lambda match: ascii(match[0])[1:-1], text)


def cell(value: Any) -> str:
    """A value as one line of a table."""
    text = "" if value is None else value if isinstance(value, str) else json_text(value)
    text = printable(text.replace("\n", "⏎").replace("\t", " "))
    return text if len(text) <= _CELL_CHARS_MAX else text[: _CELL_CHARS_MAX - 1] + "…"


def _told(value: Any) -> Any:
    """A value of a listing: yes or no, and a dash for what there is not."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else value


def json_text(value: Any, *, indent: int | None = None) -> str:
    """JSON on one line, or indented; characters that could act on a terminal are escaped."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, default=_as_json)
    text = re.sub("[\ud800-\udfff]", _escaped, text)
    return _UNSAFE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, set | frozenset):
        return sorted(value)
    import msgspec

    try:
        return msgspec.to_builtins(value)
    except TypeError:
        return str(value)


def _print_plain(columns: Sequence[str], rows: Sequence[Sequence[str]], out: TextIO) -> None:
    everything = [[name.upper() for name in columns], *rows]
    widths = [max(len(row[i]) for row in everything) for i in range(len(columns))]
    for row in everything:
        line = "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True))
        print(line.rstrip(), file=out)


def _drawn(columns: Sequence[str], rows: Sequence[Sequence[str]], out: TextIO) -> bool:
    """Draw the table, if rich is there to do it."""
    try:
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError:
        return False
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(text, style=_STYLES.get(text, "")) for text in row))
    Console(file=out, highlight=False).print(table)
    return True


_STYLES = {
    "completed": "green",
    "failed": "red",
    "denied": "red",
    "cancelled": "red",
    "terminated": "red",
    "ok": "green",
    "running": "yellow",
    "scheduled": "yellow",
    "changed": "yellow",
    "only_a": "red",
    "only_b": "green",
}
