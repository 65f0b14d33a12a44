"""The attempts of one run's steps: begun, watched, tried again as the policy says, answered.

A failed attempt that is followed by another is an event; the wait before the next is counted from
it, and goes on after a restart. The gate is asked before each.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from tarl.errors import TarlError, Unavailable
from tarl.journal.patience import AWAY, AWAY_S_MAX, AWAY_WAIT_S
from tarl.kernel import bodies, events
from tarl.kernel.attempt import DETAILS_BYTES_MAX, Attempt
from tarl.kernel.commands import Command
from tarl.kernel.effect import Effect
from tarl.kernel.gateway import Failure, Outcome
from tarl.kernel.payload import encode_value
from tarl.kernel.permit import Deed, Permit
from tarl.kernel.retry import chance

if TYPE_CHECKING:
    from tarl.engines.embedded.live_run import LiveRun
    from tarl.kernel.replay import Attempts as Recorded


HELD_WAIT_MS = 1_000
"""How often the gate is asked about a step that it holds, if no answer comes before."""


class Attempts:
    """What one run has under way."""

    def __init__(self, live: LiveRun, seed: bytes) -> None:
        self._live = live
        self._seed = seed
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._waits: dict[int, asyncio.TimerHandle] = {}
        self._failed: dict[int, tuple[int, Any]] = {}
        self._permits: dict[int, Permit] = {}
        self._held: dict[int, Effect] = {}
        self._away_since_s: dict[int, float] = {}

    def start(self, command: Command) -> None:
        """Begin a step that was just recorded as asked for."""
        live = self._live
        assert command.activity is not None
        effect = live.effect(command)
        engine = live.engine
        permit = self._asked(effect)
        if permit is None:
            return
        if isinstance(permit, Outcome):
            if permit.held is not None and live.letters.ask_about(effect, permit.held):
                self._held[effect.step] = effect
                self._wait(effect, HELD_WAIT_MS)
            else:
                live.answered(effect, permit)
        elif command.activity.pure and not command.activity.is_async:
            live.answered(effect, engine.gateway.perform_pure(permit, shelf=live), permit)
        elif live.pure_ahead or command.activity.records_intent_first:  # on disk before it runs
            if effect.acting is not None and command.activity.records_intent_first:
                live.note(Deed(permit))
            permit.has_waited = True
            live.then(engine.effects.begin, self._spawn, permit)
            engine.committer.ask()
        else:
            engine.effects.begin(self._spawn, permit)

    def _asked(self, effect: Effect) -> Permit | Outcome | None:
        """The gate's answer; None where the journal is away, and it is asked again.

        Raises:
            Unavailable: it stays away.
        """
        engine = self._live.engine
        failed, _ = self._failed.get(effect.step) or (0, None)
        try:
            permit = engine.gateway.ask(effect, failed + 1)
        except Unavailable as error:
            now_s = engine.loop.time()
            since_s = self._away_since_s.setdefault(effect.step, now_s)
            if error.code not in AWAY or now_s - since_s >= AWAY_S_MAX:
                raise
            self._held[effect.step] = effect
            self._wait(effect, round(AWAY_WAIT_S * 1000))
            return None
        self._away_since_s.pop(effect.step, None)
        return permit

    def go_on(self, command: Command, recorded: Recorded | None, *, is_retried: bool) -> None:
        """Take up a step that a replay found open."""
        if recorded is not None:
            self._failed[command.number] = recorded.failed, recorded.details
            if recorded.is_waiting:
                assert command.activity is not None
                effect = self._live.effect(command)
                wait_ms = recorded.due_ms - self._live.engine.clock.now_ms()
                retry = command.activity.retry
                if retry is not None:
                    wait_ms = min(wait_ms, retry.wait_max_ms)  # the clock may have been set back
                self._wait(effect, max(0, wait_ms))
                return
        if is_retried:
            self._live.append(events.STEP_RETRIED, b'{"step":%d}' % command.number)
        self.start(command)

    def cancel(self, step: int) -> None:
        """Nobody waits for the step any more."""
        task = self._tasks.pop(step, None)
        if task is not None:
            task.cancel()
        permit = self._permits.pop(step, None)
        if permit is not None and not permit.effect.activity.records_intent_first:
            self._live.note(Deed(permit))  # it was at it, whatever comes of it
        wait = self._waits.pop(step, None)
        if wait is not None:
            wait.cancel()
        self._failed.pop(step, None)
        self._away_since_s.pop(step, None)
        if self._held.pop(step, None) is not None:
            self._live.then(self._live.letters.take_back)
            self._live.engine.committer.ask()

    def ask_again(self) -> None:
        """Somebody was answered: ask the gate about the steps that it holds."""
        for step, effect in list(self._held.items()):
            wait = self._waits.pop(step, None)
            if wait is not None:
                wait.cancel()
                self._try_again(effect)

    def let_go(self) -> None:
        """Stop everything."""
        for task in self._tasks.values():
            task.cancel()
        for wait in self._waits.values():
            wait.cancel()
        self._tasks.clear()
        self._waits.clear()

    def _spawn(self, permit: Permit) -> None:
        effect = permit.effect
        if not self._live.is_waiting_for(effect.step):
            return
        if effect.acting is not None:
            self._permits[effect.step] = permit
        task = self._live.engine.effects.spawn(self._perform(permit), effect.activity.name)
        if not task.done():
            self._tasks[effect.step] = task

    async def _perform(self, permit: Permit) -> None:
        effect = permit.effect
        live, step = self._live, effect.step
        try:
            _, details = self._failed.get(step) or (0, None)
            attempt, activity = Attempt(effect, permit.attempt, details), effect.activity
            attempt.on_part = live.engine.parts.take
            if activity.is_plain:
                outcome = await live.engine.gateway.perform(
                    attempt, permit, shelf=live, timeout_ms=activity.timeout_ms
                )
            else:
                outcome = await self._outcome(attempt, permit)
            self._permits.pop(step, None)
            if outcome.failure is None or not self._is_tried_again(
                attempt, permit, outcome.failure
            ):
                self._failed.pop(step, None)
                live.answered(effect, outcome, permit)
        except Exception as error:  # the journal cannot take the outcome
            live.interrupt(error)
        finally:
            live.engine.effects.ended()
            self._tasks.pop(step, None)

    async def _outcome(self, attempt: Attempt, permit: Permit) -> Outcome:
        engine, activity = self._live.engine, attempt.effect.activity
        timeout_ms = activity.timeout_ms
        if activity.total_timeout_ms is not None:
            left_ms = max(1, self._deadline_ms(attempt.effect) - engine.clock.now_ms())
            timeout_ms = left_ms if timeout_ms is None else min(timeout_ms, left_ms)
        by = engine.gateway if activity.queue is None else engine.dispatch
        perform = partial(by.perform, attempt, permit, shelf=self._live, timeout_ms=timeout_ms)
        if activity.token is None:
            return await perform()
        return await engine.tokens.once(attempt.effect, perform, shelf=self._live)

    def _deadline_ms(self, effect: Effect) -> int:
        assert effect.activity.total_timeout_ms is not None
        return effect.command.at_ms + effect.activity.total_timeout_ms

    def _is_tried_again(self, attempt: Attempt, permit: Permit, failure: Failure) -> bool:
        """Record a failed attempt that is followed by another, if it is."""
        effect = attempt.effect
        activity, step = effect.activity, effect.step
        if activity.retry is None or (failure.may_have_happened and not activity.idempotent):
            return False
        draw = chance(self._seed, step, attempt.number)
        wait_ms = activity.retry.wait_ms(attempt.number, failure.names, draw)
        live = self._live
        now_ms = live.engine.clock.now_ms()
        too_late = activity.total_timeout_ms is not None and (
            wait_ms is not None and now_ms + wait_ms >= self._deadline_ms(effect)
        )
        if wait_ms is None or too_late or not live.is_waiting_for(step):
            return False
        details = None
        if attempt.details is not None:
            details = encode_value(
                attempt.details, name="the heartbeat's details", bytes_max=DETAILS_BYTES_MAX
            )
            details = live.engine.gateway.screen.result(effect, details)
        body = bodies.attempt_failed(
            failure.record, step, attempt=attempt.number, wait_ms=wait_ms, details=details
        )
        live.append(events.ATTEMPT_FAILED, body)
        if effect.acting is not None:
            live.note(Deed(permit, events.ATTEMPT_FAILED, body))
        live.engine.metrics.count("steps.retried", activity=activity.name)
        self._failed[step] = attempt.number, attempt.details
        live.then(self._wait, effect, wait_ms)
        live.engine.committer.ask()
        return True

    def _wait(self, effect: Effect, wait_ms: int) -> None:
        live = self._live
        if live.is_waiting_for(effect.step):
            self._waits[effect.step] = live.engine.loop.call_later(
                wait_ms / 1000, self._try_again, effect
            )

    def _try_again(self, effect: Effect) -> None:
        self._waits.pop(effect.step, None)
        live = self._live
        if not live.is_waiting_for(effect.step):
            return
        was_held = self._held.pop(effect.step, None) is not None
        try:
            if not effect.activity.idempotent and not was_held:
                live.append(events.STEP_RETRIED, b'{"step":%d}' % effect.step)
            self.start(effect.command)
        except TarlError as error:
            live.interrupt(error)
