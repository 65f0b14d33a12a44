"""Grants and constraints as words on a command line, and as words for a person.

    ================================  =======================================================
    word of --constraint              what must hold
    ================================  =======================================================
    read_only                         what the name means (``policy.named``)
    args.amount<=500                  an integer, at most; ``>=`` at least, ``=5..9`` from to
    args.to=ann,bob                   one of these
    args.path^=reports/,notes/        a text that begins with one of these
    args.to!=eve                      none of these
    args.tags+=draft                  a list that holds all of these
    time=Europe/Oslo 12345 08:00-16:00  on these days (1 is Monday) between these times
    {"args.n": [{"kind": ...}]}       JSON; so does @FILE, and - for standard input
    ================================  =======================================================

A value is JSON if it can be (``5``, ``true``, ``"5"``), else text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tarl.errors import Invalid
from tarl.interfaces.cli.spans import DURATION

if TYPE_CHECKING:
    from tarl.policy.constraint import Constraint
    from tarl.policy.envelope import Envelope
    from tarl.policy.grant import Grant, Grants

F = TypeVar("F", bound=Callable[..., Any])

_WORD = re.compile(r"([a-z_]+(?:\.[A-Za-z0-9_.]+)?)(<=|>=|\^=|!=|\+=|=)(.*)", re.DOTALL)
_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)")
_WINDOW = re.compile(r"(\S+)(?: ([1-7]+))?(?: (\d\d):(\d\d)-(\d\d):(\d\d))?")
_BUDGET = re.compile(r"([^=]+)=(\d{1,16})")
_NEXT = "see tarl delegate --help, or give the constraints as JSON: --grants @FILE"

_OPTIONS = (
    click.option(
        "--action",
        "actions",
        metavar="PATTERN",
        multiple=True,
        help="What: mail.send, mail.* or * (may be repeated).",
    ),
    click.option(
        "--resource",
        "resources",
        metavar="PATTERN",
        multiple=True,
        help="On what: mailbox/ann, mailbox/* or * (default: *; may be repeated).",
    ),
    click.option(
        "--constraint",
        "constraints",
        metavar="WORD|JSON|@FILE",
        multiple=True,
        help="Only if: read_only, args.amount<=500, args.to=ann,bob, args.path^=notes/ ...",
    ),
    click.option(
        "--budget",
        "budgets",
        metavar="UNIT=AMOUNT",
        multiple=True,
        help="At most so much in all, in minor units: EUR=10000.",
    ),
    click.option(
        "--grants",
        "grants_text",
        metavar="JSON|@FILE|-",
        help="Grants as JSON, beside those of --action.",
    ),
)


def grant_options(command: F) -> F:
    """Give a command the options that say what is granted."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def expires_option(command: F) -> F:
    """The option that says for how long."""
    return click.option(
        "--expires",
        "expires_ms",
        metavar="DURATION",
        type=DURATION,
        help="For how long: 90m, 8h, 30d (default: a day, or as long as what is above it).",
    )(command)


def grants_of(
    *,
    actions: Iterable[str],
    resources: Iterable[str],
    constraints: Iterable[str],
    budgets: Iterable[str],
    grants_text: str | None,
) -> Grants:
    """What the options say: grants under one envelope.

    Raises:
        Invalid: a word of another form (``trust.option``), or what is in them
            (``capability.*``, ``constraint.*``, ``grant.*``).
    """
    from tarl.policy.grant import Grant, Grants

    envelope = envelope_of(constraints, budgets)
    grants = [
        Grant(action, resource) for action in actions for resource in (tuple(resources) or ("*",))
    ]
    if grants_text is not None:
        given = _read_grants(grants_text)
        envelope = given.envelope.meet(envelope)
        grants += given.grants
    return Grants(grants, envelope)


def with_delegation(terms: Grants) -> Grants:
    """The same with the right to delegate to any agent, where it is not among them."""
    from tarl.policy.grant import Grant, Grants
    from tarl.trust.terms import DELEGATE

    if terms.covering(DELEGATE, "agent/any"):
        return terms
    return Grants([*terms.grants, Grant(DELEGATE, "agent/*")], terms.envelope)


