"""A look that finds the journal away, or in the middle of it, loses no message."""

from __future__ import annotations

from typing import Any, cast

import pytest

from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.post import Post
from tarl.errors import Unavailable


class Letters:
    def __init__(self) -> None:
        self.looks = 0
        self.fails = False

    def look(self) -> None:
        if self.fails:
            raise Unavailable("gone", code="journal.unreachable")
        self.looks += 1


class Journal:
    """With one message, in the first place of the log."""

    fails = False

    def log_size(self) -> int:
        return 0

    def revision(self) -> int:
        return 7

    def announced(self, start: int) -> list[tuple[int, str]]:
        if self.fails:
            raise Unavailable("gone", code="journal.unreachable")
        return [(0, "inbox/a/x/1")] if start == 0 else []


class Live:
    def __init__(self) -> None:
        self.letters = Letters()


class World:
    def __init__(self) -> None:
        self.store = Journal()
        self.live = {"run/a/x/1": Live()}


@pytest.mark.parametrize("where", ["log", "inbox"])
def test_the_next_look_finds_it(where: str) -> None:
    world = World()
    post, letters = Post(cast(Engine, world)), world.live["run/a/x/1"].letters
    fails: Any = world.store if where == "log" else letters
    fails.fails = True
    with pytest.raises(Unavailable):
        post.look()
    fails.fails = False
    post.look()
    post.look()
    assert letters.looks == 1
