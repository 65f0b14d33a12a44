"""A supervisor splits a task, workers do the parts, the supervisor makes one answer of them.

1. Every subtask ends ``done`` or ``failed`` before the results are aggregated; more subtasks than
   workers wait in a queue. When it ends early, the details name what is ``left``.
2. A subtask goes only to workers who can do what it requires, one subtask at a time to each.
3. A subtask that failed goes to another worker who can do it, at most ``attempts_max`` times in
   all; never to one who failed it.
4. What is left of the budget after the split is divided by the subtasks' weights, with one part of
   ``supervisor_weight`` kept for the supervisor. A second attempt has what the first one left.
5. ``failures_max`` subtasks may fail; one more ends it ``failed`` (``stopped`` when it was a budget
   that did not suffice) and withdraws who still works.
6. ``exhausted``: ``stall_max`` attempts failed in a row.

``details``: ``subtasks``, each with its ``id``, ``status``, the ``workers`` that it had and its
last ``error``. Unless it is solved, the output is what the subtasks came to, by their ids.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import msgspec

from tarl.agents.agent import Agent
from tarl.agents.crew import TOGETHER_MAX, Crew
from tarl.agents.model import NO_USAGE, Usage
from tarl.agents.patterns.casting import at_least_one, one_with
from tarl.agents.registry import can
from tarl.agents.result import Result, Turn
from tarl.agents.roles import Decomposition, Subtask
from tarl.agents.session import PLAIN, Options, OverBudget, Session, Stopped
from tarl.agents.spending import Budget, Spending
from tarl.kernel.context import Context

SUBTASKS_MAX = 5_000
"""Of one split: there must be turns left to try some of them again (``TURNS_MAX``)."""

ATTEMPTS_MAX = 3
STALL_MAX = 20


class _Part(msgspec.Struct):
    """A subtask on its way."""

    subtask: Subtask
    budget: Budget
    status: str = "left"
    workers: list[str] = []
    answer: Any = None
    error: str | None = None
    used: Usage = NO_USAGE
    is_over_budget: bool = False

    @property
    def shown(self) -> dict[str, Any]:
        said = {"id": self.subtask.id, "status": self.status, "workers": self.workers}
        return said if self.error is None else {**said, "error": self.error}

    @property
    def result(self) -> dict[str, Any]:
        said = {"subtask": self.subtask.id, "agent": self.workers[-1] if self.workers else None}
        return said | ({"answer": self.answer} if self.status == "done" else {"error": self.error})


async def supervisor_worker(
    ctx: Context,
    agents: Iterable[Agent | Callable[[Any], Any]],
    input: Any,
    *,
    options: Options = PLAIN,
    supervisor: str | None = None,
    failures_max: int | None = 0,
    attempts_max: int = ATTEMPTS_MAX,
    stall_max: int = STALL_MAX,
    supervisor_weight: int = 1,
) -> Result:
    """Split a task, have the parts done, and put them together.

    The supervisor's ``decompose_task`` is given the input; its ``aggregate_results`` the input and
    ``[{"subtask": id, "agent": id, "answer": ...}, ...]`` in the subtasks' order, with ``error`` in
    place of ``answer`` where a subtask failed. Workers ``run`` a subtask's input.

    Args:
        ctx: The run.
        agents: The supervisor and the workers.
        input: The task.
        options: Bounds and the like.
        supervisor: Who; the first that has ``decompose_task`` when None.
        failures_max: How many subtasks may fail; any number but all of them when None.
        attempts_max: How many workers may try a subtask.
        stall_max: How many attempts may fail in a row.
        supervisor_weight: The supervisor's part of the budget, beside the subtasks' weights.

    Raises:
        Invalid: nobody splits or puts together (``agents.role``, ``agent.role``), no worker
            (``agents.too_few``), or a bound that cannot be (``agents.bound``).
        Conflict: two of one id (``agents.duplicate``).
        Missing: the supervisor named is none of the agents (``agents.unknown``).
        Denied: authority is missing.
    """
    session = Session(ctx, "supervisor_worker", agents, options, least=2)
    for name, bound in (("attempts_max", attempts_max), ("stall_max", stall_max)):
        at_least_one(name, bound)
    boss = one_with(session.agents, "decompose_task", named=supervisor)
    one_with(session.agents, "aggregate_results", named=boss.id)

    async def moves() -> Any:
        own = tuple(boss.capabilities)
        split: Decomposition = await session.ask(boss, "decompose_task", input, needs=own)
        wrong = _wrong_with(split, supervisor_weight)
        if wrong is not None:
            return session.result("failed", None, f"{boss.id} split the task wrongly: {wrong}")
        work = _Work(session, boss, split, attempts_max, supervisor_weight)
        ended = await work.done(failures_max, stall_max)
        if ended is not None:
            return ended
        told = [part.result for part in work.parts]
        return await session.ask(boss, "aggregate_results", input, told, needs=own)

    return await session.play(moves())


class _Work:
    """Subtasks, who may have them, and who has them now."""

    def __init__(
        self,
        session: Session,
        boss: Agent,
        split: Decomposition,
        attempts_max: int,
        supervisor_weight: int,
    ) -> None:
        self._session = session
        self._boss = boss
        self._attempts_max = attempts_max
        self._idle = [agent for agent in session.agents if agent is not boss]
        self._workers = tuple(self._idle)
        self._admitted: dict[tuple[str, ...], frozenset[str]] = {}
        left = left_of(session.options.budget, session.spending)
        whole = sum(subtask.weight for subtask in split.subtasks) + supervisor_weight
        self.parts = [_Part(each, left.share(each.weight, whole)) for each in split.subtasks]
        self._queue: deque[_Part] = deque()
        self._failures = 0
        self._stall = 0

    async def done(self, failures_max: int | None, stall_max: int) -> Result | None:
        """Have all subtasks done; how it ended, if there is nothing to put together."""
        session = self._session
        session.output = {}
        allowed = max(0, len(self.parts) - 1) if failures_max is None else failures_max
        try:
            await self._learn_who_is_admitted()
            for part in self.parts:
                self._await_worker(part)
            async with Crew[_Part, Turn | OverBudget](TOGETHER_MAX) as crew:
                self._give_out(crew)
                while self._failures <= allowed and self._stall < stall_max:
                    try:
                        part, turn = await anext(crew)
                    except StopAsyncIteration:
                        break
                    self._take_in(part, turn)
                    self._give_out(crew)
        finally:
            session.details["subtasks"] = [part.shown for part in self.parts]
        failed = [part for part in self.parts if part.status == "failed"]
        if len(failed) > allowed:
            reason = f"{len(failed)} of {len(self.parts)} subtasks failed: {failed[-1].error}"
            if any(part.is_over_budget for part in failed):
                raise Stopped(reason)
            return session.result("failed", session.output, reason)
        if self._stall >= stall_max:
            return session.result(
                "exhausted", session.output, f"{self._stall} attempts failed in a row"
            )
        return None

    async def _learn_who_is_admitted(self) -> None:
        lending = self._session.options.lending
        for part in self.parts:
            needs = part.subtask.required_capabilities
            if needs in self._admitted:
                continue
            able = [w for w in self._workers if all(can(w, need) for need in needs)]
            if lending is not None and needs:
                ctx = self._session.ctx
                able = [w for w in able if await lending.admits(ctx, w.id, needs)]
            self._admitted[needs] = frozenset(worker.id for worker in able)

    def _may_have(self, part: _Part, worker: Agent) -> bool:
        able = self._admitted[part.subtask.required_capabilities]
        return worker.id in able and worker.id not in part.workers

    def _await_worker(self, part: _Part) -> None:
        """Let a subtask wait for a worker; it has failed when there is none for it."""
        has_tries = len(part.workers) < self._attempts_max
        if has_tries and any(self._may_have(part, worker) for worker in self._workers):
            self._queue.append(part)
            return
        part.status, part.error = "failed", part.error or f"nobody can do {_needs(part.subtask)}"
        self._failures += 1

    def _give_out(self, crew: Crew[_Part, Turn | OverBudget]) -> None:
        """Give what waits, the oldest first, to workers who are idle, the longest idle first."""
        passed: list[_Part] = []
        while self._queue and self._idle:
            part = self._queue.popleft()
            worker = next((w for w in self._idle if self._may_have(part, w)), None)
            if worker is None:
                passed.append(part)
                continue
            self._idle.remove(worker)
            part.workers = [*part.workers, worker.id]
            crew.begin(part, partial(self._attempt, part, worker))
        self._queue.extendleft(reversed(passed))

    async def _attempt(self, part: _Part, worker: Agent) -> Turn | OverBudget:
        subtask = part.subtask
        try:
            return await self._session.attempt(
                worker,
                "run",
                subtask.input,
                giver=self._boss,
                needs=subtask.required_capabilities,
                constraints=subtask.constraints,
                budget=less(part.budget, part.used),
            )
        except OverBudget as spent:
            return spent

    def _take_in(self, part: _Part, turn: Turn | OverBudget) -> None:
        worker = next(w for w in self._workers if w.id == part.workers[-1])
        self._idle.append(worker)
        if isinstance(turn, OverBudget):
            part.status, part.error, part.is_over_budget = "failed", str(turn), True
            self._failures += 1
        elif turn.ending == "answered":
            part.status, part.answer, part.error = "done", turn.answer, None
            self._session.output[part.subtask.id] = turn.answer
        else:
            part.error, part.used = turn.error, part.used + turn.usage
            self._await_worker(part)
        self._stall = 0 if part.status == "done" else self._stall + 1


def left_of(budget: Budget, spending: Spending) -> Budget:
    """What is left of a budget now."""
    left = less(budget, spending.used)
    if budget.time_ms is None:
        return left
    return msgspec.structs.replace(left, time_ms=max(0, budget.time_ms - spending.elapsed_ms))


def less(budget: Budget, used: Usage) -> Budget:
    """A budget without what was used of it."""

    def minus(bound: int | None, amount: int) -> int | None:
        return None if bound is None else max(0, bound - amount)

    return Budget(
        tokens=minus(budget.tokens, used.tokens),
        cost_micro=minus(budget.cost_micro, used.cost_micro),
        model_calls=minus(budget.model_calls, used.model_calls),
        tool_calls=minus(budget.tool_calls, used.tool_calls),
        time_ms=budget.time_ms,
    )


def _wrong_with(split: Decomposition, supervisor_weight: int) -> str | None:
    subtasks: Sequence[Subtask] = split.subtasks
    if len(subtasks) > SUBTASKS_MAX:
        return f"{len(subtasks)} subtasks are more than {SUBTASKS_MAX}"
    if len({subtask.id for subtask in subtasks}) < len(subtasks):
        return "two subtasks have the same id"
    light = [subtask.id for subtask in subtasks if subtask.weight < 0]
    if light:
        return f"subtask {light[0]} has a negative weight"
    if sum(subtask.weight for subtask in subtasks) + supervisor_weight < 1:
        return "nothing has any weight"
    return None


def _needs(subtask: Subtask) -> str:
    return " and ".join(subtask.required_capabilities) or "anything"
