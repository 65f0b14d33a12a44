"""Workflows of every kind that the laws of replay are held to; the simulation runs them too.

Frozen: ``tests/replay/golden`` holds their recorded histories, which must replay for ever. A change
to a workflow here breaks them, as it would break a user's runs; add new workflows instead. Those
that others talk to are in ``tests/dialogues.py``.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from contextvars import ContextVar
from hashlib import sha256
from typing import Any

import msgspec

from tarl import ActivityFailed, Context, Denied, Workflow, activity, current_effect, workflow
from tarl.agents.patterns.consensus import consensus
from tarl.agents.patterns.supervisor_worker import supervisor_worker
from tarl.kernel.effect import Effect
from tarl.values.digest import length_prefixed

TOKENS: ContextVar[Callable[[], str]] = ContextVar("tokens")
"""Where the simulation draws a token for each attempt from; without it the token is the step's, as
the golden histories have it.
"""


def _token() -> str:
    draw = TOKENS.get(None)
    return _of_step(current_effect()) if draw is None else draw()


def _of_step(effect: Effect) -> str:
    """The same in every journal, for histories that are recorded again."""
    step = effect.step.to_bytes(8, "big")
    place = length_prefixed(b"tarl.key/1", effect.run.stream.encode(), step)
    return sha256(place).hexdigest()[:12]


class Point(msgspec.Struct, frozen=True):
    x: int
    label: str = ""


# --- activities


@activity
async def echo(value: Any) -> Any:
    return [value, _token()]


@activity
async def slow(value: Any, delay_ms: int) -> Any:
    await asyncio.sleep(delay_ms / 1000)
    return [value, _token()]


@activity
def in_thread(value: Any) -> Any:
    time.sleep(0)
    return [value, _token()]


@activity
async def add(a: int, b: int = 1) -> int:
    return a + b


@activity
async def boom(text: str) -> None:
    raise ValueError(f"{text} {_token()}")


@activity
async def secret(value: Any) -> Any:
    return [value, _token()]


@activity(idempotent=False)
async def once(value: Any) -> Any:
    await asyncio.sleep(0.001)
    return [value, _token()]


@activity(pure=True)
def double(n: int) -> int:
    return 2 * n


@activity(pure=True)
async def triple(n: int) -> int:
    await asyncio.sleep(0)
    return 3 * n


@activity(pure=True)
def half(n: int) -> int:
    if n % 2:
        raise ValueError(f"{n} is odd")
    return n // 2


@activity
async def big(chars: int) -> dict[str, str]:
    return {"token": _token(), "text": "ä" * (chars // 2)}


@activity
async def measure(text: str) -> int:
    return len(text)


@activity
async def shift(point: Point, by: int) -> Point:
    return Point(point.x + by, point.label + "'")


@activity
async def never() -> None:
    await asyncio.sleep(3600)


@activity(timeout_ms=20)
async def too_slow() -> None:
    await asyncio.sleep(3600)


# --- workflows


@workflow
async def sequence(ctx: Context, n: int) -> list[Any]:
    seen: list[Any] = []
    for i in range(n):
        seen.append(await ctx.call(echo, [i, seen[-1:]]))
    return seen


@workflow
async def gathering(ctx: Context, n: int) -> list[Any]:
    return list(await asyncio.gather(*(ctx.call(slow, i, 1 + (i * 7) % 5) for i in range(n))))


@workflow
async def task_group(ctx: Context, n: int) -> list[Any]:
    order: list[Any] = []

    async def member(i: int) -> None:
        order.append(await ctx.call(slow, i, 1 + (i * 3) % 4))
        order.append(await ctx.call(echo, len(order)))

    async with asyncio.TaskGroup() as group:
        for i in range(n):
            group.create_task(member(i))
    return order


@workflow
async def group_failure(ctx: Context, n: int) -> list[str]:
    caught: list[str] = []

    async def member(i: int) -> None:
        try:
            await ctx.call(slow, i, 10 + i)
        except asyncio.CancelledError:
            caught.append(f"cancelled {i}")
            raise

    try:
        async with asyncio.TaskGroup() as group:
            for i in range(n):
                group.create_task(member(i))
            group.create_task(ctx.call(boom, "group"))
    except* ActivityFailed as errors:
        caught += [str(error) for error in errors.exceptions]
    return caught


@workflow
async def first_completed(ctx: Context, n: int) -> list[Any]:
    pending = {asyncio.ensure_future(ctx.call(slow, i, 2 + (i * 5) % 7)) for i in range(n)}
    seen: list[Any] = []
    more = n
    while pending:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            seen.append(task.result()[0])
            if more < 2 * n:
                pending.add(asyncio.ensure_future(ctx.call(slow, more, 2 + (more * 5) % 7)))
                more += 1
    return seen


@workflow
async def completing(ctx: Context, n: int) -> list[Any]:
    calls = [ctx.call(slow, i, 2 + (i * 5) % 7) for i in range(n)]
    return [(await each)[0] for each in asyncio.as_completed(calls)]


@workflow
async def waiting_for(ctx: Context, delays_ms: list[int]) -> list[Any]:
    seen: list[Any] = []
    for delay_ms in delays_ms:
        try:
            seen.append(await asyncio.wait_for(ctx.call(slow, delay_ms, delay_ms), timeout=0.05))
        except TimeoutError:
            seen.append("late")
    return seen


@workflow
async def timing_out(ctx: Context) -> list[Any]:
    seen: list[Any] = []
    try:
        async with asyncio.timeout(0.03):
            seen.append(await ctx.call(echo, "in time"))
            await ctx.call(never)
    except TimeoutError:
        seen.append("timed out")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            async with asyncio.timeout(0.01):
                await ctx.sleep(5)
    try:
        await ctx.call(too_slow)
    except ActivityFailed as error:
        seen.append(error.type)
    return seen


@workflow
async def locking(ctx: Context, n: int) -> list[Any]:
    lock, few, go = asyncio.Lock(), asyncio.Semaphore(2), asyncio.Event()
    order: list[Any] = []

    async def worker(i: int) -> None:
        await go.wait()
        async with few:
            value = await ctx.call(slow, i, 1 + i % 3)
            async with lock:
                order.append(value)
                await ctx.sleep(0.001)

    workers = [asyncio.create_task(worker(i)) for i in range(n)]
    await ctx.call(echo, "go")
    go.set()
    await asyncio.gather(*workers)
    return order


@workflow
async def queueing(ctx: Context, n: int) -> list[Any]:
    queue: asyncio.Queue[Any] = asyncio.Queue(maxsize=2)
    out: list[Any] = []

    async def produce() -> None:
        for i in range(n):
            await queue.put(await ctx.call(slow, i, 1 + i % 2))

    async def consume() -> None:
        while True:
            out.append(await ctx.call(echo, await queue.get()))
            queue.task_done()

    consumers = [asyncio.create_task(consume()) for _ in range(2)]
    await produce()
    await queue.join()
    for consumer in consumers:
        consumer.cancel()
    await asyncio.gather(*consumers, return_exceptions=True)
    return out


@workflow
async def nesting(ctx: Context, depth: int) -> Any:
    async def down(level: int) -> Any:
        if level == 0:
            return await ctx.call(echo, "bottom")
        left, right = await asyncio.gather(down(level - 1), ctx.call(add, level, b=2))
        return [left, right]

    return await down(depth)


@workflow
async def cancelling(ctx: Context) -> list[Any]:
    seen: list[Any] = []

    async def child() -> None:
        try:
            await ctx.call(never)
        finally:
            seen.append(await ctx.call(echo, "cleaned up"))

    task = asyncio.create_task(child())
    timer = asyncio.create_task(ctx.sleep(3600))
    await ctx.call(echo, "meanwhile")
    task.cancel()
    timer.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return seen


@workflow
async def failing(ctx: Context, attempts: int) -> list[str]:
    seen: list[str] = []
    for attempt in range(attempts):
        try:
            await ctx.call(boom, str(attempt))
        except ActivityFailed as error:
            seen.append(f"{error.type}: {error}")
            await asyncio.sleep(0.01 * 2**attempt)
    return seen


@workflow
async def broken(ctx: Context, text: str) -> None:
    await ctx.call(echo, text)
    raise LookupError(f"nothing under {text!r}")


@workflow
async def broken_by_step(ctx: Context, text: str) -> None:
    await ctx.call(boom, text)


@workflow
async def refused(ctx: Context) -> list[str]:
    seen = []
    try:
        await ctx.call(secret, 1)
    except Denied as error:
        seen.append(str(error))
    results = await asyncio.gather(
        ctx.call(echo, 1), ctx.call(secret, 2), ctx.call(echo, 3), return_exceptions=True
    )
    return seen + [str(result) for result in results]


@workflow
async def pure_steps(ctx: Context, n: int) -> list[Any]:
    seen: list[Any] = [0]
    for i in range(n):
        seen.append(await ctx.call(double, i))
        if i % 3 == 0:
            seen.append(await ctx.call(triple, i))
        if i % 4 == 0:
            seen.append(await ctx.call(echo, seen[-1]))
        try:
            seen.append(await ctx.call(half, i))
        except ActivityFailed as error:
            seen.append(str(error))
    return seen


@workflow
async def pure_and_strict(ctx: Context, n: int) -> list[Any]:
    order: list[Any] = []

    async def mixed(i: int) -> None:
        await ctx.call(slow, i, 1 + i % 2)
        order.append(["strict", i])
        order.append(["double", await ctx.call(double, i)])
        order.append(["triple", await ctx.call(triple, i)])
        await ctx.call(echo, i)
        order.append(["end", i])

    await asyncio.gather(*(mixed(i) for i in range(n)))
    return order


@workflow
async def non_idempotent(ctx: Context, n: int) -> list[Any]:
    seen: list[Any] = []
    for i in range(n):
        seen.append(await ctx.call(once, [i, seen[-1:]]))
        seen.append(await ctx.call(echo.options(idempotent=False), i))
    return seen


@workflow
async def snapshots(ctx: Context, n: int) -> list[str]:
    ids = [ctx.snapshot({"i": -1})]
    for i in range(n):
        value = await ctx.call(echo, i)
        ids.append(ctx.snapshot({"i": i, "value": value}))
    return ids


@workflow
async def patching(ctx: Context, n: int) -> list[Any]:
    seen: list[Any] = []

    async def side(i: int) -> None:
        await ctx.call(slow, i, 1)
        if ctx.patched(f"patch-{i}"):
            seen.append(["new", i, await ctx.call(echo, i)])
        else:
            seen.append(["old", i])

    await asyncio.gather(*(side(i) for i in range(n)))
    return seen


@workflow
async def derived(ctx: Context, n: int) -> list[Any]:
    seen: list[Any] = [str(ctx.uuid()), str(ctx.uuid()), ctx.random().random()]
    for i in range(n):
        await ctx.call(slow, i, 3)
        seen += [ctx.now().isoformat(), str(ctx.uuid()), ctx.random("dice").randint(1, 6)]
        seen.append(ctx.random().choice(["a", "b", "c"]))
        await ctx.sleep(0.25)
    return seen


@workflow
async def clocks(ctx: Context, n: int) -> list[str]:
    """Outcomes that reach the disk in one commit keep each its own instant."""
    seen: list[str] = []

    async def look(i: int) -> None:
        await ctx.call(slow, i, 1 + i // 3)
        seen.append(f"{i} {ctx.now().isoformat()}")
        await ctx.call(echo, seen[-1])
        seen.append(f"{i} {ctx.now().isoformat()}")

    await asyncio.gather(*(look(i) for i in range(n)))
    return seen


@workflow
async def large_values(ctx: Context, text: str) -> dict[str, Any]:
    first = await ctx.call(big, 40_000)
    length = await ctx.call(measure, text + first["text"])
    ctx.snapshot({"text": first["text"]})
    return {"length": length, "text": text[:10], "all": first}


@workflow
async def structs(ctx: Context, point: Point) -> Point:
    for by in (1, 10, 100):
        point = await ctx.call(shift, point, by=by)
    return point


@workflow
async def children(ctx: Context, n: int) -> list[Any]:
    async def grandchild(i: int, k: int) -> Any:
        await asyncio.sleep(0.001 * k)
        return await ctx.call(echo, [i, k])

    async def child(i: int) -> list[Any]:
        tasks = [asyncio.create_task(grandchild(i, k)) for k in range(3)]
        return [await task for task in reversed(tasks)]

    tasks = [asyncio.create_task(child(i), name=f"child-{i}") for i in range(n)]
    return [await task for task in tasks]


@workflow
async def leaving_behind(ctx: Context) -> str:
    """Ends while a step, a timer and a child still wait."""
    asyncio.get_running_loop().call_later(50, print)
    left = asyncio.ensure_future(ctx.call(slow, "left behind", 2))
    far = asyncio.ensure_future(ctx.call(slow, "far behind", 3))
    forgotten = asyncio.create_task(ctx.sleep(0.003))
    await ctx.call(slow, "awaited", 2)
    return f"{left.done()} {far.done()} {forgotten.done()}"


@workflow
async def mutating(ctx: Context) -> list[Any]:
    """What a step gets is what was recorded, not what the code has made of it since."""
    values = [1]
    call = asyncio.ensure_future(ctx.call(once, values))
    await asyncio.sleep(0)
    values.append(2)
    return [await call, values]


@workflow
async def racing_timers(ctx: Context) -> str:
    """After a long time down, both are overdue: the one that was due first wins."""
    try:
        await asyncio.wait_for(ctx.sleep(2), timeout=5)
    except TimeoutError:
        return "timeout"
    return "slept"


@workflow
async def shielding(ctx: Context) -> list[Any]:
    inner = asyncio.ensure_future(ctx.call(slow, "inner", 20))
    try:
        await asyncio.wait_for(asyncio.shield(inner), timeout=0.005)
    except TimeoutError:
        return ["outer timed out", await inner]
    return [await inner]


@workflow
async def conditions(ctx: Context, n: int) -> list[int]:
    condition, barrier = asyncio.Condition(), asyncio.Barrier(n)
    order: list[int] = []

    async def worker(i: int) -> None:
        await ctx.call(slow, i, 1 + (i * 3) % 5)
        await barrier.wait()
        async with condition:
            await condition.wait_for(lambda: len(order) == i)
            order.append(i)
            condition.notify_all()

    await asyncio.gather(*(worker(i) for i in range(n)))
    return order


@workflow
async def plain_sets(ctx: Context, n: int) -> list[Any]:
    """Sets of tasks iterate the same way in every process, where the code says so itself too."""
    tasks = {asyncio.ensure_future(ctx.call(slow, i, 1 + (i * 5) % 7)) for i in range(n)}
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    seen = [task.result() for task in done]
    rest = (pending - done) | {asyncio.ensure_future(ctx.call(echo, "last"))}
    return seen + [await ctx.call(echo, await task) for task in rest]


@workflow
async def waiting_beside(ctx: Context, n: int) -> list[Any]:
    """Waits with a limit, beside calls without: who begins first is the same on every Python."""
    waits = (asyncio.wait_for(ctx.call(echo, f"limited {i}"), timeout=60) for i in range(n))
    calls = (ctx.call(echo, f"plain {i}") for i in range(n))
    pairs = zip(waits, calls, strict=True)
    return list(await asyncio.gather(*(each for pair in pairs for each in pair)))


@workflow
async def gathering_again(ctx: Context, n: int) -> list[Any]:
    """What is done already is gathered at once: the next call comes before the other task's."""
    tasks = [asyncio.ensure_future(ctx.call(echo, i)) for i in range(n)]
    await asyncio.wait(tasks)

    async def again(i: int) -> Any:
        seen = await asyncio.gather(*tasks)
        return await ctx.call(echo, [i, len(seen)])

    async def beside(i: int) -> Any:
        await asyncio.sleep(0)
        return await ctx.call(echo, [i, "beside"])

    return list(await asyncio.gather(*(f(i) for i in range(n) for f in (again, beside))))


