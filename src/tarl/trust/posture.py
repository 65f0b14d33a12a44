"""Postures: how far an agent is let go on its own, and how that changes.

The law is two tables. ``PASSES`` says what each posture lets pass:

    ============  ===========  =============  ==============
    posture       reading      writing        delegating
    ============  ===========  =============  ==============
    1 pseudo      no           no             no
    2 tool        yes          held           no
    3 supervised  yes          held           held
    4 delegating  yes          yes            yes
    5 autonomous  yes          yes            yes
    ============  ===========  =============  ==============

``TRANSITIONS`` says who may move an agent, and how: upwards one step at a time, by the authority
alone, on evidence; downwards at once. Invariants:

1. A higher posture lets pass whatever a lower one does, so a downgrade never opens anything.
2. No transition that is not in the table, no evidence that is less than asked for, no posture that
   is not one of the five: each is refused, and means ``pseudo`` to whoever decides about effects.
3. A success rate is computed from counts; nobody can claim one.

``delegating`` and ``autonomous`` pass the same effects; they differ in the evidence behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, cast, get_args

import msgspec

from tarl.errors import Denied, Invalid
from tarl.values.canonical import INTEGER_MAX
from tarl.values.verdict import Allow, Deny, Hold, Reason, Verdict

Posture = Literal["pseudo", "tool", "supervised", "delegating", "autonomous"]
Move = Literal["upgrade", "downgrade", "emergency"]
Actor = Literal["authority", "operator", "rule"]

POSTURES: tuple[Posture, ...] = get_args(Posture)
"""The lowest first; ``level`` counts from 1."""

INITIAL: Posture = "delegating"
"""Where an agent stands about whom nobody has said anything: its attestation, which the authority
signed, already says how deep it may delegate (``depth_left``). What a downgrade takes away comes
back step by step only.
"""

DELEGATE = "trust.delegate"
"""The action that the right to delegate is."""

Answer = Literal["pass", "hold", "deny"]


class Evidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was seen of an agent since its posture last changed, in whole numbers.

    Attributes:
        observations: Effects with an outcome.
        succeeded: How many of them succeeded.
        hours: Full hours since the posture last changed.
        anomalies: Refusals at the gate, revocations and whatever else an auditor counts so.
    """

    observations: int = 0
    succeeded: int = 0
    hours: int = 0
    anomalies: int = 0

    @property
    def success_ppm(self) -> int:
        """Successes in a million observations, rounded down; nothing when nothing was seen."""
        return self.succeeded * 1_000_000 // self.observations if self.observations else 0


class Needed(NamedTuple):
    """The least evidence that a step upwards takes."""

    observations_min: int
    success_ppm_min: int
    hours_min: int
    anomalies_max: int


class Guard(NamedTuple):
    """Who may make a move from a posture, where to, and on what evidence."""

    by: frozenset[Actor]
    to: frozenset[Posture]
    needed: Needed | None = None


_AUTHORITY: frozenset[Actor] = frozenset({"authority"})
_PEOPLE: frozenset[Actor] = frozenset({"authority", "operator"})
_ANYBODY: frozenset[Actor] = frozenset({"authority", "operator", "rule"})


def _below(posture: Posture) -> frozenset[Posture]:
    return frozenset(POSTURES[: POSTURES.index(posture)])


TRANSITIONS: Mapping[Posture, Mapping[Move, Guard]] = {
    "pseudo": {
        "upgrade": Guard(_AUTHORITY, frozenset({"tool"}), Needed(0, 0, 0, 0)),
    },
    "tool": {
        "upgrade": Guard(_AUTHORITY, frozenset({"supervised"}), Needed(20, 900_000, 1, 2)),
        "downgrade": Guard(_PEOPLE, _below("tool")),
        "emergency": Guard(_ANYBODY, _below("tool")),
    },
    "supervised": {
        "upgrade": Guard(_AUTHORITY, frozenset({"delegating"}), Needed(100, 950_000, 24, 1)),
        "downgrade": Guard(_PEOPLE, _below("supervised")),
        "emergency": Guard(_ANYBODY, _below("supervised")),
    },
    "delegating": {
        "upgrade": Guard(_AUTHORITY, frozenset({"autonomous"}), Needed(1_000, 990_000, 168, 0)),
        "downgrade": Guard(_PEOPLE, _below("delegating")),
        "emergency": Guard(_ANYBODY, _below("delegating")),
    },
    "autonomous": {
        "downgrade": Guard(_PEOPLE, _below("autonomous")),
        "emergency": Guard(_ANYBODY, _below("autonomous")),
    },
}
"""What is not here does not happen."""

PASSES: Mapping[Posture, Mapping[Literal["read", "write", "delegate"], Answer]] = {
    "pseudo": {"read": "deny", "write": "deny", "delegate": "deny"},
    "tool": {"read": "pass", "write": "hold", "delegate": "deny"},
    "supervised": {"read": "pass", "write": "hold", "delegate": "hold"},
    "delegating": {"read": "pass", "write": "pass", "delegate": "pass"},
    "autonomous": {"read": "pass", "write": "pass", "delegate": "pass"},
}


class Rule(NamedTuple):
    """When an agent falls by itself: so many anomalies, or fewer successes among enough."""

    to: Posture
    anomalies_min: int
    observations_min: int = 0
    success_ppm_below: int = 0


RULES: tuple[Rule, ...] = (
    Rule("pseudo", anomalies_min=10),
    Rule("supervised", anomalies_min=3, observations_min=20, success_ppm_below=800_000),
)
"""The strictest first; the first that applies and leads downwards is the one."""


