"""What a run's record says of what is untrusted: marks, what the workflow's code declares, and how
marks are written into the bodies of other events.

``taint.py`` says what they mean.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from tarl.values.canonical import quote

VALUE_FIXED = "value.fixed/1"
CALL_INTENDED = "call.intended/1"
RUN_DISTRUSTED = "run.distrusted/1"

INPUT = "input"
"""The source of a mark that a run begins with because strangers wrote its input."""

Said = Literal["declared", "assumed"]
"""Who says that something is untrusted: its author, or nobody, of a tool that lies outside."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Where something untrusted entered first.

    Attributes:
        source: What brought it: an activity, a child, ``input``, or what the code calls it.
        place: The run, and its step or child where it was one of these.
        said: Whether anybody declared it untrusted; ``declared`` once anything in the run was.
    """

    source: str
    place: str
    said: Said

    @property
    def json(self) -> bytes:
        """As it is recorded."""
        return b'{"place":%b,"said":"%b","source":%b}' % (
            quote(self.place),
            self.said.encode(),
            quote(self.source),
        )


class ValueFixed(msgspec.Struct, frozen=True, kw_only=True):
    """The code put a value on record."""

    value: msgspec.Raw


class CallIntended(msgspec.Struct, frozen=True, kw_only=True):
    """The code fixed a call beforehand: what its arguments may be, and how often it may come."""

    activity: str
    arguments: dict[str, Any]
    times: int


class RunDistrusted(msgspec.Struct, frozen=True, kw_only=True):
    """The code said that something untrusted has entered the run."""

    source: str


def member(mark: Mark | None) -> bytes:
    """The member of a body that records the mark, with the comma before it; nothing without one."""
    return b"" if mark is None else b',"taint":%b' % mark.json


def outside(untrusted: bool | None) -> Said | None:
    """What is said of a tool that lies outside: assumed to be untrusted unless somebody says."""
    if untrusted is None:
        return "assumed"
    return "declared" if untrusted else None


def marked(body: bytes, said: Said) -> bytes:
    """The body of an outcome, ``step`` being its last member, as that of an untrusted one."""
    return b'%b,"untrusted":"%b"}' % (body[:-1], said.encode())
