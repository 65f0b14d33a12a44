"""The one way from a workflow to the world: asked at the gate, run, answered with an outcome to
record.

Every effect passes here, whatever asked for it; there is no second path. The gate answers at the
moment of the effect, with a permit that is used by one attempt; a gate that crashes, answers
nothing or holds means that the effect does not run. Where the journal is away, which the courts
look into, there is no verdict and no outcome: the effect waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextvars import copy_context
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec

from tarl.errors import Denied, Refused, TarlError, Unavailable
from tarl.journal.patience import AWAY, Line, patiently
from tarl.kernel import events
from tarl.kernel.attempt import Attempt, current
from tarl.kernel.commands import step_error
from tarl.kernel.definition import Activity
from tarl.kernel.effect import Effect
from tarl.kernel.ending import text_of
from tarl.kernel.limits import Limits
from tarl.kernel.marks import Said
from tarl.kernel.payload import decode_value, encode_value, received
from tarl.kernel.permit import Permit
from tarl.kernel.screen import Screen, Unscreened
from tarl.kernel.values import Shelf, shelve
from tarl.kernel.wording import printable
from tarl.values.canonical import encode
from tarl.values.verdict import Allow, Deny, Hold, Reason, Verdict, join

T = TypeVar("T")

ALIKE_REMEMBERED = 4_096
"""Kinds of effects of which it is known which gates are quiet; beyond it all are dropped."""

_ALLOW = Allow()

PERMIT_LIFE_S = 0.05
"""A permit that waited longer than this for its effect to begin is asked for again."""


class Gate(Protocol):
    """Decides whether an effect may run; see ``Verdict``."""

    def decide(self, effect: Effect) -> Verdict: ...


class Quiet(Protocol):
    """A gate that knows when it has nothing to say."""

    def is_quiet(self, effect: Effect) -> bool:
        """Whether it allows, without a reason, every effect that is like this one in its tenant, in
        its actions, in whether it is done for an agent and in whether anything about it is suspect,
        for as long as the tables stay as they are.
        """


class AllowAll:
    """A gate that lets everything pass, for work that needs no authority."""

    def decide(self, effect: Effect) -> Verdict:
        """Allow."""
        return _ALLOW

    def is_quiet(self, effect: Effect) -> bool:
        """Always."""
        return True


class DenyAll:
    """A gate that lets nothing pass, for dry runs and emergencies."""

    def decide(self, effect: Effect) -> Verdict:
        """Deny, saying so."""
        return Deny((Reason(code="gate.deny_all", text="this runtime denies every effect"),))


class Courts:
    """Several gates as one: the strictest verdict, with the reasons of all that gave it.

    They are asked in order, and those after one that does not allow are not asked: what the last of
    them sets aside is set aside only for what all the others let pass. Those that are quiet about
    an effect are not asked about any that is like it until the tables change.

    Args:
        gates: The gates.
        revision: Another number once anything has changed that a quiet gate looks at
            (``Store.tables_revision``); without it all are asked every time.
    """

    def __init__(self, *gates: Gate, revision: Callable[[], int] | None = None) -> None:
        self._gates = gates
        self._revision = revision
        self._revised = -1
        self._speaking: dict[tuple[object, ...], tuple[Gate, ...]] = {}

    def decide(self, effect: Effect) -> Verdict:
        """See ``Gate.decide``; of no gates at all, Deny."""
        gates = self._gates
        if self._revision is not None:
            try:
                revision = self._revision()
            except TarlError:
                pass  # each says itself what it makes of that
            else:
                acts, is_suspect = effect.acting is not None, effect.command.suspicion is not None
                alike = effect.run.tenant, effect.activity.actions, acts, is_suspect
                found = self._speaking.get(alike) if revision == self._revised else None
                gates = self._speaking_about(effect, alike, revision) if found is None else found
        telling: Verdict | None = None  # mostly one court has something to say
        for gate in gates:
            verdict = gate.decide(effect)
            if not isinstance(verdict, Allow):
                return verdict
            if verdict.reasons:
                given = () if telling is None else telling.reasons
                telling = Allow((*given, *verdict.reasons)) if given else verdict
        return telling or (_ALLOW if self._gates else join())

    def _speaking_about(
        self, effect: Effect, alike: tuple[object, ...], revision: int
    ) -> tuple[Gate, ...]:
        if revision != self._revised or len(self._speaking) >= ALIKE_REMEMBERED:
            self._speaking.clear()
            self._revised = revision
        speaking = tuple(gate for gate in self._gates if not _is_quiet(gate, effect))
        self._speaking[alike] = speaking
        return speaking


def _is_quiet(gate: Any, effect: Effect) -> bool:
    """Whether a gate says that it has nothing to say; one that fails to answer is asked itself."""
    told: Callable[[Effect], bool] | None = getattr(gate, "is_quiet", None)
    try:
        return told is not None and told(effect) is True
    except TarlError:
        return False


class Failure(NamedTuple):
    """Why an attempt failed: the record, the names of the error's class and its bases, and whether
    the effect may have happened all the same.
    """

    record: events.ErrorRecord
    names: tuple[str, ...]
    may_have_happened: bool = False


class Outcome(msgspec.Struct, frozen=True, eq=False):
    """What the world answered: the event to record, and what to deliver once it is recorded.

    ``failure`` says why an attempt failed, for who decides about another one; ``held`` is the
    verdict on an effect that may pass once people have approved; ``untrusted`` who says that
    strangers may have written what was answered.
    """

    kind: str
    body: bytes
    value: Any
    error: TarlError | None
    failure: Failure | None = None
    held: Hold | None = None
    untrusted: Said | None = None


class Gateway:
    """Carries out effects.

    Args:
        gate: Who decides.
        threads: Where synchronous activities run.
        limits: Bounds of what they may return.
        now_s: A clock that never runs backwards, in seconds.
        screen: What takes out of outcomes what is not to be recorded.
        line: The way to the journal; None to one that is never away.
    """

    def __init__(
        self,
        gate: Gate,
        *,
        threads: Executor,
        limits: Limits,
        now_s: Callable[[], float],
        screen: Screen = Unscreened(),  # noqa: B008
        line: Line | None = None,
    ) -> None:
        self.screen = screen
        self._line = line
        self._gate = gate
        self._threads = threads
        self._limits = limits
        self._now_s = now_s
        self._mint = object()
        self._verdict = self._judged if line is None else partial(self._judged_along, line)

    def ask(self, effect: Effect, attempt: int = 1, *, age_s: float = 0.0) -> Permit | Outcome:
        """Leave for an attempt at an effect, or the outcome of one that the gate does not allow;
        ``age_s`` is how long ago the gate's view of the world was taken.

        Raises:
            Unavailable: the journal is away, so the gate could not look (``journal.unreachable``).
        """
        verdict = self._verdict(effect)
        if isinstance(verdict, Allow):
            given_at_s = self._now_s() - age_s
            return Permit(self._mint, effect, attempt, verdict.reasons, given_at_s)
        return _denied(effect, verdict)

    def take(self, permit: Permit, effect: Effect, attempt: int = 1) -> Outcome | None:
        """Use a permit: None if the effect may run now, else the outcome that it may not.

        A permit that has waited is good only if the gate still says so.

        Raises:
            Denied: it is used, or was given for something else (``permit.unfit``).
            Unavailable: the journal is away (``journal.unreachable``).
        """
        permit.use(self._mint, effect, attempt)
        return None if self._is_fresh(permit) else self._refusal(effect)

    def _is_fresh(self, permit: Permit) -> bool:
        return not permit.has_waited and self._now_s() - permit.given_at_s <= PERMIT_LIFE_S

    def _refusal(self, effect: Effect) -> Outcome | None:
        verdict = self._verdict(effect)
        return None if isinstance(verdict, Allow) else _denied(effect, verdict)

    def _judged_along(self, line: Line, effect: Effect) -> Verdict:
        """The verdict of a gate that looks into a journal which may be away."""
        outages = line.outages
        with line.unwaiting():
            verdict = self._judged(effect)
        if line.outages != outages and not isinstance(verdict, Allow):
            raise Unavailable(  # whatever a court made of that
                "the journal does not answer the gate",
                code="journal.unreachable",
                next_step="check that its server runs and may be reached",
            )
        return verdict

    def _judged(self, effect: Effect) -> Verdict:
        try:
            verdict = self._gate.decide(effect)
        except Exception as error:
            if isinstance(error, Unavailable) and error.code in AWAY:
                raise
            text = printable(f"the gate crashed: {type(error).__name__}: {text_of(error)}")
            return Deny((Reason(code="gate.crashed", text=text),))
        if not isinstance(verdict, Verdict):
            text = f"the gate answered {type(verdict).__name__}, which is no verdict"
            return Deny((Reason(code="gate.no_verdict", text=text),))
        return verdict

    async def perform(
        self, attempt: Attempt, permit: Permit, *, shelf: Shelf, timeout_ms: int | None = None
    ) -> Outcome:
        """Run an allowed effect to its outcome; cancellation passes through and records nothing.

        Args:
            attempt: The attempt at the effect.
            permit: The leave for it.
            shelf: Where a large result goes.
            timeout_ms: How long it may take; None for no limit.

        Raises:
            Denied: the permit is not for this attempt (``permit.unfit``).
            Unavailable: the journal stays away (``journal.unreachable``); the attempt says whether
                it has begun.
        """
        effect = attempt.effect
        permit.use(self._mint, effect, attempt.number)
        if not self._is_fresh(permit):
            try:
                refused = self._refusal(effect)
            except Unavailable:  # asked again, until the journal answers
                refused = await patiently(partial(self._refusal, effect))
            if refused is not None:
                return refused
        attempt.has_begun = True
        activity = effect.activity
        try:
            args, kwargs = effect.command.arguments()
            current.set(attempt)
            if timeout_ms is None and activity.heartbeat_ms is None:
                if activity.is_async:
                    value = await activity.fn(*args, **kwargs)
                else:
                    value = await self._run(activity, args, kwargs)
            else:
                value = await self._run_in_time(attempt, args, kwargs, timeout_ms)
        except (asyncio.CancelledError, Exception, SystemExit) as error:
            attempt.is_cancelled = True
            if isinstance(error, asyncio.CancelledError) and _is_cancelled():
                raise
            outcome = partial(_failed, effect, error, self.screen)
        else:
            outcome = partial(self._completed, effect, value, shelf)
        if self._line is None:
            return outcome()
        return await patiently(partial(self._at_once, outcome))  # what has happened is not lost

    def _at_once(self, ask: Callable[[], T]) -> T:
        """Ask something that looks into the journal, which keeps nobody waiting while it is
        away.
        """
        assert self._line is not None
        with self._line.unwaiting():
            return ask()

    async def _run_in_time(
        self,
        attempt: Attempt,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        timeout_ms: int | None,
    ) -> Any:
        loop = asyncio.get_running_loop()
        activity = attempt.effect.activity
        silence_s = None if activity.heartbeat_ms is None else activity.heartbeat_ms / 1000
        whole = asyncio.timeout(None if timeout_ms is None else timeout_ms / 1000)
        silent = asyncio.timeout(silence_s)

        def heard() -> None:
            if silence_s is not None and not attempt.is_cancelled and not silent.expired():
                silent.reschedule(loop.time() + silence_s)

        attempt.on_heartbeat = lambda: _soon(loop, heard)
        try:
            async with whole, silent:
                try:
                    return await self._run(activity, args, kwargs)
                finally:
                    attempt.on_heartbeat = None
        except TimeoutError as error:
            if silent.expired():
                raise TimedOut(f"no heartbeat within {activity.heartbeat_ms} ms") from error
            if whole.expired():
                raise TimedOut(f"no outcome within {timeout_ms} ms") from error
            raise

    def perform_pure(self, permit: Permit, *, shelf: Shelf) -> Outcome:
        """Compute a pure synchronous activity at once, without leaving the thread."""
        effect = permit.effect
        permit.use(self._mint, effect, permit.attempt)
        try:
            args, kwargs = effect.command.arguments()
            value = effect.activity.fn(*args, **kwargs)
        except (Exception, SystemExit) as error:
            return _failed(effect, error, self.screen)
        return self._completed(effect, value, shelf)

    async def _run(
        self, activity: Activity[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Any:
        if activity.is_async:
            return await activity.fn(*args, **kwargs)
        return await _in_thread(self._threads, partial(activity.fn, *args, **kwargs))

    def _completed(self, effect: Effect, value: Any, shelf: Shelf) -> Outcome:
        activity, step = effect.activity, effect.step
        declared = activity.result_type
        try:
            data = encode_value(
                value,
                name=f"the result of {activity.name}",
                declared=declared,
                bytes_max=self._limits.value_bytes_max,
            )
            shown = self.screen.result(effect, data)
            held = shelve(shown, shelf=shelf, inline_bytes_max=self._limits.inline_bytes_max)
            if shown is data:
                delivered = received(value, data, declared)
            else:
                delivered = decode_value(shown, declared)
        except Refused as error:
            text = self.screen.message(effect, error.message)
            return _failed_as(error.code, text, step, activity.name)
        body = events.step_completed(held, step)
        return Outcome(events.STEP_COMPLETED, body, delivered, None)


async def _in_thread(threads: Executor, call: Callable[[], Any]) -> Any:
    context = copy_context()
    return await asyncio.get_running_loop().run_in_executor(threads, context.run, call)


def _is_cancelled() -> bool:
    """Whether the engine cancelled the effect, and not something that the effect itself waited
    for.
    """
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


class TimedOut(TimeoutError):
    """An attempt took too long, or was silent for too long."""


def _soon(loop: asyncio.AbstractEventLoop, heard: Callable[[], None]) -> None:
    """Call in the loop's thread; nothing where the loop is over, and with it the attempt."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(heard)


