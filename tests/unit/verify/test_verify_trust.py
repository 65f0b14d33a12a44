"""What the verifier accepts and rejects of authority: chains, permits, outcomes, revocations.

Here everybody lies well: each file is signed by the operator, stands in the log, and has all its
digests right. Only what the records say is wrong.
"""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import evidence_builder as build
import pytest
import trust_builder as trust
from evidence_builder import Draft
from trust_builder import HOUR, NOW, Journal, delegated, grant, signer

import tarl_verify
from tarl_verify import command

ROOT = tarl_verify.parse_vkey(build.ROOT.vkey, 1)


def checked(data: bytes) -> tarl_verify.Evidence:
    evidence = tarl_verify.Evidence(io.BytesIO(data), ROOT)
    evidence.check()
    return evidence


def code(data: bytes) -> str:
    """The code of what is wrong with a file, without its first word."""
    try:
        checked(data)
    except tarl_verify.Failure as found:
        json.dumps(command.refusal(found))  # it can be told
        return found.code.removeprefix("evidence.")
    return "accepted"


def said(journal: Journal) -> list[str]:
    """The statements about authority."""
    return checked(journal.draft().data()).trust.statements()


def test_a_delegated_effect_is_proved_up_to_the_root() -> None:
    authority, permits, rest = said(delegated())

    assert authority.startswith("authority: clerk, for maria: delegation ")
    assert " <- attestation " in authority
    assert authority.endswith(f" <- {build.OPERATOR.label}")
    assert permits.startswith("permits: 1, each signed by its agent for the very arguments")
    assert rest.startswith("not checked at each effect: constraints on arguments")


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same signature is verified once: the tests of every byte ask thousands of times."""
    monkeypatch.setattr(tarl_verify.keys, "is_signed", cache(tarl_verify.keys.is_signed))
    monkeypatch.setattr(tarl_verify.keys, "is_sound_point", cache(tarl_verify.keys.is_sound_point))


@pytest.mark.usefixtures("remembered")
def test_no_byte_can_be_changed() -> None:
    data = delegated().draft().data()

    assert code(data) == "accepted"
    assert [n for n in range(len(data)) if code(flipped(data, n)) == "accepted"] == []


@pytest.mark.usefixtures("remembered")
def test_no_byte_can_be_changed_even_by_the_operator() -> None:
    data = delegated().draft().data()
    before = data[: data[:-1].rindex(b"\n") + 1]

    changed = [n for n in range(len(before)) if code(build.close(flipped(before, n))) == "accepted"]
    assert [before[n - 40 : n + 40] for n in changed] == []


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.usefixtures("remembered")
def test_no_line_can_be_dropped_doubled_or_moved_even_by_the_operator() -> None:
    lines = delegated().draft().lines
    changes = []
    for n, line in enumerate(lines):
        rest = lines[:n] + lines[n + 1 :]
        changes += [rest, [*lines[:n], line, *lines[n:]]]
        changes += [[*rest[:m], line, *rest[m:]] for m in range(len(lines)) if m != n]

    assert [n for n, change in enumerate(changes) if code(Draft(change).data()) == "accepted"] == []


def test_an_agents_run_without_its_records_is_refused() -> None:
    draft = delegated().draft()
    run = [
        build.Happening(line["event"]["kind"], line["event"]["body"], at=line["event"]["at"])
        for line in draft.lines
        if "event" in line
    ]

    assert code(build.draft(run).data()) == "permit"


# -- Chains --------------------------------------------------------------------------------------


def limits(*constraints: dict[str, Any]) -> dict[str, Any]:
    return {"args.amount": list(constraints)}


AT_MOST_10 = {"kind": "at_most", "limit": 10}
AT_MOST_20 = {"kind": "at_most", "limit": 20}
WIDER: dict[str, dict[str, Any]] = {
    "an action that the delegator lacks": {"grants": [grant("files.read", "mailbox/alice")]},
    "all actions": {"grants": [grant("*", "mailbox/alice")]},
    "all resources": {"grants": [grant("mail.send")]},
    "a resource beside it": {"grants": [grant("mail.send", "mailboxes/alice")]},
    "the place itself": {"grants": [grant("mail.send", "mailbox")]},
    "one grant of two": {"grants": [grant("mail.send", "mailbox/a"), grant("bank.pay")]},
    "as deep": {"depth_left": 2},
    "another human": {"human_origin": {**trust.HUMAN, "human": "eve"}},
    "no human": {"human_origin": None},
}


@pytest.mark.parametrize("changes", WIDER.values(), ids=WIDER)
def test_a_delegation_is_no_wider_than_its_source(changes: dict[str, Any]) -> None:
    assert code(delegated(**changes).draft().data()) in ("wider", "record")


def chain_of(parent: dict[str, Any], child: dict[str, Any]) -> Journal:
    """A run by a delegation from an attestation, with changes to each."""
    journal = Journal()
    for id, kind in (("acme", "service"), ("planner", "agent"), ("clerk", "agent")):
        journal.register(id, kind)
    top = journal.authority()
    held = journal.attestation("planner", journal.genesis("planner", top), top, **parent)
    given = journal.delegation("planner", "clerk", held, **child)
    journal.started()
    journal.step(given)
    journal.ended()
    return journal


def test_constraints_may_come_closer_and_not_go_apart() -> None:
    tight, loose = {"envelope": limits(AT_MOST_10)}, {"envelope": limits(AT_MOST_20)}

    assert code(chain_of(loose, tight).draft().data()) == "accepted"
    assert code(chain_of(tight, tight).draft().data()) == "accepted"
    assert code(chain_of(tight, loose).draft().data()) == "wider"
    assert code(chain_of(tight, {}).draft().data()) == "wider"
    unknown = {"envelope": limits({"kind": "at_most_on_tuesdays", "limit": 1})}
    assert code(chain_of({}, unknown).draft().data()) == "constraint"
    assert code(chain_of(unknown, unknown).draft().data()) == "constraint"


@pytest.mark.parametrize("member", ["task", "audience"])
def test_task_and_audience_are_kept(member: str) -> None:
    other = {member: "other"}

    assert code(chain_of({member: "invoices"}, {}).draft().data()) == "wider"
    assert code(chain_of({member: "invoices"}, other).draft().data()) == "wider"
    mine = {member: "invoices"}
    assert code(chain_of(mine, mine).draft().data()) == "accepted"


def test_who_may_not_delegate_does_not() -> None:
    mail = [grant("mail.*", "mailbox/*")]

    assert code(chain_of({"grants": mail}, {}).draft().data()) == "wider"
    assert code(chain_of({"depth_left": 0}, {"depth_left": 0}).draft().data()) == "wider"
    assert code(chain_of({"depth_left": 1}, {"depth_left": 0}).draft().data()) == "accepted"


def test_an_attestation_is_no_wider_than_its_authority() -> None:
    journal = Journal()
    journal.register("acme", "service")
    journal.register("clerk")
    top = journal.authority(changes={"grants": [grant("mail.read")]})
    held = journal.attestation("clerk", journal.genesis("clerk", top), top)
    journal.started()
    journal.step(held)

    assert code(journal.draft().data()) == "wider"


def test_authorities_below_authorities() -> None:
    def below(*signers: build.Signer, delegable: bool = True, **changes: Any) -> Journal:
        journal = Journal()
        for id, kind in (("acme", "service"), ("sales", "service"), ("clerk", "agent")):
            journal.register(id, kind)
        top = journal.authority(changes={"delegable": delegable, "grants": [grant("mail.*")]})
        says = {
            "grants": [grant("mail.send")],
            "keys": [signer("sales").vkey],
            "parent": top,
            **changes,
        }
        sales = journal.authority("sales", *signers, changes=says)
        born = journal.genesis("clerk", sales, signer("sales"))
        mine = [grant("mail.send", "mailbox/*")]
        held = journal.attestation("clerk", born, sales, signer("sales"), grants=mine)
        journal.started()
        journal.step(held)
        return journal

    both = signer("acme"), signer("sales")
    assert code(below(*both).draft().data()) == "accepted"
    assert code(below(signer("sales")).draft().data()) == "signature"
    assert code(below(signer("acme")).draft().data()) == "signature"
    assert code(below(*both, delegable=False).draft().data()) == "wider"
    assert code(below(*both, grants=[grant("*")]).draft().data()) == "wider"


def test_an_authority_of_several_keys_needs_enough_of_them() -> None:
    def of(*signers: build.Signer, keys: tuple[str, ...] = ("a", "b", "c")) -> Journal:
        journal = Journal()
        journal.register("clerk")
        for id in "abcd":
            journal.register(id, "human")
        vkeys = [signer(id).vkey for id in keys]
        says = {"keys": vkeys, "threshold": 2}
        top = journal.authority("acme", build.OPERATOR, signer("a"), signer("b"), changes=says)
        born = journal.genesis("clerk", top, *signers)
        held = journal.attestation("clerk", born, top, signer("b"), signer("c"))
        journal.started()
        journal.step(held)
        return journal

    assert code(of(signer("a"), signer("c")).draft().data()) == "accepted"
    assert code(of(signer("a")).draft().data()) == "signature"
    assert code(of(signer("a"), signer("d")).draft().data()) == "signature"
    assert code(of(signer("a"), signer("b"), keys=("a", "a", "a")).draft().data()) == "record"


FORGED: dict[str, Callable[[Journal, dict[str, str]], Any]] = {
    "authority without the operator": lambda j, d: j.authority("acme", signer("acme")),
    "authority without its own key": lambda j, d: j.authority("acme", build.OPERATOR),
    "authority by the log's key": lambda j, d: j.authority("acme", build.LOG, signer("acme")),
    "genesis by the agent": lambda j, d: j.genesis("planner", d["top"], signer("planner")),
    "attestation by the agent": lambda j, d: j.attestation(
        "planner", d["born"], d["top"], signer("planner")
    ),
    "delegation by the authority": lambda j, d: j.delegation(
        "planner", "clerk", d["held"], signer("acme")
    ),
    "delegation by the delegatee": lambda j, d: j.delegation(
        "planner", "clerk", d["held"], signer("clerk")
    ),
    "attestation by one more than is asked": lambda j, d: j.attestation(
        "planner", d["born"], d["top"], signer("acme"), signer("eve")
    ),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_record_by_another_hand_is_refused(forge: Callable[[Journal, Any], Any]) -> None:
    journal = Journal()
    for id, kind in (("acme", "service"), ("planner", "agent"), ("clerk", "agent")):
        journal.register(id, kind)
    top = journal.authority()
    born = journal.genesis("planner", top)
    held = journal.attestation("planner", born, top)
    forge(journal, {"top": top, "born": born, "held": held})
    journal.started(None)

    assert code(journal.draft().data()) == "signature"


def test_the_key_in_a_record_is_one_that_the_agent_registered() -> None:
    eve = {"delegatee_key": signer("eve").vkey}

    assert code(delegated(**eve).draft().data()) == "record"


def test_another_tenants_records_do_not_count() -> None:
    assert code(delegated(tenant="acme").draft().data()) == "record"


# -- Permits and outcomes ------------------------------------------------------------------------


PERMITS: dict[str, tuple[str, dict[str, Any]]] = {
    "other arguments": ("permit", {"intent": "00" * 32}),
    "another step": ("permit", {"step": 7}),
    "another run": ("record", {"run": "default/prices/2"}),
    "another task": ("permit", {"task": "holidays"}),
    "another key": ("permit", {"key": "00" * 32}),
    "an action beside the grant": ("wider", {"actions": ["mail.read"]}),
    "one action too many": ("wider", {"actions": ["mail.send", "mail.read"]}),
    "no action": ("format", {"actions": []}),
    "a resource beside the grant": ("wider", {"resource": "mailbox/bob"}),
    "an unknown grant": ("permit", {"grant": "00" * 32}),
    "long before the grant": ("permit", {"at_ms": NOW - HOUR}),
    "long after the record": ("permit", {"at_ms": NOW + HOUR}),
    "no instant": ("format", {"at_ms": "now"}),
    "a list for a grant": ("format", {"grant": []}),
}


@pytest.mark.parametrize(("expected", "changes"), PERMITS.values(), ids=PERMITS)
def test_a_permit_is_for_this_effect_alone(expected: str, changes: dict[str, Any]) -> None:
    journal = delegated(lambda j, given: j.step(given, permit=changes))

    assert code(journal.draft().data()) == expected


OUTCOMES: dict[str, tuple[str, dict[str, Any]]] = {
    "another result": ("permit", {"body": "00" * 32}),
    "another kind": ("permit", {"kind": "step.failed/1"}),
    "another step": ("permit", {"step": 2}),
    "another attempt": ("permit", {"attempt": 2}),
    "an unknown permit": ("permit", {"permit": "00" * 32}),
    "another run": ("record", {"run": "default/prices/2"}),
}


@pytest.mark.parametrize(("expected", "changes"), OUTCOMES.values(), ids=OUTCOMES)
def test_an_outcome_is_of_this_effect_alone(expected: str, changes: dict[str, Any]) -> None:
    journal = delegated(lambda j, given: j.step(given, outcome=changes))

    assert code(journal.draft().data()) == expected


def test_every_completed_step_of_an_agent_has_a_permit_and_an_outcome() -> None:
    def none(journal: Journal, given: str) -> None:
        journal.scheduled(1)
        journal.completed(1)

    def only_permit(journal: Journal, given: str) -> None:
        intent = journal.scheduled(1)
        journal.effects("clerk", [trust.permitted(intent, given, at=intent.at)])
        journal.completed(1)

    def only_outcome(journal: Journal, given: str) -> None:
        intent, done = journal.scheduled(1), journal.completed(1)
        permit = trust.permitted(intent, given, at=intent.at)
        journal.effects("clerk", [trust.resulted(done, permit)])

    assert [code(delegated(act).draft().data()) for act in (none, only_permit, only_outcome)] == [
        "permit"
    ] * 3


def test_what_the_operator_decided_about_a_cut_off_step_is_said_to_be_so() -> None:
    def decided(journal: Journal, given: str, *, permitted: bool = True) -> None:
        intent = journal.scheduled(1)
        if permitted:
            journal.effects("clerk", [trust.permitted(intent, given, at=intent.at)])
        journal.completed(1).observed = '{"resolved_by":"operator"}'

    found = said(delegated(decided))

    assert "not proved: 1 outcome(s) that the operator decided" in found
    without = delegated(lambda journal, given: decided(journal, given, permitted=False))
    assert code(without.draft().data()) == "permit"


def test_one_permit_is_of_one_effect() -> None:
    def twice(journal: Journal, given: str) -> None:
        intent, done = journal.scheduled(1), journal.completed(1)
        permit = trust.permitted(intent, given, at=intent.at)
        outcome = trust.resulted(done, permit)
        journal.effects("clerk", [permit, outcome])
        again = journal.completed(1)
        journal.effects("clerk", [trust.resulted(again, permit)])

    def repeated(journal: Journal, given: str) -> None:
        intent = journal.scheduled(1)
        permit = trust.permitted(intent, given, at=intent.at)
        journal.effects("clerk", [permit])
        journal.effects("clerk", [permit])

    assert code(delegated(twice).draft().data()) == "permit"
    assert code(delegated(repeated).draft().data()) == "permit"


def test_a_permit_may_be_recorded_first_and_its_outcome_later_but_not_before() -> None:
    def first(journal: Journal, given: str) -> None:
        intent = journal.scheduled(1)
        permit = trust.permitted(intent, given, at=intent.at)
        journal.effects("clerk", [permit])
        done = journal.completed(1)
        journal.effects("clerk", [trust.resulted(done, permit)])

    def last(journal: Journal, given: str) -> None:
        intent, done = journal.scheduled(1), journal.completed(1)
        permit = trust.permitted(intent, given, at=intent.at)
        journal.effects("clerk", [trust.resulted(done, permit)])
        journal.effects("clerk", [permit])

    assert code(delegated(first).draft().data()) == "accepted"
    assert code(delegated(last).draft().data()) == "permit"


def test_a_step_of_another_agent_needs_that_agents_permit() -> None:
    def planner_acts(journal: Journal, given: str) -> None:
        intent = journal.scheduled(1, agent="planner", task="invoices")
        done = journal.completed(1)
        permit = trust.permitted(intent, given, at=intent.at)
        journal.effects("clerk", [permit, trust.resulted(done, permit)])

    assert code(delegated(planner_acts).draft().data()) == "permit"


def test_a_batch_is_signed_by_its_agent_and_over_these_leaves() -> None:
    def signed(*signers: build.Signer, **changes: Any) -> Journal:
        def act(journal: Journal, given: str) -> None:
            intent, done = journal.scheduled(1), journal.completed(1)
            permit = trust.permitted(intent, given, at=intent.at)
            leaves = [permit, trust.resulted(done, permit)]
            journal.effects("clerk", leaves, *signers, **changes)

        return delegated(act)

    assert code(signed().draft().data()) == "accepted"
    assert code(signed(signer("planner")).draft().data()) == "signature"
    assert code(signed(root="00" * 32).draft().data()) == "record"
    assert code(signed(count=3).draft().data()) == "inclusion"
    assert code(signed(agent="planner").draft().data()) == "record"


def test_leaves_of_other_runs_stay_away() -> None:
    other = tuple({"permit": {"of": "another run", "n": n}} for n in range(5))
    journal = delegated(lambda j, given: j.step(given, shown=[0, 1], others=other))
    draft = journal.draft()

    assert code(draft.data()) == "accepted"
    assert b"another run" not in draft.data()
    line = draft.lines[draft.find("effects")]["effects"]
    for spoil in (
        lambda found: found["places"].reverse(),
        lambda found: found["places"].__setitem__(1, 2),
        lambda found: found["proof"].pop(),
        lambda found: found["proof"].append(build.b64(bytes(32))),
        lambda found: found.pop("commitment"),
        lambda found: found["leaves"].pop(),
    ):
        spoilt = copy.deepcopy(draft)
        spoil(spoilt.lines[spoilt.find("effects")]["effects"])
        assert code(spoilt.data()) != "accepted"
    assert line["places"] == [0, 1]


# -- Time, revocation, keys ----------------------------------------------------------------------


def test_nothing_counts_before_its_time_or_after() -> None:
    over = {"expires_at_ms": NOW + 8}
    later = {"not_before_ms": NOW + HOUR // 2}

    assert code(chain_of({}, over).draft().data()) == "expired"
    assert code(chain_of(over, {}).draft().data()) == "wider"
    assert code(chain_of({}, later).draft().data()) == "expired"


TARGETS: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "the delegation": lambda d: {"record": d["given"]},
    "the attestation": lambda d: {"record": d["held"]},
    "the genesis": lambda d: {"record": d["born"]},
    "the authority's record": lambda d: {"record": d["top"]},
    "the agent": lambda d: {"agent": "clerk"},
    "the delegator": lambda d: {"agent": "planner"},
    "the human": lambda d: {"human": "maria"},
    "the authority": lambda d: {"authority": "acme"},
}


def stopped(stop: Callable[[Journal, dict[str, str]], None], **step: Any) -> Journal:
    """A run whose authority is stopped between two steps."""
    journal = Journal()
    for id, kind in (("acme", "service"), ("planner", "agent"), ("clerk", "agent")):
        journal.register(id, kind)
    names = {"top": journal.authority()}
    names["born"] = journal.genesis("planner", names["top"])
    names["held"] = journal.attestation("planner", names["born"], names["top"])
    names["given"] = journal.delegation("planner", "clerk", names["held"])
    journal.started()
    journal.step(names["given"], 1)
    stop(journal, names)
    if step:
        journal.step(names["given"], 2, **step)
    journal.ended()
    return journal


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_what_is_revoked_acts_no_more(target: Callable[[dict[str, str]], Any]) -> None:
    def revoke(journal: Journal, names: dict[str, str]) -> None:
        journal.revoke(target(names))

    assert code(stopped(revoke).draft().data()) == "accepted"
    assert code(stopped(revoke, agent="clerk").draft().data()) == "revoked"


def test_a_permit_that_was_given_before_is_said_to_be_the_agents_word() -> None:
    def revoke(journal: Journal, names: dict[str, str]) -> None:
        journal.revoke({"agent": "clerk"})

    early = stopped(revoke, permit={"at_ms": NOW + 8})

    assert any("recorded after a revocation" in line for line in said(early))


def test_whoever_writes_a_revocation_it_counts_and_not_every_hand_lifts() -> None:
    def by_eve(journal: Journal, names: dict[str, str]) -> None:
        journal.revoke({"agent": "planner"}, signer("eve"))

    def lifted(*signers: build.Signer) -> Journal:
        def both(journal: Journal, names: dict[str, str]) -> None:
            says = {"agent": "clerk", "issuer": "operator", "reason": "r"}
            stream = "revocations/default"
            suspended = {**says, "until_ms": None}
            journal.record("suspension", "suspension.recorded/1", stream, suspended, *signers)
            journal.record("resumption", "suspension.lifted/1", stream, says, *signers)

        return stopped(both, agent="clerk")

    assert code(stopped(by_eve, agent="clerk").draft().data()) == "revoked"
    assert code(lifted(signer("acme")).draft().data()) == "accepted"
    assert code(lifted(signer("clerk")).draft().data()) == "revoked"


def test_an_agent_of_the_lowest_posture_does_nothing() -> None:
    def moved(*postures: str, by: build.Signer = build.OPERATOR) -> Journal:
        def move(journal: Journal, names: dict[str, str]) -> None:
            for posture in postures:
                says = {
                    "agent": "clerk",
                    "evidence": None,
                    "from": "delegating",
                    "issuer": "operator",
                    "posture": posture,
                    "reason": "r",
                }
                stream = "revocations/default"
                journal.record("posture", "posture.changed/1", stream, says, by)

        return stopped(move, agent="clerk")

    assert code(moved("tool").draft().data()) == "accepted"
    assert code(moved("pseudo").draft().data()) == "revoked"
    assert code(moved("pseudo", "tool").draft().data()) == "accepted"
    assert code(moved("pseudo", "tool", by=signer("clerk")).draft().data()) == "revoked"


def test_others_may_be_revoked() -> None:
    def revoke(journal: Journal, names: dict[str, str]) -> None:
        for target in ({"agent": "eve"}, {"human": "eve"}, {"authority": "eve"}):
            journal.revoke(target)

    assert code(stopped(revoke, agent="clerk").draft().data()) == "accepted"


def test_a_revocation_cannot_be_left_out_unseen() -> None:
    def revoke(journal: Journal, names: dict[str, str]) -> None:
        journal.revoke({"agent": "clerk"})

    journal = stopped(revoke, agent="clerk")
    draft = journal.draft()
    draft.lines.pop(
        next(n for n, line in enumerate(draft.lines) if "revocation.recorded" in str(line))
    )
    assert code(draft.data()) == "head"

    next(e for e in journal.entries if e.kind == "revocation.recorded/1").is_withheld = True
    assert any("1 record(s) are withheld" in line for line in said(journal))


def test_nothing_is_delegated_by_what_is_revoked() -> None:
    def delegate(journal: Journal, names: dict[str, str]) -> None:
        journal.revoke({"agent": "planner"})
        journal.delegation("planner", "clerk", names["held"])

    assert code(stopped(delegate).draft().data()) == "revoked"


def test_a_suspended_agent_acts_again_when_it_is_lifted() -> None:
    def record(journal: Journal, kind: str, event: str, **says: Any) -> None:
        said = {"agent": "planner", "issuer": "operator", "reason": "r", **says}
        journal.record(kind, event, "revocations/default", said, build.OPERATOR)

    def suspend(journal: Journal, names: dict[str, str]) -> None:
        record(journal, "suspension", "suspension.recorded/1", until_ms=None)

    def lift(journal: Journal, names: dict[str, str]) -> None:
        suspend(journal, names)
        record(journal, "resumption", "suspension.lifted/1")

    def lapse(journal: Journal, names: dict[str, str]) -> None:
        record(journal, "suspension", "suspension.recorded/1", until_ms=NOW + 12)

    assert code(stopped(suspend, agent="clerk").draft().data()) == "revoked"
    assert code(stopped(lift, agent="clerk").draft().data()) == "accepted"
    assert code(stopped(lapse, agent="clerk").draft().data()) == "accepted"


def test_after_a_rotation_the_new_key_signs() -> None:
    def rotated(*signers: build.Signer, **options: Any) -> Journal:
        def act(journal: Journal, given: str) -> None:
            journal.register("clerk", serial=2, **options)
            intent, done = journal.scheduled(1), journal.completed(1)
            permit = trust.permitted(intent, given, at=intent.at)
            journal.effects("clerk", [permit, trust.resulted(done, permit)], *signers)

        return delegated(act)

    new = signer("clerk", 2)
    assert code(rotated(new).draft().data()) == "accepted"
    assert code(rotated(signer("clerk")).draft().data()) == "signature"
    assert code(rotated(new, by=()).draft().data()) == "signature"
    lost = rotated(new, by=(), recovered="lost")
    assert code(lost.draft().data()) == "accepted"
    assert "not checked: whether the keys of clerk are theirs" in said(lost)


def test_a_revoked_principal_signs_no_more() -> None:
    def act(journal: Journal, given: str) -> None:
        journal.add("principal/default/clerk", "principal.revoked/1", {"reason": "gone"})
        journal.step(given)

    assert code(delegated(act).draft().data()) == "revoked"


def test_the_streams_of_keys_are_shown_as_a_whole() -> None:
    journal = delegated()
    journal.partial = (*journal.partial, "principal/")

    assert code(journal.draft().data()) == "record"


def test_the_heads_of_other_streams_are_of_this_log() -> None:
    assert code(delegated().draft(size=3).data()) == "head"
    assert code(delegated().draft(origin="example.org/other").data()) == "head"
    one = {"digest": "00" * 32, "length": 1, "stream": "approval/default/none"}
    assert code(delegated().draft(streams=[one]).data()) in ("head", "record")


# -- What rests on what --------------------------------------------------------------------------


def settled() -> tuple[Journal, dict[str, str]]:
    """An authority, and an agent with an attestation; a second agent who has nothing."""
    journal = Journal()
    for id, kind in (("acme", "service"), ("planner", "agent"), ("clerk", "agent")):
        journal.register(id, kind)
    names = {"top": journal.authority()}
    names["born"] = journal.genesis("planner", names["top"])
    names["held"] = journal.attestation("planner", names["born"], names["top"])
    return journal, names


def moved(journal: Journal, stream: str) -> None:
    """The last record, in another stream."""
    journal.entries[-1].stream = stream


def second(journal: Journal) -> str:
    """Another authority."""
    journal.register("other", "service")
    says = {"keys": [signer("other").vkey]}
    return journal.authority("other", build.OPERATOR, signer("other"), changes=says)


def around(journal: Journal, names: dict[str, str]) -> None:
    wide = [grant("mail.send", "mailbox/alice"), grant("trust.delegate")]
    given = journal.delegation("planner", "clerk", names["held"], grants=wide)
    journal.delegation("clerk", "planner", given, depth_left=0)


MISPLACED: dict[str, Callable[[Journal, dict[str, str]], Any]] = {
    "a genesis with a key of somebody else": lambda j, d: j.genesis(
        "clerk", d["top"], key=signer("planner").vkey
    ),
    "a circle": around,
    "a delegation to oneself": lambda j, d: j.delegation("planner", "planner", d["held"]),
    "a record from the future": lambda j, d: j.genesis("clerk", d["top"], issued_at_ms=NOW + HOUR),
    "a record in another agent's stream": lambda j, d: (
        j.genesis("clerk", d["top"]),
        moved(j, "agent/default/planner"),
    ),
    "a record in another tenant's stream": lambda j, d: (
        j.genesis("clerk", d["top"]),
        moved(j, "agent/acme/clerk"),
    ),
    "an attestation by another authority": lambda j, d: j.attestation(
        "planner", d["born"], second(j), signer("other")
    ),
    "an attestation of another agent": lambda j, d: j.attestation("clerk", d["born"], d["top"]),
    "a delegation of what another holds": lambda j, d: (
        j.register("helper"),
        j.delegation("clerk", "helper", d["held"], signer("planner")),
    ),
    "a delegation of a genesis": lambda j, d: j.delegation("planner", "clerk", d["born"]),
    "an attestation of an attestation": lambda j, d: j.attestation("planner", d["held"], d["top"]),
    "a record of an unknown kind": lambda j, d: j.add("agent/default/clerk", "agent.praised/1", {}),
}


@pytest.mark.parametrize("act", MISPLACED.values(), ids=MISPLACED)
def test_each_record_rests_on_what_it_names(act: Callable[[Journal, Any], Any]) -> None:
    journal, names = settled()
    journal.started(None)
    assert code(journal.draft().data()) == "accepted"
    act(journal, names)

    assert code(journal.draft().data()) == "record"


def test_a_batch_names_the_key_that_signed_it() -> None:
    def act(journal: Journal, given: str) -> None:
        intent, done = journal.scheduled(1), journal.completed(1)
        permit = trust.permitted(intent, given, at=intent.at)
        journal.effects("clerk", [permit, trust.resulted(done, permit)], key=build.LOG.label)

    assert code(delegated(act).draft().data()) == "record"


def test_an_outcome_is_signed_by_whom_the_permit_is_for() -> None:
    def act(journal: Journal, given: str) -> None:
        intent, done = journal.scheduled(1), journal.completed(1)
        permit = trust.permitted(intent, given, at=intent.at)
        journal.effects("clerk", [permit])
        journal.effects("planner", [trust.resulted(done, permit)])

    assert code(delegated(act).draft().data()) == "permit"


def test_a_ground_names_the_chain_of_its_grant() -> None:
    def by(chain: str) -> str:
        journal, names = settled()
        journal.started("planner")
        facts = {"chain": chain, "grant": names["held"]}
        grounds = [{"code": "trust.allowed", "facts": facts}]
        journal.step(names["held"], agent="planner", permit={"grounds": grounds})
        return code(journal.draft().data())

    _, names = settled()
    chain = bytes(32)
    for digest in (names["top"], names["born"], names["held"]):
        chain = build.sha256(chain + bytes.fromhex(digest))
    assert by(chain.hex()) == "accepted"
    assert by("00" * 32) == "permit"


def test_a_policy_that_a_permit_names_is_the_text_in_the_file() -> None:
    decides = {
        "closed": False,
        "language": "cedar",
        "level": "required",
        "text": "permit(principal, action, resource);",
        "vocabulary": None,
    }
    digest = build.sha256(build.canonical(decides)).hex()

    def by(named: dict[str, Any], **changes: Any) -> str:
        journal, names = settled()
        body = {**decides, "digest": digest, "schema": "00" * 32, "version": 1, **changes}
        journal.add("policy/default/mail", "policy.registered/1", body)
        journal.started("planner")
        facts = {"digest": digest, "policy": "mail", "version": 1, **named}
        grounds = [{"code": "policy.allowed", "facts": facts}]
        journal.step(names["held"], agent="planner", permit={"grounds": grounds})
        return code(journal.draft().data())

    assert by({}) == "accepted"
    assert by({}, text="forbid(principal, action, resource);") == "record"
    assert by({"version": 2}) == "permit"
    assert by({"policy": "other"}) == "permit"
    assert by({"digest": "00" * 32}) == "permit"


def test_an_edition_of_today_is_judged_with_what_it_records() -> None:
    decides = {
        "closed": False,
        "language": "cedar",
        "level": "required",
        "text": "permit(principal, action, resource);",
        "violation": "high",
        "vocabulary": None,
    }
    digest = build.sha256(build.canonical(decides)).hex()
    told = {"by": "ann", "data": None, "environment": "prod", "semver": "1.2.0"}

    def by(**changes: Any) -> str:
        journal, names = settled()
        body = {**decides, **told, "digest": digest, "schema": "00" * 32, "version": 1, **changes}
        journal.add("policy/default/mail", "policy.registered/2", body)
        journal.started("planner")
        facts = {"digest": digest, "policy": "mail", "version": 1, "semver": "1.2.0"}
        grounds = [{"code": "policy.allowed", "facts": facts}]
        journal.step(names["held"], agent="planner", permit={"grounds": grounds})
        return code(journal.draft().data())

    assert by() == "accepted"
    assert by(violation="low") == "record"
    assert by(violation="") == "record"
    assert by(other=1) == "format"


# -- Odd values ----------------------------------------------------------------------------------

ODD: tuple[Any, ...] = (None, True, -1, 2**53, "", "x", "00" * 32, [], [[]], {}, {"a": []}, [{}])


def answers(data: bytes) -> str:
    """The code, or the name of an exception that the verifier should have caught."""
    try:
        return code(data)
    except Exception as error:
        return f"crashed: {error!r}"


@pytest.mark.usefixtures("remembered")
def test_whatever_stands_in_a_line_the_verifier_answers() -> None:
    draft = delegated().draft()
    crashed = []
    for n, line in enumerate(draft.lines):
        tag = next(iter(line))
        if tag not in ("record", "effects"):
            continue
        for member in line[tag]:
            for odd in (odd for odd in ODD if odd != line[tag][member]):
                spoilt = copy.deepcopy(draft)
                spoilt.lines[n][tag][member] = odd
                answer = answers(spoilt.data())
                if answer.startswith(("crashed", "accepted")):
                    crashed.append((tag, member, odd, answer))

    assert crashed == []


CHAINED = "envelope expires_at_ms grants issued_at_ms nonce not_before_ms tenant type "
SAYS = {
    "authority": CHAINED + "authority delegable keys parent threshold",
    "genesis": "agent authority expires_at_ms human_origin issued_at_ms key not_before_ms",
    "attestation": CHAINED + "agent audience authority depth_left genesis task",
    "delegation": CHAINED + "delegatee delegatee_key delegator depth_left human_origin parent",
    "revocation": "target tenant type",
}


@pytest.mark.usefixtures("remembered")
@pytest.mark.parametrize("kind", SAYS)
def test_whatever_a_record_says_the_verifier_answers(kind: str) -> None:
    crashed = []
    for member in SAYS[kind].split():
        for odd in (*ODD, [grant("*")], [{"action": []}], [{"action": "a", "constraints": []}]):
            journal, names = settled()
            says = {member: odd}
            if kind == "authority":
                journal.authority("acme", changes=says)
            elif kind == "genesis":
                journal.genesis("clerk", names["top"], **says)
            elif kind == "attestation":
                journal.attestation("planner", names["born"], names["top"], **says)
            elif kind == "delegation":
                journal.delegation("planner", "clerk", names["held"], **says)
            else:
                stream, word = "revocations/default", {"issuer": "x", "reason": "r", **says}
                word = {"target": {"agent": "a"}, **word}
                journal.record(kind, "revocation.recorded/1", stream, word, build.OPERATOR)
            journal.started("planner")
            journal.step(names["held"], agent="planner")
            answer = answers(journal.draft().data())
            if answer.startswith("crashed"):
                crashed.append((member, odd, answer))

    assert crashed == []


@pytest.mark.usefixtures("remembered")
def test_whatever_a_leaf_says_the_verifier_answers() -> None:
    found = {}
    members = "actions at_ms attempt grant grounds intent key resource run step task"
    for what, names in (("permit", members), ("outcome", "attempt body kind permit run step")):
        for member in names.split():
            for odd in (*ODD, [{"code": "policy.allowed", "facts": {"policy": []}}]):
                changed: Any = {what: {member: odd}}

                def act(journal: Journal, given: str, changed: Any = changed) -> None:
                    journal.step(given, **changed)

                found[what, member, repr(odd)] = answers(delegated(act).draft().data())

    assert {at: answer for at, answer in found.items() if answer.startswith("crashed")} == {}
    accepted = {at for at, answer in found.items() if answer == "accepted"}
    assert accepted == {("permit", "grounds", "[]")}


@pytest.mark.parametrize(
    ("rotation", "wait_ms", "verdict"),
    [
        ({"grace_ms": 100}, 0, "accepted"),
        ({"grace_ms": 100}, 100, "signature"),
        ({}, 0, "signature"),
        ({"grace_ms": 0}, 0, "format"),
        ({"grace_ms": 100, "by": (), "recovered": "lost"}, 0, "record"),
    ],
)
def test_a_key_that_handed_over_counts_on_for_its_grace(
    rotation: dict[str, Any], wait_ms: int, verdict: str
) -> None:
    journal = Journal()
    journal.register("acme", "service")
    journal.register("planner")
    journal.register("clerk")
    top = journal.authority()
    held = journal.attestation("planner", journal.genesis("planner", top), top)
    journal.register("planner", serial=2, **rotation)
    journal.now += wait_ms
    given = journal.delegation("planner", "clerk", held)
    journal.started()
    journal.step(given, 1)
    journal.ended()
    assert code(journal.draft().data()) == verdict
