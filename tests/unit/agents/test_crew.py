"""Moves that run together: how many, in which order, and what becomes of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tarl.agents.crew import Crew, even_shares
from tarl.agents.session import Stopped
from tarl.agents.spending import Budget
from tarl.errors import Corrupt, Denied, Invalid
from tarl.testing.clock import run

Move = Callable[[], Coroutine[Any, Any, Any]]


class Stage:
    """Notes who began and how they ended."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def move(self, name: str, delay_s: float = 0, error: BaseException | None = None) -> Move:
        async def made() -> str:
            self.log.append(f"{name} begins")
            try:
                await asyncio.sleep(delay_s)
            except asyncio.CancelledError:
                self.log.append(f"{name} withdrawn")
                raise
            if error is not None:
                raise error
            return name

        return made

    def stubborn(self, name: str, error: BaseException | None = None) -> Move:
        """It takes a while to end when it is cancelled, and may raise something then."""

        async def made() -> str:
            try:
                await asyncio.sleep(1_000)
            except asyncio.CancelledError:
                await asyncio.sleep(5)
                self.log.append(f"{name} cleaned up")
                if error is not None:
                    raise error from None
                raise
            return name

        return made


async def all_of(crew: Crew[str, str], **moves: Move) -> list[str]:
    async with crew:
        for key, move in moves.items():
            crew.begin(key, move)
        return [result async for _, result in crew]


def test_results_come_in_the_order_of_ending() -> None:
    stage = Stage()
    moves = {"a": stage.move("a", 3), "b": stage.move("b", 1), "c": stage.move("c", 2)}
    assert run(all_of(Crew(), **moves)) == ["b", "c", "a"]


def test_no_more_than_together_max_and_the_first_come_first() -> None:
    stage = Stage()
    moves = {name: stage.move(name, 5 - i) for i, name in enumerate("abcd")}
    assert run(all_of(Crew(2), **moves)) == ["b", "a", "c", "d"]
    assert stage.log == ["a begins", "b begins", "c begins", "d begins"]


def test_nothing_begins_after_the_last_that_was_wanted() -> None:
    stage = Stage()

    async def first() -> str:
        async with Crew[str, str](1) as crew:
            for name in "ab":
                crew.begin(name, stage.move(name))
            async for _, result in crew:
                return result
        raise AssertionError("nobody")

    assert run(first()) == "a"
    assert stage.log == ["a begins"]


def test_leaving_withdraws_and_waits_for_what_takes_long_to_end() -> None:
    stage = Stage()
    with pytest.raises(ValueError, match="no"):
        run(all_of(Crew(), a=stage.move("a", 1, ValueError("no")), b=stage.stubborn("b")))
    assert stage.log == ["a begins", "b cleaned up"]


@pytest.mark.parametrize("refusal", [Denied("not you"), Corrupt("cannot be")])
def test_a_refusal_goes_before_whatever_else_ended_it(refusal: Exception) -> None:
    stage = Stage()
    at_once = {"a": stage.move("a", 1, ValueError("no")), "b": stage.move("b", 1, refusal)}
    with pytest.raises(type(refusal)):
        run(all_of(Crew(), **at_once))
    late = {"a": stage.move("a", 1, ValueError("no")), "b": stage.stubborn("b", refusal)}
    with pytest.raises(type(refusal)):
        run(all_of(Crew(), **late))


def test_a_refusal_is_not_missed_because_nobody_wanted_more() -> None:
    stage = Stage()

    async def first() -> None:
        async with Crew[str, str]() as crew:
            crew.begin("a", stage.move("a", 1))
            crew.begin("b", stage.move("b", 1, Denied("not you")))
            async for _ in crew:
                break

    with pytest.raises(Denied):
        run(first())


def test_what_was_stopped_begins_nothing_and_lets_the_rest_end() -> None:
    stage = Stage()
    crew: Crew[str, str] = Crew(2)
    got: list[str] = []

    async def play() -> None:
        async with crew:
            crew.begin("a", stage.move("a", 1, Stopped("enough")))
            crew.begin("b", stage.move("b", 5))
            crew.begin("c", stage.move("c"))
            async for _, result in crew:
                got.append(result)
                crew.begin("d", stage.move("d"))

    with pytest.raises(Stopped, match="enough"):
        run(play())
    assert got == ["b"]
    assert stage.log == ["a begins", "b begins"]


def test_who_is_cancelled_waits_for_all_and_is_cancelled() -> None:
    stage = Stage()

    async def play() -> None:
        moves = {name: stage.stubborn(name) for name in "ab"}
        task = asyncio.ensure_future(all_of(Crew(), **moves))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.sleep(1)
        task.cancel()  # once more, while it waits
        with pytest.raises(asyncio.CancelledError):
            await task

    run(play())
    assert stage.log == ["a cleaned up", "b cleaned up"]


def test_a_crew_of_nobody_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        Crew(0)
    assert caught.value.code == "agents.together"


@pytest.mark.parametrize("parts", range(1, 8))
@pytest.mark.parametrize("bound", range(12))
def test_equal_shares_differ_by_one_and_are_the_whole(bound: int, parts: int) -> None:
    shares = [share.tokens or 0 for share in even_shares(Budget(tokens=bound), parts)]
    assert sum(shares) == bound
    assert shares == sorted(shares, reverse=True)
    assert shares[0] - shares[-1] <= 1
