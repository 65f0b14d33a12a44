"""Children: waited for in every way, ended as their parents say, found again by id."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from tests.unit.engines import talks
from tests.unit.engines.lives import Lives, outcome

import tarl
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import ChildFailed
from tarl.kernel import events as kinds


@dataclass(frozen=True)
class Parcel:
    weight: int


@tarl.workflow
async def packs(ctx: tarl.Context, weight: int) -> Parcel:
    await ctx.sleep(weight)
    return Parcel(weight)


@tarl.workflow
async def waits_variously(ctx: tarl.Context) -> list[Any]:
    typed = await ctx.child(packs, 1)
    kids = [ctx.child(packs, n) for n in (3, 2, 1)]
    tasks = [asyncio.ensure_future(kid.result()) for kid in kids]
    first, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    order = [task.result().weight for task in first]
    order += [(await done).weight for done in asyncio.as_completed(rest)]
    late = ctx.child(packs, 50)
    try:
        async with asyncio.timeout(1):
            await late
    except TimeoutError:
        order.append(f"{late.status} {late.done()}")
    late.cancel()
    try:
        await late
    except ChildFailed as error:
        order.append(error.status)
    return [isinstance(typed, Parcel), typed.weight, order]


@tarl.workflow
async def recursive(ctx: tarl.Context, depth: int) -> int:
    if depth == 0:
        return 0
    return 1 + int(await ctx.child(recursive, depth - 1))


@tarl.workflow
async def own_ancestor(ctx: tarl.Context, depth: int) -> str:
    try:
        await ctx.child(own_ancestor, depth + 1, id="w" if depth else "between")
    except ChildFailed as error:
        return f"{error.status} {error.type}"
    return "no error"


@tarl.workflow
async def endless(ctx: tarl.Context, n: int) -> int:
    return int(await ctx.child(endless, n + 1))


@tarl.workflow
async def attaches(ctx: tarl.Context, weight: int) -> list[Any]:
    got: list[Any] = []
    for other in (weight, weight + 1):
        try:
            got.append((await ctx.child(packs, other, id="shared")).weight)
        except ChildFailed as error:
            got.append(f"{error.status} {error.type}")
    return got


KNOWN = (
    packs,
    waits_variously,
    recursive,
    own_ancestor,
    endless,
    attaches,
    talks.family,
    talks.square,
    talks.sleeps,
    talks.fails,
)


def ended(workflow: Any, given: Any = None, id: str = "w") -> tuple[Lives, Any]:
    lives = Lives(*KNOWN)

    async def use(runtime: Runtime) -> Any:
        return await outcome(runtime, workflow, given, id)

    result = lives.live(use)
    return lives, result


def test_children_are_waited_for_one_first_all_and_as_they_end() -> None:
    lives, result = ended(waits_variously)
    assert result == [True, 1, [1, 2, 3, "running False", "cancelled"]]
    lives.check_replays()


def test_children_of_children() -> None:
    lives, result = ended(recursive, 20)
    assert result == 20
    assert set(lives.statuses().values()) == {"completed"}


def test_a_run_cannot_be_its_own_ancestor() -> None:
    lives, result = ended(own_ancestor, 0)
    assert result == "no error"
    (child,) = lives.bodies(kinds.RUN_COMPLETED, "between")
    assert bytes(child.result) == b'"refused child.cycle"'
    lives.check_replays()


def test_recursion_without_end_has_an_end() -> None:
    lives, result = ended(endless, 0)
    assert "would be one too many" in result
    assert set(lives.statuses().values()) == {"failed"}
    assert len(lives.statuses()) == 100


def test_the_same_id_attaches_and_another_input_is_refused() -> None:
    lives = Lives(*KNOWN)

    async def use(runtime: Runtime) -> Any:
        async with asyncio.TaskGroup() as group:
            one = group.create_task(outcome(runtime, attaches, 2, "one"))
            two = group.create_task(outcome(runtime, attaches, 2, "two"))
        return one.result(), two.result()

    expected = [2, "refused run.exists"]
    assert lives.live(use) == (expected, expected)
    assert lives.statuses()["shared"] == "completed"
    assert len(lives.attempts) == 0
    lives.check_replays()


def test_a_terminated_parent_takes_its_children_with_it() -> None:
    lives = Lives(*KNOWN)

    async def use(runtime: Runtime) -> Any:
        running = asyncio.ensure_future(outcome(runtime, talks.family, 2, "w"))
        await asyncio.sleep(0.5)
        runtime.terminate("w", reason="enough")
        result = await running
        await asyncio.sleep(100)
        return result

    assert lives.live(use) == "run.terminated: the run was terminated: enough"
    statuses = lives.statuses()
    assert statuses["left-to-cancel"] == "cancelled"
    assert statuses["left-to-terminate"] == "terminated"
    assert statuses["left-alone"] == "completed"
    assert "running" not in statuses.values()


def test_nothing_but_a_workflow_can_be_a_child() -> None:
    for options in ({"workflow": 1}, {"close_policy": "forget"}):
        lives = Lives(*KNOWN, misuses)

        async def use(runtime: Runtime, options: Any = options) -> Any:
            return await outcome(runtime, misuses, options, "w")

        assert str(lives.live(use)).startswith("run.failed: Invalid:")


@tarl.workflow
async def misuses(ctx: tarl.Context, options: dict[str, Any]) -> None:
    child: Any = options.get("workflow", packs)
    policy: Any = options.get("close_policy", "cancel")
    ctx.child(child, 1, close_policy=policy)


@pytest.mark.parametrize("policy", ["cancel", "terminate"])
def test_a_child_is_told_even_when_the_disk_was_busy(policy: str) -> None:
    """The telling is tried again: nobody else would."""
    from tests.unit.engines.lives import AtCommit

    for number in range(1, 12):
        lives = Lives(*KNOWN, leaves)

        async def use(runtime: Runtime) -> Any:
            try:
                await outcome(runtime, leaves, policy, "w")
            except tarl.TarlError:
                await runtime.resume_all()
            await asyncio.sleep(100)
            await runtime.resume_all()
            await asyncio.sleep(100)

        lives.live(use, faults=AtCommit(number, "locked"))
        assert lives.statuses()["kid"] in ("cancelled", "terminated"), number


@tarl.workflow
async def leaves(ctx: tarl.Context, policy: Any) -> None:
    ctx.child(talks.sleeps, id="kid", close_policy=policy)
    await ctx.sleep(1)
