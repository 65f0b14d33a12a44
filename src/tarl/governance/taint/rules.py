"""What a tenant says about suspect effects: which calls it endorses, and what becomes of the rest.

1. A rule names actions, says of every argument what it may be, and who says so and why. An argument
   that it does not name endorses nothing, unless it has its default.
2. What is not endorsed is treated by the mode: ``deny``, ``hold`` for people, ``watch`` (it passes,
   and is counted and told), ``off``. Where nobody has set one, what is declared untrusted denies,
   and what is only assumed to be is watched: who has declared nothing is not stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from tarl.errors import Exceeded, Invalid
from tarl.kernel.conditions import Condition, OnRecord, checked, read_condition
from tarl.policy.capability import covers, covers_resource
from tarl.values.ids import check_name

Mode = Literal["deny", "hold", "watch", "off"]
MODES: tuple[Mode, ...] = ("deny", "hold", "watch", "off")

RULES_MAX = 500
"""Of a tenant: each is looked at when an effect is suspect."""

ACTIONS_MAX = 50
ARGUMENTS_MAX = 100
TIMES_MAX = 10_000
WHY_CHARS_MAX = 1_000


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A call that is endorsed though something untrusted has entered the run that makes it.

    Attributes:
        id: Its name in the tenant.
        actions: Patterns of actions; all that an effect takes must be covered.
        arguments: What each argument may be, by parameter.
        times: How often in one run; None for as often as it likes.
        resource: A pattern of resources; any when None.
        why: Why that is no harm.
    """

    id: str
    actions: tuple[str, ...]
    arguments: Mapping[str, Condition]
    why: str
    times: int | None = None
    resource: str | None = None

    def is_about(self, actions: tuple[str, ...], resource: str) -> bool:
        """Whether it is about effects of these actions on this resource."""
        if self.resource is not None and not covers_resource(self.resource, resource):
            return False
        return all(any(covers(pattern, action) for pattern in self.actions) for action in actions)

    def refused(
        self,
        arguments: Mapping[str, Any],
        defaults: Mapping[str, Any],
        on_record: OnRecord,
    ) -> tuple[str, ...]:
        """The arguments that it does not endorse, sorted."""
        return tuple(
            sorted(
                name
                for name, value in arguments.items()
                if not self._admits(name, value, defaults, on_record)
            )
        )

    def _admits(
        self, name: str, value: Any, defaults: Mapping[str, Any], on_record: OnRecord
    ) -> bool:
        condition = self.arguments.get(name)
        if condition is not None:
            return condition.admits(value, on_record)
        return name in defaults and type(value) is type(defaults[name]) and value == defaults[name]


def read_rule(data: Mapping[str, Any]) -> Rule:
    """A rule from its JSON form.

    Raises:
        Invalid: it is none (``taint.rule``), or a condition is none (``taint.condition``).
    """
    arguments = data.get("arguments", {})
    if not isinstance(arguments, dict):
        raise _unfit("its arguments are no object of conditions by parameter")
    conditions = {
        str(name): read_condition(each, name=f"the argument {name!r}")
        for name, each in arguments.items()
    }
    rest = {name: value for name, value in data.items() if name != "arguments"}
    unknown = sorted(rest.keys() - set(Rule.__struct_fields__))
    if unknown:
        raise _unfit(f"it has no member {', '.join(unknown)}")
    try:
        rule = msgspec.convert({**rest, "arguments": {}}, Rule)
    except msgspec.ValidationError as error:
        raise _unfit(str(error)) from None
    return checked_rule(msgspec.structs.replace(rule, arguments=conditions))


def checked_rule(rule: Rule) -> Rule:
    """The rule itself, if it is sound.

    Raises:
        Invalid: it is not (``taint.rule``, ``taint.condition``, ``id.*``).
        Exceeded: too many actions or arguments (``taint.too_many``).
    """
    check_name(rule.id, "rule")
    if not rule.actions:
        raise _unfit("it names no action")
    if len(rule.actions) > ACTIONS_MAX or len(rule.arguments) > ARGUMENTS_MAX:
        raise Exceeded(
            f"rule {rule.id} has over {ACTIONS_MAX} actions or {ARGUMENTS_MAX} arguments",
            code="taint.too_many",
            next_step="split it into several rules",
        )
    if "*" in rule.actions:
        raise _unfit("it endorses every action there is: name those that it is about")
    if not 0 < len(rule.why.strip()) <= WHY_CHARS_MAX:
        raise _unfit("it does not say why")
    if rule.times is not None and not 1 <= rule.times <= TIMES_MAX:
        raise _unfit(f"it endorses {rule.times} calls")
    for name, condition in rule.arguments.items():
        checked(condition, name=f"the argument {name!r} of rule {rule.id}")
    return rule


def mode(word: str) -> Mode:
    """A mode by its word.

    Raises:
        Invalid: there is none of that name (``taint.mode``).
    """
    for each in MODES:
        if word == each:
            return each
    raise Invalid(
        f"{word!r} is no mode of containment",
        code="taint.mode",
        next_step=f"one of: {', '.join(MODES)}",
    )


def _unfit(why: str) -> Invalid:
    return Invalid(
        f"this rule endorses nothing: {why}",
        code="taint.rule",
        next_step='{"id": ..., "actions": ["mail.send"], "arguments": {"to": {"is": ...}}, "why":'
        " ...}",
    )
