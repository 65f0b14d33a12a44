"""Policy data: what an organisation demands in a closed vocabulary of keys, compiled to Cedar.

    {"require_mfa": true, "max_retries": 3, "allowed_models": ["small"], "allowed_hours":
     {"from": "08:00", "to": "18:00"}}

Each key becomes one rule, named as the key is, which forbids what the key does not allow. So data
and Cedar are one thing once they are registered; what decides is the Cedar text. Keys and what they
are about are listed by ``KEYS``; an unknown key or a value of another type is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from tarl.errors import Exceeded, Invalid, TarlError
from tarl.policy.cedar.source import TEXT_BYTES_MAX
from tarl.policy.cedar.vocabulary import KNOWN_TEXTS
from tarl.values.canonical import INTEGER_MAX
from tarl.values.canonical import decode as strictly
from tarl.values.ids import check_name, encode_segment

DATA = "data"
"""The language of policy data, where a text is registered."""

MFA_ROLE = "mfa"
"""The role that is attested of an agent whose humans sign in with a second factor."""

ENTRIES_MAX = 200
"""Of a list: what is longer is written in Cedar."""

MODEL_ACTION = "model.complete"
MODEL_PLACE = "model"

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z")

Condition = tuple[str, str]
"""What stands in the head for the action, and the clause that follows it."""


class Key(NamedTuple):
    """A key: the type of its value in words, what it demands, and how it is compiled."""

    type: str
    meaning: str
    compiled: Callable[[Any], Condition]


def read_data(text: str) -> dict[str, Any]:
    """The policy data that a JSON text writes.

    Raises:
        Invalid: it is no JSON object that holds a key (``policy.data``, ``json.*``), an unknown
            key (``policy.data_key``), or a value of another type (``policy.data``).
        Exceeded: it is too large (``policy.too_large``).
    """
    if len(text.encode("utf-8", "surrogatepass")) > TEXT_BYTES_MAX:
        raise Exceeded(
            f"the data has more than {TEXT_BYTES_MAX} bytes",
            code="policy.too_large",
            next_step="register it as several policies",
        )
    data = strictly(text.encode("utf-8", "surrogatepass"))
    if not isinstance(data, dict) or not data:
        raise _unfit("it is no JSON object with a key")
    compiled(data)
    return data


def compiled(data: Mapping[str, Any]) -> str:
    """The Cedar text of policy data, the same for the same data.

    Raises:
        Invalid: an unknown key (``policy.data_key``), or a value of another type (``policy.data``).
    """
    rules = []
    for name, value in sorted(data.items()):
        key = KEYS.get(name)
        if key is None:
            raise Invalid(
                f"policy data has no key {name[:80]!r}",
                code="policy.data_key",
                next_step=f"one of: {', '.join(KEYS)}; anything else is written in Cedar",
                key=name[:80],
            )
        try:
            action, clause = key.compiled(value)
        except (_Unfit, TarlError) as error:
            why = error.message if isinstance(error, TarlError) else str(error)
            raise _unfit(f"{name} must be {key.type}: {why}") from None
        rules.append(
            f'@id("{name}")\n@reason({_quoted(key.meaning)})\n'
            f"forbid (principal, {action}, resource)\n{clause};\n"
        )
    return "\n".join(rules)


class _Unfit(Exception):
    """A value is not of its key's type."""


def _unfit(why: str) -> Invalid:
    return Invalid(
        f"this is no policy data: {why}",
        code="policy.data",
        next_step="tarl policy keys says what each key takes",
    )


# --- types


def _bool(value: Any) -> bool:
    if type(value) is not bool:
        raise _Unfit(f"{_shown(value)} is neither true nor false")
    return value


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= INTEGER_MAX:
        raise _Unfit(f"{_shown(value)} is no whole number from 0")
    return value


def _names(value: Any) -> list[str]:
    if not isinstance(value, list) or not 0 < len(value) <= ENTRIES_MAX:
        raise _Unfit(f"{_shown(value)} is no list of 1 to {ENTRIES_MAX} names")
    for name in value:
        if not isinstance(name, str):
            raise _Unfit(f"{_shown(name)} is no name")
        check_name(name, "name")
    return sorted(set(value))


def _minutes(value: Any) -> int:
    found = _CLOCK.match(value) if isinstance(value, str) else None
    if found is None:
        raise _Unfit(f"{_shown(value)} is no time of day such as 08:30")
    return 60 * int(found[1]) + int(found[2])