def envelope_of(constraints: Iterable[str], budgets: Iterable[str] = ()) -> Envelope:
    """What the words of constraints and budgets demand together.

    Raises:
        Invalid: a word of another form (``trust.option``), or what is in it (``constraint.*``).
    """
    from tarl.policy.constraint import Budget
    from tarl.policy.envelope import Envelope

    envelopes = [_meaning(word) for word in constraints]
    for unit, limit in amounts_of(budgets).items():
        envelopes.append(Envelope({f"budget.{unit}": Budget(unit, limit)}))
    return Envelope().meet(*envelopes)


def amounts_of(words: Iterable[str]) -> dict[str, int]:
    """The amounts in ``UNIT=AMOUNT``, in minor units.

    Raises:
        Invalid: a word of another form, or a unit twice (``trust.option``).
    """
    amounts: dict[str, int] = {}
    for word in words:
        found = _BUDGET.fullmatch(word)
        if found is None or found[1] in amounts:
            raise _malformed(f"{word!r} is not UNIT=AMOUNT in minor units (EUR=10000), or is twice")
        amounts[found[1]] = int(found[2])
    return amounts


def as_words(envelope: Envelope) -> list[str]:
    """An envelope for a person, a line for each constraint."""
    return [
        f"{dimension} {constraint.words}"
        for dimension, several in envelope.constraints.items()
        for constraint in several
    ]


def grant_words(grant: Grant) -> str:
    """A grant for a person, on one line."""
    only = "; ".join(as_words(grant.constraints))
    return f"{grant.text} ({only})" if only else grant.text


def arguments_of(words: Iterable[str]) -> dict[str, Any]:
    """The arguments in ``NAME=JSON``; what is no JSON is text.

    Raises:
        Invalid: a word of another form, or a name twice (``trust.option``).
    """
    found: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not name or name in found:
            raise _malformed(f"--arg {word!r} is not NAME=JSON, or names {name!r} twice")
        found[name] = _value(text)
    return found


def _read_grants(text: str) -> Grants:
    from tarl.interfaces.cli.input_text import read_json
    from tarl.policy.grant import Grants

    data = read_json(text, option="--grants")
    if isinstance(data, Mapping) and "grants" in data:
        if not data.keys() <= {"grants", "envelope"}:
            raise _malformed("--grants has other members than grants and envelope")
        return Grants.from_data(data["grants"], data.get("envelope"))
    return Grants.from_data(data if isinstance(data, list) else [data])


def _meaning(word: str) -> Envelope:
    from tarl.policy.envelope import Envelope
    from tarl.policy.named import NamedConstraints

    if word.startswith(("{", "@")) or word == "-":
        from tarl.interfaces.cli.input_text import read_json

        return Envelope.from_data(read_json(word, option="--constraint"))
    found = _WORD.fullmatch(word)
    if found is None:
        return NamedConstraints().envelope([word])
    dimension, operator, text = found.groups()
    return Envelope({dimension: _constraint(word, dimension, operator, text)})


def _constraint(word: str, dimension: str, operator: str, text: str) -> Constraint:
    from tarl.policy.constraint import (
        AtLeast,
        AtMost,
        Forbidden,
        Interval,
        OneOf,
        Prefix,
        Required,
    )

    if dimension == "time":
        return _window(word, operator, text)
    if operator in ("<=", ">="):
        limit = _value(text)
        return AtMost(limit) if operator == "<=" else AtLeast(limit)
    if operator == "^=":
        return Prefix(tuple(text.split(",")))
    span = _RANGE.fullmatch(text)
    if operator == "=" and span is not None:
        return Interval(int(span[1]), int(span[2]))
    values = tuple(_value(one) for one in text.split(","))
    return {"=": OneOf, "!=": Forbidden, "+=": Required}[operator](values)


def _window(word: str, operator: str, text: str) -> Constraint:
    from tarl.policy.constraint import Window

    found = _WINDOW.fullmatch(text)
    if operator != "=" or found is None:
        raise _malformed(
            f"{word!r} is not time=ZONE DAYS HH:MM-HH:MM, as time=UTC 12345 08:00-16:00"
        )
    zone, days, *clock = found.groups()
    if clock[0] is None:
        clock = ["00", "00", "24", "00"]
    from_hour, from_minute, to_hour, to_minute = map(int, clock)
    return Window(
        zone,
        tuple(int(day) for day in days or "1234567"),
        from_hour * 60 + from_minute,
        to_hour * 60 + to_minute,
    )


def _value(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return text if isinstance(value, float) else value


def _malformed(why: str) -> Invalid:
    return Invalid(why, code="trust.option", next_step=_NEXT)