def _failed(effect: Effect, error: BaseException, screen: Screen) -> Outcome:
    kind = TimeoutError if isinstance(error, TimedOut) else type(error)
    text = screen.message(effect, text_of(error))
    if kind is TimeoutError and not text:
        text = f"no outcome within {effect.activity.timeout_ms} ms"
    names = tuple(base.__name__ for base in kind.__mro__ if base is not object)
    if isinstance(error, TarlError):
        names = (error.code, *names)
    outcome = _failed_as(kind.__name__, text, effect.step, effect.activity.name)
    assert outcome.failure is not None
    late = isinstance(error, TimedOut)
    failure = outcome.failure._replace(names=names, may_have_happened=late)
    return msgspec.structs.replace(outcome, failure=failure)


def _failed_as(error_type: str, message: str, step: int, activity: str) -> Outcome:
    record = events.ErrorRecord(type=printable(error_type), message=printable(message))
    return failed(record, step, activity=activity)


def failed(record: events.ErrorRecord, step: int, *, activity: str) -> Outcome:
    """The outcome of a step that failed."""
    body = events.step_failed(record, step)
    error = step_error(record, activity=activity)
    return Outcome(events.STEP_FAILED, body, None, error, Failure(record, (record.type,)))


def _denied(effect: Effect, verdict: Verdict) -> Outcome:
    reasons_json = encode([reason.as_data() for reason in verdict.reasons])
    body = b'{"reasons":%b,"step":%d}' % (reasons_json, effect.step)
    reasons = events.DECODERS[events.STEP_DENIED](body).reasons  # as a replay will give them
    error = denied(reasons, activity=effect.activity.name)
    held = verdict if isinstance(verdict, Hold) else None
    return Outcome(events.STEP_DENIED, body, None, error, held=held)


def denied(reasons: Sequence[Mapping[str, Any]], *, activity: str) -> Denied:
    """The exception that a recorded refusal raises inside the workflow."""
    texts = "; ".join(str(reason.get("text", "")) for reason in reasons)
    return Denied(f"{activity} was denied: {texts}", code="step.denied", reasons=list(reasons))