def _shown(value: Any) -> str:
    return repr(value)[:80]


# --- what they compile to


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _listed(names: Sequence[str], kind: str = "") -> str:
    mark = f"{kind}::" if kind else ""
    return "[" + ", ".join(f"{mark}{_quoted(name)}" for name in names) + "]"


def _if(holds: bool, clause: str) -> Condition:
    return "action", clause if holds else "when { false }"


def _actions(value: Any) -> str:
    return f"action in {_listed(_names(value), 'Action')}"


def _models(word: str, value: Any) -> Condition:
    places = [f"{MODEL_PLACE}/{encode_segment(name)}" for name in _names(value)]
    head = f'action == Action::"{MODEL_ACTION}"'
    return head, f"{word} {{ resource in {_listed(places, 'Resource')} }}"


def _resources(value: Any) -> str:
    return f"resource in {_listed(_names(value), 'Resource')}"


def _postures(value: Any) -> Condition:
    names, known = _names(value), KNOWN_TEXTS["principal", "posture"]
    for name in names:
        if name not in known:
            raise _Unfit(f"{name!r} is none of {', '.join(known)}")
    return "action", f"unless {{ {_listed(names)}.contains(principal.posture) }}"


def _hours(value: Any) -> Condition:
    if not isinstance(value, dict) or set(value) != {"from", "to"}:
        raise _Unfit(f"{_shown(value)} is no object with from and to")
    start, end = _minutes(value["from"]), _minutes(value["to"])
    if start == end:
        raise _Unfit("from and to are the same")
    after = f'context.at.toTime() >= duration("{start}m")'
    before = f'context.at.toTime() < duration("{end}m")'
    joined = "&&" if start < end else "||"  # over midnight
    return "action", f"unless {{ {after} {joined} {before} }}"


_LIST = "a list of names"

KEYS: Mapping[str, Key] = {
    "allowed_actions": Key(
        "a list of actions, such as mail.send or mail.*",
        "only these actions are taken",
        lambda value: ("action", f"unless {{ {_actions(value)} }}"),
    ),
    "allowed_hours": Key(
        'an object such as {"from": "08:00", "to": "18:00"}, in UTC',
        "nothing is done outside of these hours, UTC",
        _hours,
    ),
    "allowed_models": Key(
        _LIST,
        "only these models are asked",
        lambda value: _models("unless", value),
    ),
    "allowed_postures": Key(_LIST, "only agents of these postures act", _postures),
    "allowed_resources": Key(
        "a list of paths",
        "only what lies in these places is touched",
        lambda value: ("action", f"unless {{ {_resources(value)} }}"),
    ),
    "forbidden_actions": Key(
        "a list of actions, such as mail.send or mail.*",
        "these actions are never taken",
        lambda value: ("action", f"when {{ {_actions(value)} }}"),
    ),
    "forbidden_models": Key(
        _LIST,
        "these models are never asked",
        lambda value: _models("when", value),
    ),
    "forbidden_resources": Key(
        "a list of paths",
        "what lies in these places is not touched",
        lambda value: ("action", f"when {{ {_resources(value)} }}"),
    ),
    "max_cost_minor": Key(
        "a whole number",
        "no effect takes more than this from its agent's budgets, in minor units",
        lambda value: ("action", f"when {{ context.cost_minor > {_count(value)} }}"),
    ),
    "max_retries": Key(
        "a whole number",
        "no effect may be tried again more often than this",
        lambda value: ("action", f"when {{ context.retries > {_count(value)} }}"),
    ),
    "read_only": Key(
        "true or false",
        "nothing is written",
        lambda value: _if(_bool(value), 'when { context.access == "write" }'),
    ),
    "require_agent": Key(
        "true or false",
        "nothing is done for nobody in particular",
        lambda value: _if(_bool(value), 'when { principal.id == "" }'),
    ),
    "require_mfa": Key(
        "true or false",
        f"only agents with the attested role {MFA_ROLE} act",
        lambda value: _if(_bool(value), f'unless {{ principal.roles.contains("{MFA_ROLE}") }}'),
    ),
    "required_roles": Key(
        _LIST,
        "only agents with all these attested roles act",
        lambda value: (
            "action",
            f"unless {{ principal.roles.containsAll({_listed(_names(value))}) }}",
        ),
    ),
}
"""Every key, by name."""