@workflow
async def completing_later(ctx: Context, n: int) -> list[Any]:
    """``as_completed`` and its limit begin when it is called, not when it is first asked."""
    calls = [ctx.call(echo, i) for i in range(n)]
    ended = asyncio.as_completed(calls, timeout=60)
    between = await ctx.call(echo, "between")
    seen = [await each for each in ended]
    last = [await each async for each in asyncio.as_completed([ctx.call(echo, "last")])]
    return [between, *seen, *last]


@workflow
async def giving_up_a_lock(ctx: Context) -> list[Any]:
    """Who gives up waiting passes on what was to wake it."""
    condition, semaphore = asyncio.Condition(), asyncio.Semaphore(1)
    seen: list[Any] = []

    async def on_condition(name: str, timeout_s: float | None) -> None:
        async with condition:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await condition.wait()
                    seen.append(await ctx.call(echo, f"{name} was woken"))
                    return
            seen.append(await ctx.call(echo, f"{name} gave up"))

    async def on_semaphore(name: str) -> None:
        async with semaphore:
            seen.append(await ctx.call(echo, f"{name} has room"))

    await asyncio.gather(on_condition("first", 0.01), on_condition("second", None))
    await semaphore.acquire()
    tasks = [asyncio.ensure_future(on_semaphore(name)) for name in ("a", "b", "c")]
    await asyncio.sleep(0)
    semaphore.release()
    tasks[0].cancel()
    semaphore.release()
    await asyncio.wait(tasks)
    return seen


