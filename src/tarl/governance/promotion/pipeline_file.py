"""A pipeline as a TOML file writes it: read once into a ``Pipeline``, or refused with its place.

[pipeline]
name = "release"
verifiers = ["ci"]

[[step]]
from = "dev"
to = "stage"

[[gate]]
name = "tests"
predicate_types = ["https://in-toto.io/attestation/test-result/v0.1"]
signers = ["ci"]
max_age = "7d"
requires = [{ at = "/result", is = "PASSED" }]
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.resources import files

import msgspec

from tarl.errors import Invalid, TarlError
from tarl.governance.environment import ENVIRONMENTS, environment
from tarl.governance.promotion.conditions import CONDITIONS_MAX, Condition, checked
from tarl.governance.promotion.pipeline import (
    APPROVAL,
    DEFAULT_SKEW_MS,
    DEFAULT_WITHIN_MS,
    ENTRY,
    SKEW_MS_MAX,
    SLSA_PROVENANCE,
    Gate,
    Pipeline,
    Step,
)
from tarl.values.ids import check_name

FILE_BYTES_MAX = 256 * 1024
GATES_MAX = 64
NAMES_MAX = 100
"""Signers of a gate, verifiers, earlier editions: more is a mistake."""

AGE_MS_MAX = 100 * 365 * 86_400_000
WITHIN_MS_MAX = 3_600_000

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_SPAN = re.compile(r"([1-9][0-9]{0,9})(ms|s|m|h|d)")
_TYPE_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SLSA_LEVEL = re.compile(r"SLSA_BUILD_LEVEL_[0-3]")
_OWN_LEVEL = re.compile(r"(?!SLSA_|FAILED$)[A-Z][A-Z0-9_]{0,63}")


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    verifiers: list[str]
    revokers: list[str] | None = None
    clock_skew: str | None = None
    resource: str = ""
    earlier_editions: list[str] = []


class _Step(msgspec.Struct, forbid_unknown_fields=True, rename={"source": "from", "target": "to"}):
    source: str
    target: str


class _Gate(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    environments: list[str] = []
    optional: bool = False
    predicate_types: list[str] = []
    signers: list[str] = []
    threshold: int = 1
    max_age: str | None = None
    dated_by: str | None = None
    where: list[Condition] = []
    requires: list[Condition] = []
    independent: bool | None = None
    function: str | None = None
    within: str | None = None
    level: str | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    pipeline: _Head
    step: list[_Step]
    gate: list[_Gate]
    people: dict[str, list[str]] = {}


def parse(text: str) -> Pipeline:
    """The pipeline of a file's text.

    Raises:
        Invalid: it is none, naming the place and what is wrong there (``promotion.pipeline``,
            ``promotion.condition``), or it names an environment that there is not
            (``environment.unknown``).
    """
    if len(text.encode("utf-8", "surrogatepass")) > FILE_BYTES_MAX:
        raise _bad(f"it has more than {FILE_BYTES_MAX} bytes")
    try:
        file = msgspec.convert(tomllib.loads(text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise _bad(str(error)) from None
    head = file.pipeline
    steps = _steps(file.step)
    gates = _gates(file.gate)
    pipeline = Pipeline(
        name=_name(head.name, "pipeline.name"),
        verifiers=_names(head.verifiers, "pipeline.verifiers"),
        revokers=_names(
            head.verifiers if head.revokers is None else head.revokers, "pipeline.revokers"
        ),
        steps=steps,
        gates=gates,
        people=_people(file.people),
        skew_ms=_span(head.clock_skew, DEFAULT_SKEW_MS, SKEW_MS_MAX, "pipeline.clock_skew"),
        resource=_resource(head.resource),
        earlier=_digests(head.earlier_editions),
    )
    _check_guarded(pipeline)
    try:
        _ = pipeline.digest
    except TarlError as error:
        raise _bad(error.message) from None
    return pipeline


def example_text() -> str:
    """A pipeline to begin with."""
    return files("tarl.governance.promotion").joinpath("example.toml").read_text(encoding="utf-8")


def _steps(written: list[_Step]) -> tuple[Step, ...]:
    steps = []
    for each in written:
        step = Step(source=environment(each.source), target=environment(each.target))
        if ENVIRONMENTS.index(step.source) >= ENVIRONMENTS.index(step.target):
            raise _bad(f"a step goes from {step.source} to {step.target}, which is not onwards")
        if step in steps:
            raise _bad(f"the step from {step.source} to {step.target} stands there twice")
        steps.append(step)
    if not steps:
        raise _bad("it has no [[step]]")
    reached = {ENTRY, *(step.target for step in steps)}
    for step in steps:
        if step.source not in reached:
            raise _bad(f"no step leads to {step.source}, from which one goes on")
    return tuple(steps)


def _gates(written: list[_Gate]) -> tuple[Gate, ...]:
    if not 0 < len(written) <= GATES_MAX:
        raise _bad(f"it has {len(written)} [[gate]]s, not 1 to {GATES_MAX}")
    twice = [name for name, count in Counter(g.name for g in written).items() if count > 1]
    if twice:
        raise _bad(f"two gates are called {twice[0]!r}")
    return tuple(_gate(each) for each in written)


def _gate(written: _Gate) -> Gate:
    name = _name(written.name, "gate.name")
    place = f"gate {name}"
    environments = tuple(environment(word) for word in _all_or(written.environments))
    is_function = written.function is not None
    if is_function == bool(written.predicate_types):
        raise _bad(f"{place}: it has predicate_types or a function, one of the two")
    if is_function and (written.signers or written.where or written.requires):
        raise _bad(f"{place}: a function has no signers, where or requires")
    types = _types(written.predicate_types, place)
    independent = APPROVAL in types if written.independent is None else written.independent
    if APPROVAL in types and not independent:
        raise _bad(f"{place}: an author cannot approve, so approvals are independent")
    age = _span(written.max_age, 0, AGE_MS_MAX, f"{place}: max_age") or None
    return Gate(
        name=name,
        environments=environments,
        optional=written.optional,
        predicate_types=types,
        signers=() if is_function else _names(written.signers, f"{place}: signers"),
        threshold=_threshold(written, place),
        max_age_ms=age,
        dated_by=_pointer(written.dated_by, place),
        where=_conditions(written.where, place),
        requires=_conditions(written.requires, place),
        independent=independent,
        function=None if written.function is None else _name(written.function, "gate.function"),
        within_ms=_span(written.within, DEFAULT_WITHIN_MS, WITHIN_MS_MAX, f"{place}: within"),
        level=_level(written.level, types, place),
    )


def _threshold(written: _Gate, place: str) -> int:
    reachable = max(1, len(set(written.signers)))
    if not 1 <= written.threshold <= reachable:
        raise _bad(f"{place}: a threshold of {written.threshold} with {reachable} signers")
    return written.threshold


def _check_guarded(pipeline: Pipeline) -> None:
    """Refuse a pipeline that promotes without a gate, or whose threshold nobody can reach."""
    for step in pipeline.steps:
        gates = pipeline.gates_before(step.target)
        if all(gate.optional for gate in gates):
            raise _bad(f"no required gate stands before {step.target}")
    for gate in pipeline.gates:
        people = {pipeline.person(name) for name in gate.signers}
        if gate.signers and gate.threshold > len(people):
            raise _bad(
                f"gate {gate.name}: a threshold of {gate.threshold}, and its signers are"
                f" {len(people)} people"
            )


def _all_or(words: list[str]) -> Iterable[str]:
    return ENVIRONMENTS[1:] if words == ["all"] else words or ENVIRONMENTS[1:]


def _types(written: list[str], place: str) -> tuple[str, ...]:
    for each in written:
        if not _TYPE_URI.fullmatch(each) or len(each) > 512:
            raise _bad(f"{place}: the predicate type {each[:80]!r} is no URI")
    return tuple(dict.fromkeys(written))


def _conditions(written: list[Condition], place: str) -> tuple[Condition, ...]:
    if len(written) > CONDITIONS_MAX:
        raise _bad(f"{place}: it has more than {CONDITIONS_MAX} conditions")
    return tuple(checked(each) for each in written)


def _pointer(written: str | None, place: str) -> str | None:
    if written is not None and not written.startswith("/"):
        raise _bad(f"{place}: dated_by is no JSON pointer, such as /timeVerified")
    return written


def _level(written: str | None, types: tuple[str, ...], place: str) -> str | None:
    """A SLSA level rests on SLSA provenance; a custom one does not pose as one of SLSA's."""
    if written is None or _OWN_LEVEL.fullmatch(written):
        return written
    if _SLSA_LEVEL.fullmatch(written) and SLSA_PROVENANCE in types:
        return written
    raise _bad(
        f"{place}: the level {written[:80]!r} is none: SLSA_BUILD_LEVEL_0 to 3 for a gate of SLSA"
        " provenance, or a name of one's own in capitals"
    )


