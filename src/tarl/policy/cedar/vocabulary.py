"""What policies may name: actions and their arguments; and Cedar's schema of them.

The shapes of agents, resources and the context are tarl's own and the same for every policy:

    principal  Agent::"<tenant>/<id>"    tenant, id, roles, posture
    action     Action::"mail.send"       in Action::"mail.*"
    resource   Resource::"mailbox/alice" in Resource::"mailbox"; path
    context    access, output, tenant, task?, activity, cost_minor, retries, at, args

A vocabulary that names actions has policies name no others, and gives the types of
``context.args``.
A *free* one takes whatever actions a policy names, and knows no arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from tarl.errors import Invalid
from tarl.policy.cedar.types import Field, fields_data, read_fields, schema_record
from tarl.values.canonical import encode
from tarl.values.ids import check_name

ACTIONS_MAX = 1_000
"""In one vocabulary: Cedar validates a policy once for each of them."""

AGENT_ATTRIBUTES = ("tenant", "id", "roles", "posture")
RESOURCE_ATTRIBUTES = ("path",)
CONTEXT_NUMBERS = ("cost_minor", "retries")
CONTEXT_ATTRIBUTES = (
    "access",
    "output",
    "tenant",
    "task",
    "activity",
    *CONTEXT_NUMBERS,
    "at",
    "args",
)

KNOWN_TEXTS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("context", "access"): ("read", "write"),
    ("context", "output"): ("text", "data"),
    ("principal", "posture"): (
        "none",
        "pseudo",
        "tool",
        "supervised",
        "delegating",
        "autonomous",
    ),
}
"""What attributes of few values can be, by variable and attribute."""

_STRING = {"type": "String"}


class Vocabulary(msgspec.Struct, frozen=True):
    """Actions by name, each with the arguments of a call; None takes any action."""

    actions: Mapping[str, Mapping[str, Field]] | None = None

    @property
    def is_free(self) -> bool:
        """Whether any action may be named."""
        return self.actions is None

    def as_data(self) -> dict[str, Any] | None:
        """The JSON that ``read_vocabulary`` reads; None when it is free."""
        if self.actions is None:
            return None
        return {
            "actions": {
                name: {"args": fields_data(args)} for name, args in sorted(self.actions.items())
            }
        }

    def arguments(self, actions: Iterable[str] | None = None) -> set[str]:
        """The names of the arguments of some actions, or of all."""
        held = self.actions or {}
        chosen = held if actions is None else [name for name in actions if name in held]
        return {name for action in chosen for name in held[action]}


FREE = Vocabulary()


def read_vocabulary(data: Any) -> Vocabulary:
    """The vocabulary that JSON writes: ``{"actions": {NAME: {"args": {PARAMETER: TYPE}}}}``.

    Raises:
        Invalid: it is none (``policy.vocabulary``, ``policy.type``), naming the place.
    """
    if data is None:
        return FREE
    actions = data.get("actions") if isinstance(data, dict) and set(data) == {"actions"} else None
    if not isinstance(actions, dict) or not actions:
        raise _malformed('it is no object {"actions": {...}} that names an action')
    if len(actions) > ACTIONS_MAX:
        raise _malformed(f"it names more than {ACTIONS_MAX} actions")
    read = {}
    for name, action in actions.items():
        check_name(name, "action")
        if name.endswith("*"):
            raise _malformed(f"{name!r} is a pattern, and no action")
        if not isinstance(action, dict) or not set(action) <= {"args"}:
            raise _malformed(f'the action {name!r} is no object {{"args": {{...}}}}')
        args = action.get("args", {})
        if not isinstance(args, dict):
            raise _malformed(f"the arguments of {name!r} are no object")
        read[name] = read_fields(args, f"{name}.args")
    return Vocabulary(read)


def groups_of(action: str) -> list[str]:
    """The patterns that hold an action, widest first: ``mail.*`` for ``mail.send``."""
    parts = action.split(".")
    return [".".join(parts[:n]) + ".*" for n in range(1, len(parts))]


def schema_of(vocabulary: Vocabulary, named: Iterable[str] = ()) -> dict[str, Any]:
    """Cedar's JSON schema of a vocabulary; of a free one, with the actions that a policy names."""
    if vocabulary.actions is None:
        actions: Mapping[str, Mapping[str, Field]] = {name: {} for name in sorted({"*", *named})}
    else:
        actions = vocabulary.actions
    declared: dict[str, Any] = {}
    for name in actions:
        for group in groups_of(name):
            declared.setdefault(group, {})
    for name, args in sorted(actions.items()):
        groups = [group for group in groups_of(name) if group != name]
        declared[name] = {
            "memberOf": [{"id": group} for group in groups],
            "appliesTo": {
                "principalTypes": ["Agent"],
                "resourceTypes": ["Resource"],
                "context": _context(args),
            },
        }
    agent: dict[str, Any] = dict.fromkeys(AGENT_ATTRIBUTES, _STRING)
    agent["roles"] = {"type": "Set", "element": _STRING}
    resource = {"type": "Record", "attributes": dict.fromkeys(RESOURCE_ATTRIBUTES, _STRING)}
    entities = {
        "Agent": {"shape": {"type": "Record", "attributes": agent}},
        "Resource": {"memberOfTypes": ["Resource"], "shape": resource},
    }
    return {"": {"entityTypes": entities, "actions": declared}}


def schema_digest(schema: Mapping[str, Any]) -> str:
    """SHA-256 of a schema's canonical JSON, in hex."""
    return sha256(encode(dict(schema))).hexdigest()


def _context(args: Mapping[str, Field]) -> dict[str, Any]:
    attributes: dict[str, Any] = dict.fromkeys(CONTEXT_ATTRIBUTES, _STRING)
    attributes |= {name: {"type": "Long"} for name in CONTEXT_NUMBERS}
    attributes["task"] = {**_STRING, "required": False}
    attributes["at"] = {"type": "Extension", "name": "datetime"}
    attributes["args"] = schema_record(args)
    return {"type": "Record", "attributes": attributes}


def _malformed(why: str) -> Invalid:
    return Invalid(
        f"the vocabulary is malformed: {why}",
        code="policy.vocabulary",
        next_step="tarl policy schema --code FILE prints the one of a file's activities",
    )