@workflow
async def cancelled_in_a_group(ctx: Context) -> list[Any]:
    """A task that is cancelled while its group fails stays cancelled; a limit that is over does not
    cancel what comes after it."""
    seen: list[Any] = []

    async def cleans_up_badly() -> None:
        try:
            await ctx.call(never)
        except asyncio.CancelledError:
            raise ValueError("no clean-up") from None

    async def goes_on() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(cleans_up_badly())
        except* ValueError:
            seen.append("failed")
        seen.append(await ctx.call(echo, "goes on"))

    async def beside() -> None:
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.sleep(0)
        seen.append(await ctx.call(echo, "beside"))

    task = asyncio.ensure_future(goes_on())
    await asyncio.gather(task, beside(), return_exceptions=True)
    seen.append(task.cancelled())
    try:
        async with asyncio.timeout(0.01), asyncio.TaskGroup() as group:
            group.create_task(cleans_up_badly())
    except* ValueError:
        seen.append(await ctx.call(echo, "after the limit"))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.01):
            await goes_on()
    return seen


@workflow
async def threaded(ctx: Context, n: int) -> list[Any]:
    seen: list[Any] = []
    for i in range(n):
        seen.append(await ctx.call(in_thread, [i, seen[-1:]]))
    return seen


@workflow
async def nothing(ctx: Context) -> None:
    return None