def _people(written: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    people = {_name(p, "people"): _names(names, f"people.{p}") for p, names in written.items()}
    twice = [n for n, count in Counter(n for v in people.values() for n in v).items() if count > 1]
    if twice:
        raise _bad(f"people: {twice[0]!r} is two people's")
    for person in people:
        others = [p for p, names in people.items() if p != person and person in names]
        if others:
            raise _bad(f"people: {person!r} is a person, and a principal of {others[0]!r}")
    return dict(sorted(people.items()))


def _names(written: list[str], place: str) -> tuple[str, ...]:
    if not 0 < len(written) <= NAMES_MAX:
        raise _bad(f"{place} has {len(written)} names, not 1 to {NAMES_MAX}")
    return tuple(sorted({_name(each, place) for each in written}))


def _name(written: str, place: str) -> str:
    try:
        return check_name(written, place)
    except TarlError as error:
        raise _bad(error.message) from None


def _digests(written: list[str]) -> tuple[str, ...]:
    for each in written:
        if not _SHA256.fullmatch(each):
            raise _bad(f"earlier_editions: {each[:80]!r} is no SHA-256")
    return tuple(sorted(set(written)))


def _resource(written: str) -> str:
    if written and (not _TYPE_URI.fullmatch(written) or len(written) > 512):
        raise _bad("pipeline.resource is no URI")
    return written


def _span(written: str | None, default: int, most: int, place: str) -> int:
    if written is None:
        return default
    found = _SPAN.fullmatch(written)
    ms = int(found[1]) * _UNITS_MS[found[2]] if found else 0
    if not 0 < ms <= most:
        raise _bad(f"{place} is {written[:80]!r}, no duration such as 30d, 12h or 90s, or too long")
    return ms


def _bad(why: str) -> Invalid:
    return Invalid(
        f"this is no pipeline: {why}",
        code="promotion.pipeline",
        next_step="tarl promote init writes one to begin with",
    )