def known(posture: str) -> Posture:
    """The posture of that name.

    Raises:
        Invalid: there is none (``posture.unknown``).
    """
    if posture not in POSTURES:
        raise Invalid(
            f"{posture!r} is no posture",
            code="posture.unknown",
            next_step=f"one of {', '.join(POSTURES)}",
            posture=str(posture)[:80],
        )
    return posture


def level(posture: str) -> int:
    """1 for ``pseudo`` to 5 for ``autonomous``.

    Raises:
        Invalid: there is no such posture (``posture.unknown``).
    """
    return POSTURES.index(known(posture)) + 1


def move_of(current: str, wanted: str, *, emergency: bool = False) -> Move:
    """Which move leads from one posture to another.

    Raises:
        Invalid: no such posture (``posture.unknown``).
        Denied: the agent stands there already, or an emergency would lift it
            (``posture.transition``).
    """
    step = level(wanted) - level(current)
    if step == 0 or (emergency and step > 0):
        raise _no_transition(current, wanted)
    if emergency:
        return "emergency"
    return "upgrade" if step > 0 else "downgrade"


def check_change(
    current: str,
    wanted: str,
    *,
    by: Actor,
    evidence: Evidence | None = None,
    emergency: bool = False,
) -> Move:
    """Whether an agent may be moved, as the table of transitions has it; the move that it is.

    Args:
        current: Where the agent stands.
        wanted: Where it is to stand.
        by: Who says so. ``authority`` is for the caller to hold against the record's signatures.
        evidence: What was seen of it; an upgrade takes some.
        emergency: Whether it is a fall that an automatic rule may bring about.

    Raises:
        Invalid: no such posture (``posture.unknown``), evidence that cannot be
            (``posture.evidence``).
        Denied: not a transition of the table (``posture.transition``), not for this actor
            (``posture.actor``), or too little evidence (``posture.evidence``).
    """
    move = move_of(current, wanted, emergency=emergency)
    guard = TRANSITIONS[known(current)].get(move)
    if guard is None or wanted not in guard.to:
        raise _no_transition(current, wanted)
    if by not in guard.by:
        raise Denied(
            f"{move} from {current} to {wanted} is not for the {by}",
            code="posture.actor",
            next_step=f"have it said by: {', '.join(sorted(guard.by))}",
            move=move,
            by=by,
        )
    if guard.needed is not None:
        _check_evidence(checked(evidence or Evidence()), guard.needed, wanted)
    return move


def checked(evidence: Evidence) -> Evidence:
    """The evidence, if it can be true.

    Raises:
        Invalid: counts that are none, or more successes than observations (``posture.evidence``).
    """
    for count in msgspec.structs.astuple(evidence):
        if type(count) is not int or not 0 <= count <= INTEGER_MAX:
            raise Invalid(f"{count!r} is no count of anything", code="posture.evidence")
    if evidence.succeeded > evidence.observations:
        raise Invalid("more succeeded than was observed", code="posture.evidence")
    return evidence


def fallen(current: str, evidence: Evidence) -> Posture | None:
    """Where the automatic rules put an agent now, or None when it may stay."""
    checked(evidence)
    for rule in RULES:
        failing = (
            rule.observations_min > 0
            and evidence.observations >= rule.observations_min
            and evidence.success_ppm < rule.success_ppm_below
        )
        if evidence.anomalies >= rule.anomalies_min or failing:
            return rule.to if level(rule.to) < level(current) else None
    return None


def judge(posture: str, *, agent: str, action: str, access: str) -> Verdict:
    """What an agent's posture says of an effect; an unknown posture or access is denied.

    Args:
        posture: Where the agent stands.
        agent: Its id, for whoever is asked to approve.
        action: What it wants to do; ``trust.delegate`` is delegating.
        access: ``read`` or ``write``.
    """
    what = "delegate" if action == DELEGATE else access
    passes: Mapping[str, Answer] = cast(
        "Mapping[str, Answer]", PASSES.get(cast(Posture, posture), {})
    )
    answer = passes.get(what, "deny")
    if answer == "pass":
        return Allow()
    facts = {"agent": agent, "posture": str(posture)[:80], "action": action, "access": access}
    if answer == "hold":
        text = f"{agent} is {posture}: somebody must approve {action}"
        reason = Reason(code="trust.posture", text=text, facts=facts)
        return Hold((reason,), awaits=f"posture/{agent}/{action}")
    text = f"{agent} is {str(posture)[:80]!r}, which does not let {action} ({what}) pass"
    return Deny((Reason(code="trust.posture", text=text, facts=facts),))


def _check_evidence(evidence: Evidence, needed: Needed, wanted: str) -> None:
    short = []
    if evidence.observations < needed.observations_min:
        short.append(f"{evidence.observations} of {needed.observations_min} observations")
    if evidence.success_ppm < needed.success_ppm_min:
        short.append(f"{evidence.success_ppm} of {needed.success_ppm_min} successes in a million")
    if evidence.hours < needed.hours_min:
        short.append(f"{evidence.hours} of {needed.hours_min} hours")
    if evidence.anomalies > needed.anomalies_max:
        short.append(f"{evidence.anomalies} anomalies, at most {needed.anomalies_max}")
    if short:
        raise Denied(
            f"too little speaks for {wanted}: {'; '.join(short)}",
            code="posture.evidence",
            next_step="let the agent work under its posture, and ask again",
            short=short,
        )


def _no_transition(current: str, wanted: str) -> Denied:
    return Denied(
        f"no transition leads from {current} to {wanted}",
        code="posture.transition",
        next_step="upwards one step at a time; downwards at once",
        current=current,
        wanted=wanted,
    )