@workflow
async def deadlocked(ctx: Context) -> None:
    await ctx.call(echo, "before")
    await asyncio.Event().wait()


class Clerk:
    """An agent that takes several roles, each turn a step."""

    capabilities = ("count",)

    def __init__(self, id: str, *, inline: bool = False) -> None:
        self.id = id
        self.inline = inline

    async def run(self, word: str) -> int:
        if (self.id, word) == ("a", "hard"):
            raise ValueError("too hard")
        return len(word)

    async def decompose_task(self, words: list[str]) -> dict[str, Any]:
        parts = [{"id": f"w{at}", "input": word} for at, word in enumerate(words)]
        return {"subtasks": [{**part, "required_capabilities": ["count"]} for part in parts]}

    async def aggregate_results(self, words: list[str], results: list[Any]) -> int:
        return sum(result["answer"] for result in results)

    async def create_proposal(self, told: Any) -> dict[str, Any]:
        return {"proposal": f"{self.id} in round {told['round']}"}

    async def vote(self, told: Any) -> dict[str, Any]:
        return {"choice": self.id if told["round"] == 1 else "b"}


@workflow
async def teamwork(ctx: Context, words: list[str]) -> list[Any]:
    agents = [Clerk("boss"), Clerk("a"), Clerk("b", inline=True), Clerk("c")]
    result = await supervisor_worker(ctx, agents, words)
    statuses = [each["status"] for each in result.details["subtasks"]]
    return [result.status, result.output, statuses]


