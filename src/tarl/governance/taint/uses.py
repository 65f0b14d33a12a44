"""How often a run has used a rule: of calls of one activity, each step once.

A process that takes a run up again counts what the run's record says: steps that were asked for
under the mark, were not denied, and fit the rule.
"""

from __future__ import annotations

from collections import OrderedDict

from tarl.governance.taint.rules import Rule
from tarl.journal.store import Store
from tarl.kernel import events
from tarl.kernel.conditions import OnRecord
from tarl.kernel.effect import Effect
from tarl.kernel.events import DECODERS, UPCASTERS
from tarl.kernel.payload import decode_value
from tarl.kernel.values import is_digested

REMEMBERED_MAX = 4_096
"""Counts that are kept; what is dropped is read again."""

Key = tuple[str, str, str]


class Uses:
    """The steps that have used rules.

    Args:
        store: The journal.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[Key, set[int]] = OrderedDict()

    def may(self, rule: Rule, effect: Effect, on_record: OnRecord) -> bool:
        """Whether a step may use a rule once more; it has, then."""
        if rule.times is None:
            return True
        key = (effect.run.stream, rule.id, effect.activity.name)
        steps = self._known.get(key)
        if steps is None:
            steps = self._known[key] = self._recorded(rule, effect, on_record)
            while len(self._known) > REMEMBERED_MAX:
                self._known.popitem(last=False)
        if effect.step not in steps and len(steps) >= rule.times:
            return False
        steps.add(effect.step)
        return True

    def _recorded(self, rule: Rule, effect: Effect, on_record: OnRecord) -> set[int]:
        activity, steps = effect.activity, set[int]()
        for stored in self._store.read(effect.run.stream):
            event = UPCASTERS.read(stored) if stored.kind in UPCASTERS else stored
            if event.body is None:
                continue
            if event.kind == events.STEP_DENIED:
                steps.discard(DECODERS[event.kind](event.body).step)
            elif event.kind == events.STEP_SCHEDULED:
                asked = DECODERS[event.kind](event.body)
                if asked.taint is None or asked.activity != activity.name:
                    continue
                arguments = _arguments(effect, bytes(asked.args), bytes(asked.kwargs))
                if arguments is None or not rule.refused(arguments, activity.defaults, on_record):
                    steps.add(asked.step)
        return steps


def _arguments(effect: Effect, args: bytes, kwargs: bytes) -> dict[str, object] | None:
    """Recorded arguments by parameter; None where they are not in the event."""
    if is_digested(args) or is_digested(kwargs) or args.startswith(b'{"$blob":'):
        return None
    names = effect.activity.parameter_names
    given = dict(zip(names, decode_value(args), strict=False))
    return {**effect.activity.defaults, **given, **decode_value(kwargs)}
