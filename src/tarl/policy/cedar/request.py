"""What a policy is asked about an effect, and how Cedar reads it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from tarl.policy.cedar.tree import Mentions
from tarl.policy.cedar.types import Field, Misfit, cedar_record, cedar_value
from tarl.policy.cedar.vocabulary import CONTEXT_NUMBERS, Vocabulary, groups_of
from tarl.values.ids import encode_segment
from tarl.values.instants import isoformat_ms

_PLAIN = ("access", "output", "tenant", "activity", *CONTEXT_NUMBERS)
"""Attributes of the context that are texts and numbers and always there."""

_text = msgspec.json.Encoder().encode


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One action of one effect.

    Attributes:
        action: The capability it takes, ``call.<wire name>`` where none is declared.
        tenant: Whose run it is.
        agent: For whom it is done; empty for nobody in particular.
        roles: The agent's attested roles.
        posture: The agent's trust posture; ``none`` where nobody has set one.
        task: What for.
        resource: On what: a path.
        access: ``read`` or ``write``.
        output: ``text`` or ``data``.
        activity: The activity's wire name.
        cost_minor: What it takes from its agent's budgets, in minor units.
        retries: How often it may be tried again; the largest integer for no limit.
        args: The call's arguments by parameter name, JSON values.
        at_ms: When.
    """

    action: str
    tenant: str = "default"
    agent: str = ""
    roles: tuple[str, ...] = ()
    posture: str = "none"
    task: str | None = None
    resource: str = ""
    access: str = "write"
    output: str = "data"
    activity: str = ""
    cost_minor: int = 0
    retries: int = 0
    args: Mapping[str, Any] = {}
    at_ms: int = 0


class Problem(Exception):
    """A question cannot be put to Cedar; ``argument`` is not what its type says, if one is not."""

    def __init__(self, text: str, argument: str | None = None) -> None:
        super().__init__(text)
        self.argument = argument


def entities_json(question: Question, *, whole: bool = True) -> str:
    """The entities of a question: the agent, the resource and the action, each in what holds it;
    the action alone if not the whole.
    """
    action, resource = question.action, question.resource
    groups = [group for group in groups_of(action) if group != action]
    entities = [_entity("Action", action, {}, groups)]
    if whole:
        agent = {
            "tenant": question.tenant,
            "id": question.agent,
            "roles": list(question.roles),
            "posture": question.posture,
        }
        entities += [
            _entity("Agent", agent_uid(question.tenant, question.agent), agent, ()),
            _entity("Resource", resource, {"path": resource}, _above(resource)),
        ]
    return json.dumps(entities)


@lru_cache(maxsize=4_096)
def agent_uid(tenant: str, agent: str) -> str:
    """An agent's id in policies: both names as segments of a path."""
    return f"{encode_segment(tenant)}/{encode_segment(agent) if agent else ''}"


def request_of(question: Question, mentions: Mentions, vocabulary: Vocabulary) -> dict[str, Any]:
    """The request to Cedar, with what the policies read of the context and nothing else.

    Raises:
        Problem: an argument that they read is not of its declared type.
    """
    return {
        "principal": {"type": "Agent", "id": agent_uid(question.tenant, question.agent)},
        "action": {"type": "Action", "id": question.action},
        "resource": {"type": "Resource", "id": question.resource},
        "context": _text(_context(question, mentions, vocabulary)).decode(),
    }


def _context(question: Question, mentions: Mentions, vocabulary: Vocabulary) -> dict[str, Any]:
    read, whole = mentions.attributes["context"], "context" in mentions.whole
    context: dict[str, Any] = {
        name: getattr(question, name) for name in _PLAIN if whole or name in read
    }
    if question.task is not None and (whole or "task" in read):
        context["task"] = question.task
    if whole or "at" in read:
        context["at"] = {"__extn": {"fn": "datetime", "arg": isoformat_ms(question.at_ms)}}
    if whole or "args" in read:
        context["args"] = _arguments(question, mentions, vocabulary)
    return context


def _arguments(question: Question, mentions: Mentions, vocabulary: Vocabulary) -> dict[str, Any]:
    read = mentions.attributes["args"]
    if not (read or "args" in mentions.whole) or vocabulary.actions is None:
        return {}
    declared = vocabulary.actions.get(question.action)
    if declared is None:
        names = set(question.args) if "args" in mentions.whole else read
        return _undeclared(question.args, names, vocabulary)
    if "args" not in mentions.whole:
        declared = {name: field for name, field in declared.items() if name in read}
    try:
        return cedar_record(question.args, declared)
    except Misfit as misfit:
        raise _problem(str(misfit)) from None


def _undeclared(
    args: Mapping[str, Any], read: Collection[str], vocabulary: Vocabulary
) -> dict[str, Any]:
    """Arguments of an action that the vocabulary does not name: each of the type that some action
    gives to an argument of that name.
    """
    context = {}
    for name in sorted(read):
        value = args.get(name)
        if value is not None:
            context[name] = _fitting(name, value, vocabulary)
    return context


def _fitting(name: str, value: Any, vocabulary: Vocabulary) -> Any:
    fields: list[Field] = []
    for declared in (vocabulary.actions or {}).values():
        field = declared.get(name)
        if field is not None and field not in fields:
            fields.append(field)
    why: Misfit | str = "its type is not known"
    for field in fields:
        try:
            return cedar_value(value, field.type)
        except Misfit as misfit:
            why = misfit
    raise _problem(f"{name}: {why}")


def _problem(text: str) -> Problem:
    """Of an argument, whose name the text begins with."""
    return Problem(f"the argument {text}", text.partition(":")[0].partition(" ")[0])


def _entity(kind: str, id: str, attributes: Mapping[str, Any], within: Any) -> dict[str, Any]:
    return {
        "uid": {"type": kind, "id": id},
        "attrs": attributes,
        "parents": [{"type": kind, "id": one} for one in within],
    }


def _above(resource: str) -> list[str]:
    """The paths that a resource lies below, the nearest last."""
    parts = resource.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]