@workflow
async def ballots(ctx: Context, question: str) -> list[Any]:
    agents = [Clerk("a"), Clerk("b", inline=True), Clerk("c")]
    result = await consensus(ctx, agents, question, rounds_max=3)
    totals = [each["totals"] for each in result.details["rounds"]]
    return [result.status, result.output, totals]


CORPUS: tuple[tuple[Workflow[..., Any], Any], ...] = (
    (sequence, 4),
    (gathering, 6),
    (task_group, 4),
    (group_failure, 3),
    (first_completed, 4),
    (completing, 5),
    (waiting_for, [10, 100, 40, 200]),
    (timing_out, None),
    (locking, 5),
    (queueing, 5),
    (nesting, 3),
    (cancelling, None),
    (failing, 3),
    (broken, "Schlüssel"),
    (broken_by_step, "step"),
    (refused, None),
    (pure_steps, 9),
    (pure_and_strict, 4),
    (non_idempotent, 2),
    (snapshots, 3),
    (patching, 4),
    (derived, 3),
    (clocks, 6),
    (large_values, "x" * 40_000),
    (structs, {"x": 1, "label": "p"}),
    (children, 3),
    (leaving_behind, None),
    (mutating, None),
    (racing_timers, None),
    (shielding, None),
    (conditions, 4),
    (plain_sets, 9),
    (waiting_beside, 3),
    (gathering_again, 3),
    (completing_later, 3),
    (giving_up_a_lock, None),
    (cancelled_in_a_group, None),
    (threaded, 3),
    (nothing, None),
    (deadlocked, None),
    (teamwork, ["one", "hard", "word", "and", "more"]),
    (ballots, "who?"),
)
"""Each workflow with an input."""

RACES_WITH_TIME = frozenset(
    {
        "waiting_for",
        "timing_out",
        "first_completed",
        "completing",
        "derived",
        "clocks",
        "shielding",
        "leaving_behind",
        "plain_sets",
    }
)
"""Their results depend on when or in which order the world answered, which a restart changes."""
