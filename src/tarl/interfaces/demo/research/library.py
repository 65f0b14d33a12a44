"""The documents that the agents read, and the tools that they have.

A statement is a line of a document: ``AU-3`` in ``sp-800-53-au``. What a tool does is written down
in ``effects.log``, a line each time that it really
happens.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from tarl import activity, current_effect
from tarl.errors import Missing

FOUND_MAX = 6
PUBLISHED = "report.md"

_WORD_CHARS_MIN = 4
"""Shorter words are in every statement."""


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a document."""

    id: str
    document: str
    text: str


@cache
def statements() -> tuple[Statement, ...]:
    """All of them, document by document."""
    return tuple(_read())


def _read() -> Iterator[Statement]:
    directory = files("tarl.interfaces.demo.research") / "data"
    for file in sorted(directory.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".tsv"):
            for line in file.read_text(encoding="utf-8").splitlines():
                id, _, text = line.partition("\t")
                yield Statement(id=id, document=file.name.removesuffix(".tsv"), text=text)


def best(words: str) -> list[Statement]:
    """The statements that have most of the words, at most ``FOUND_MAX``; the earlier ones first."""
    wanted = {word for word in words.lower().split() if len(word) >= _WORD_CHARS_MIN}
    scored = [
        (-sum(word in each.text.lower() for word in wanted), n, each)
        for n, each in enumerate(statements())
    ]
    return [each for score, _, each in sorted(scored, key=lambda s: s[:2])[:FOUND_MAX] if score]


def note(directory: str, what: str) -> None:
    """Write down that something really happened, with the run and the step."""
    effect = current_effect()
    told = {"run": effect.run.workflow_id, "step": effect.step, "what": what}
    line = json.dumps(told) + "\n"
    handle = os.open(Path(directory) / "effects.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(handle, line.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


@activity(name="library.search", needs={"library.read"}, resource="library/all", access="read")
def search(words: str) -> list[Statement]:
    """Find statements in the library that contain the words."""
    return best(words)


@activity(name="library.read", needs={"library.read"}, resource="library/{id}", access="read")
def read(id: str) -> Statement:
    """Read one statement of the library by its identifier, such as AU-3."""
    for statement in statements():
        if statement.id == id:
            return statement
    raise Missing(f"the library has no statement {id!r}", code="demo.statement")


@activity(name="mail.send", needs={"mail.send"}, resource="mailbox/{to}", idempotent=False)
def send_mail(to: str, text: str) -> str:
    """Send a mail to somebody outside."""
    raise AssertionError("nobody in this demonstration may send mail")


@activity(name="report.publish", needs={"report.publish"}, resource="report/{name}")
def publish(name: str, text: str, directory: str) -> str:
    """Write a report to a file."""
    note(directory, f"publish {name}")
    target = Path(directory) / name
    target.write_text(text, encoding="utf-8")
    return str(target)
