"""Carries activities and sagas out as runs of the kernel; see ``activities`` for what it promises.

A call's run is ``activity/<id>/<token>`` (or ``.../<drawn>`` without a token); a saga's is
``saga/<id>``. Both are runs like every other: ``tarl runs show`` tells their steps and attempts.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Unpack

from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Conflict, RunFailed, TarlError
from tarl.integrations.orchestration.frozen import copied
from tarl.integrations.orchestration_extended.activities import (
    Activity,
    ActivityResult,
    SagaResult,
    Step,
    checked,
    checked_steps,
    in_kernel,
)
from tarl.integrations.orchestration_extended.bench import Bench
from tarl.integrations.orchestration_extended.place import Place, Where, drawn
from tarl.integrations.orchestration_extended.refusals import BadValue, translated
from tarl.kernel import definition, events
from tarl.kernel.context import Context
from tarl.kernel.events import DECODERS
from tarl.kernel.retry import RetryPolicy
from tarl.values.ids import DEFAULT_TENANT, RunId, check_name

CALL = "orchestration/activity"
SAGA = "orchestration/saga"
"""The names of these workflows in the journal."""

RETRY = RetryPolicy(attempts_max=3, first_wait_ms=50, factor=2.0, wait_max_ms=60_000, jitter=0.2)
"""Waits between attempts; how many there are, each call says."""

ATTEMPTS_MAX = 1_000


class ActivityExecutor:
    """Carries activities out.

    Args:
        data_dir: Where its journal lies, ``tarl.db``.
        retry: The waits between attempts.
        where: The journal, if it is another, and the clock; see ``Where``.
    """

    def __init__(
        self,
        data_dir: str | Path = "data/tarl_activities",
        *,
        retry: RetryPolicy = RETRY,
        **where: Unpack[Where],
    ) -> None:
        self.place = Place.of(data_dir, **where)
        self.bench = Bench(self.place)
        self._retry = retry

    async def execute_activity(
        self,
        activity: Activity,
        idempotency_token: str | None = None,
        max_retries: int = 3,
        **kwargs: Any,
    ) -> ActivityResult:
        """Call an activity; what it came to. A failure of the activity is a result, not an error.

        Args:
            activity: What to call.
            idempotency_token: Names the call: it is carried out once, whoever asks how often.
            max_retries: All attempts together.
            kwargs: The activity's arguments, JSON values.

        Raises:
            BadValue: an argument that is not JSON, or a token or number that cannot be one.
            Unavailable: the journal cannot be written.
        """
        checked(activity)
        retry = self._attempts(max_retries)
        given = copied(kwargs, "the arguments")
        token = idempotency_token
        with translated():
            check_name(activity.activity_id, "activity")
            if token is not None:
                check_name(token, "token")
            step = in_kernel(activity, retry=retry, token=token)

        async def call(ctx: Context, input: Any) -> Any:
            return await ctx.call(step, input["kwargs"])

        input = {"activity": activity.activity_id, "kwargs": given}
        id = _call_id(activity.activity_id, token)
        outcome = ActivityResult(activity.activity_id, False, idempotency_token=token)
        async with self.bench.runtime() as runtime:
            try:
                workflow = definition.Workflow(call, name=CALL)
                outcome.result = await _result(runtime, workflow, input, id=id)
                outcome.success = True
            except RunFailed as error:
                outcome.error = str(error.facts.get("error", error.message))
            except Conflict as error:
                if error.code != "run.exists":
                    raise
                outcome.error = (
                    f"token {token!r} of {activity.activity_id} was used with other arguments;"
                    " a token stands for one call"
                )
        outcome.attempt = self._attempts_of(id)
        return outcome

    async def execute_saga(
        self, saga_id: str, steps: Sequence[Step], max_retries: int = 3
    ) -> SagaResult:
        """Call activities one after another; if one fails, undo those before it, the last first.

        The same saga again gives what it came to; one that was cut off goes on where it was.

        Args:
            saga_id: Names the saga.
            steps: Activities with their arguments.
            max_retries: Attempts at each of them.

        Raises:
            BadValue: a step that is none, or arguments that are not JSON.
            Busy: the saga was begun with other steps.
            Unavailable: the journal cannot be written.
        """
        whole = checked_steps(steps)
        retry = self._attempts(max_retries)
        input = copied([[each.activity_id, kwargs] for each, kwargs in whole], "the arguments")
        with translated():
            check_name(saga_id, "saga id")
            calls = [in_kernel(each, retry=retry, compensates=True) for each, _ in whole]

        async def saga(ctx: Context, input: Any) -> Any:
            results = []
            for step, (_, kwargs) in zip(calls, input, strict=True):
                results.append(await ctx.call(step, kwargs))
            return results

        outcome = SagaResult(saga_id, False)
        id = f"saga/{saga_id}"
        async with self.bench.runtime() as runtime:
            with translated():
                workflow = definition.Workflow(saga, name=SAGA)
                try:
                    outcome.results = await runtime.run(workflow, input, id=id)
                    outcome.success = True
                except RunFailed as error:
                    outcome.error = str(error.facts.get("error", error.message))
        self._tell(outcome, id)
        return outcome

    # --- looking

    def get_metrics(self) -> dict[str, int]:
        """How many calls and sagas there were, and how they stand."""
        with self.place.store() as store:
            found = {
                f"{name}_{status}": store.count("run", {"workflow": wire, "status": status})
                for name, wire in (("activities", CALL), ("sagas", SAGA))
                for status in ("completed", "failed", "running")
            }
        return found

    def get_status(self) -> dict[str, int]:
        """How many calls have completed."""
        return {"completed": self.get_metrics()["activities_completed"]}

    # --- inside

    def _attempts(self, max_retries: int) -> RetryPolicy:
        if type(max_retries) is not int or not 1 <= max_retries <= ATTEMPTS_MAX:
            raise BadValue(
                f"{max_retries!r} is no number of attempts",
                code="activity.options",
                next_step=f"a whole number from 1 to {ATTEMPTS_MAX}",
            )
        changed: dict[str, Any] = {n: getattr(self._retry, n) for n in _RETRY_FIELDS}
        return RetryPolicy(**{**changed, "attempts_max": max_retries})

    def _attempts_of(self, id: str) -> int:
        """How many attempts the latest run of a call took."""
        kinds = [kind for kind, _ in self._events(id)]
        return 1 + kinds.count(events.ATTEMPT_FAILED)

    def _tell(self, outcome: SagaResult, id: str) -> None:
        """Add what was undone, from the saga's history."""
        asked: dict[int, str] = {}
        for kind, said in self._events(id):
            if kind == events.STEP_SCHEDULED:
                asked[said.step] = said.activity
            elif kind == events.STEP_COMPLETED:
                name = asked[said.step]
                if name.endswith(":compensate"):
                    outcome.compensated.append(name.removesuffix(":compensate"))
            elif kind == events.RUN_FAILED:
                outcome.uncompensated = list(said.uncompensated)

    def _events(self, id: str) -> list[tuple[str, Any]]:
        with self.place.store() as store:
            where = {"tenant": DEFAULT_TENANT, "workflow_id": id}
            latest = list(store.scan("run", where, order_by="n", descending=True, limit=1))
            if not latest:
                return []
            stream = RunId(DEFAULT_TENANT, id, latest[0]["n"]).stream
            return [
                (event.kind, DECODERS[event.kind](event.body))
                for event in store.read(stream)
                if event.body is not None
            ]


_RETRY_FIELDS = RetryPolicy.__struct_fields__


async def _result(
    runtime: Runtime, workflow: definition.Workflow[..., Any], input: Any, *, id: str
) -> Any:
    """The result of the call's run: the one that there is, or a further one where that failed."""
    handle = await runtime.start(workflow, input, id=id)
    is_known = runtime.closing_event(handle.run_id) is not None
    try:
        return await handle.result()
    except TarlError as error:
        if not is_known or not isinstance(error, RunFailed):
            raise
    return await runtime.run(workflow, input, id=id, new_run=True)


def _call_id(activity_id: str, token: str | None) -> str:
    """The workflow id of a call's run; a token that is too long for one stands there by its
    digest.
    """
    last = drawn("call") if token is None else token
    whole = f"activity/{activity_id}/{last}"
    if len(whole) > 400:
        digest = sha256(f"{activity_id}\0{last}".encode()).hexdigest()
        whole = f"activity/{digest}"
    return whole
