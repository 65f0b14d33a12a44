"""What a model says, told to whoever waits while it is said.

Nothing here is recorded, and nothing depends on it: the answer that counts is the recorded one. A
second attempt must say what the first had said already; otherwise what was told cannot be taken
back, and the one who listened is told that.
"""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

from tarl.agents.model import Heard
from tarl.errors import TarlError

TOLD_MAX = 100_000
"""Pieces of one answer: the rest is told with the end."""


class Wire:
    """One call's text, from the model to the client.

    Attributes:
        is_broken: Whether what was told is not what was said in the end.
        error: What the last attempt failed with.
        pieces: The text as it comes; None at its end.
    """

    def __init__(self) -> None:
        self.is_broken = False
        self.error: TarlError | None = None
        self.pieces: asyncio.Queue[str | None] = asyncio.Queue()
        self._told: list[str] = []
        self._is_full = False

    @property
    def text(self) -> str:
        """What was told."""
        return "".join(self._told)

    def attempt(self, heard: Heard) -> Heard:
        """What an attempt of the step tells its text to."""
        before, at = self.text, 0
        self.error = None

        def tell(text: str) -> None:
            nonlocal at
            heard(text)
            again = before[at : at + len(text)]
            at += len(text)
            self.is_broken |= not text.startswith(again)
            self._tell(text[len(again) :])

        return tell

    def end(self, text: str) -> None:
        """The whole text, as it is recorded: tell what is left of it."""
        told = self.text
        self.is_broken |= not text.startswith(told)
        rest = text[len(told) :]
        if rest and not self.is_broken:
            self.pieces.put_nowait(rest)

    def _tell(self, text: str) -> None:
        self._is_full |= len(self._told) >= TOLD_MAX
        if text and not self.is_broken and not self._is_full:
            self._told.append(text)
            self.pieces.put_nowait(text)


class Wires:
    """The wires of calls that somebody waits for, by the call's id."""

    def __init__(self) -> None:
        self._wires: WeakValueDictionary[str, Wire] = WeakValueDictionary()

    def open(self, call: str) -> Wire:
        """The wire of a call, for as long as it is held."""
        wire = self._wires[call] = Wire()
        return wire

    def get(self, call: str) -> Wire:
        """The wire of a call; one that nobody hears when nobody waits."""
        return self._wires.get(call) or Wire()
