"""The high-water mark of a run: once something untrusted has entered, whatever follows is suspect.

Marks on values are lost wherever a value is read, summarised or put into a text. So the run itself
is marked, and everything that its code decides from then on.

1. A mark enters with what the code is given: an outcome or failure of an activity whose answers are
   not trusted, the end of a marked child, the input of a workflow that takes what strangers wrote,
   and where the code says so (``Context.distrust``).
2. It is a fold of recorded events: the outcome's event says that it is untrusted, whatever the
   code declares by the time of a replay. Taking it further costs the same for every step.
3. It never falls. A child, a continuation and a fork begin with the mark of whoever began them.
4. The scope is the run. Values flow through the workflow's code from one agent to another, so no
   part of a run is cleaner than the whole; what must stay apart is a child, whose result leaves the
   mark behind only where a condition of its parent admits it.
5. A step that was asked for under a mark records the mark, and carries it to the gate.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tarl.errors import Invalid
from tarl.kernel.conditions import NOTHING, Condition, as_condition, as_data, looks_back
from tarl.kernel.marks import CALL_INTENDED, RUN_DISTRUSTED, VALUE_FIXED, Mark, Said
from tarl.kernel.payload import encode_value
from tarl.values.canonical import encode, quote
from tarl.values.plain import plain

if TYPE_CHECKING:
    from tarl.kernel.commands import Command
    from tarl.kernel.definition import Activity
    from tarl.kernel.execution import Execution

INTENDED_MAX = 1_000
"""Calls that one run fixes beforehand."""

TIMES_MAX = 10_000
SOURCE_CHARS_MAX = 300


class Intent(msgspec.Struct, kw_only=True):
    """A call that was fixed beforehand, and how often it has come."""

    activity: str
    arguments: Mapping[str, Condition]
    times: int
    used: int = 0

    def refused(self, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        """The arguments that are not as intended, sorted."""
        return unfit(self.arguments, arguments)


class Suspicion(NamedTuple):
    """What the gate is told about a step that was asked for under a mark.

    ``intent`` is the fixed call that it is, ``undoes`` whether it only takes back one that passed;
    ``near`` are fixed calls of the same activity that it is not.
    """

    mark: Mark
    intent: Intent | None = None
    undoes: bool = False
    near: Sequence[Intent] = ()


def unfit(conditions: Mapping[str, Condition], arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of arguments that no condition admits, and of conditions on arguments that are not
    there, sorted.
    """
    wrong = {
        name
        for name, value in arguments.items()
        if name not in conditions or not conditions[name].admits(value, NOTHING)
    }
    return tuple(sorted(wrong | (conditions.keys() - arguments.keys())))


class Watermark:
    """One run's mark, and the calls that were fixed before it.

    Attributes:
        mark: Where it stands; None while nothing untrusted has entered.
    """

    __slots__ = ("_execution", "_intents", "mark")

    def __init__(self, execution: Execution) -> None:
        self.mark: Mark | None = None
        self._execution = execution
        self._intents: list[Intent] = []

    # --- delivered

    def rise(self, mark: Mark | None) -> None:
        """Something came in that bears a mark; the first one stands, and hardens when a later one
        was declared.
        """
        known = self.mark
        if mark is None or known is mark:
            return
        if known is None or (known.said, mark.said) == ("assumed", "declared"):
            self.mark = mark

    def step(self, activity: str, step: int, said: Said) -> None:
        """The code is about to be given what an untrusted activity answered."""
        place = f"{self._execution.run.ref} step {step}"
        self.rise(Mark(source=activity, place=place, said=said))

    # --- asked for by the code

    def fix(self, value: Any) -> Any:
        """See ``Context.fix``."""
        self._early("fix a value")
        execution = self._execution
        data = encode_value(
            plain(value), name="the fixed value", bytes_max=execution.limits.value_bytes_max
        )
        execution.issue(VALUE_FIXED, b'{"value":%b}' % execution.shelved(data))
        return value

    def intend(
        self, activity: Activity[..., Any], arguments: Mapping[str, Any], times: int
    ) -> None:
        """See ``Context.intend``."""
        self._early("fix a call")
        if type(times) is not int or not 1 <= times <= TIMES_MAX:
            raise _unfit(f"{activity.name} cannot be fixed {times!r} times")
        if len(self._intents) >= INTENDED_MAX:
            raise _unfit(f"a run fixes at most {INTENDED_MAX} calls")
        conditions = {
            name: as_condition(value, name=f"the argument {name!r} of {activity.name}")
            for name, value in {**activity.defaults, **arguments}.items()
        }
        parameters = activity.signature.parameters
        unknown = sorted(conditions.keys() - parameters.keys())
        if unknown and all(
            p.kind is not inspect.Parameter.VAR_KEYWORD for p in parameters.values()
        ):
            raise _unfit(f"{activity.name} has no parameter {', '.join(unknown)}")
        back = [name for name, each in conditions.items() if looks_back(each)]
        if back:
            why = f"{', '.join(back)} of {activity.name}: give the value that is on record itself"
            raise _unfit(why)
        body = encode({"activity": activity.name, "arguments": as_data(conditions), "times": times})
        if len(body) > self._execution.limits.inline_bytes_max:
            raise _unfit(f"what {activity.name} may be given is too large for an event")
        self._execution.issue(CALL_INTENDED, body)
        self._intents.append(Intent(activity=activity.name, arguments=conditions, times=times))

    def distrust(self, source: str) -> None:
        """See ``Context.distrust``."""
        if not isinstance(source, str) or not 0 < len(source) <= SOURCE_CHARS_MAX:
            raise _unfit(f"{source!r} does not say what is untrusted")
        self._execution.issue(RUN_DISTRUSTED, b'{"source":%b}' % quote(source))
        self.rise(Mark(source=source, place=self._execution.run.ref, said="declared"))

    def suspect(self, command: Command, *, undoes: bool) -> None:
        """Say of a step that was asked for under the mark what the gate is to know."""
        activity, mark = command.activity, self.mark
        assert activity is not None
        assert mark is not None
        if undoes:
            command.suspicion = Suspicion(mark, undoes=True)
            return
        named = [intent for intent in self._intents if intent.activity == activity.name]
        if not named:
            command.suspicion = Suspicion(mark)
            return
        arguments = command.named_arguments()
        for intent in named:
            if intent.used < intent.times and not intent.refused(arguments):
                intent.used += 1
                command.suspicion = Suspicion(mark, intent)
                return
        command.suspicion = Suspicion(mark, near=named)

    def _early(self, what: str) -> None:
        if self.mark is not None:
            raise Invalid(
                f"it is too late to {what}: {self.mark.source} ({self.mark.place}) has brought"
                " untrusted content into the run",
                code="taint.too_late",
                next_step="do it before the first untrusted outcome",
                source=self.mark.source,
                place=self.mark.place,
            )


def _unfit(why: str) -> Invalid:
    return Invalid(
        why,
        code="taint.intent",
        next_step='ctx.intend(activity, {"parameter": value or condition}, times=1)',
    )
