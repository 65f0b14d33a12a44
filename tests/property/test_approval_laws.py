"""Approval requests against a naive model, which keeps sets of names and does the obvious.

Laws, besides that ledger and model agree on every answer and every refusal:
1. What was rejected, expired or withdrawn is never approved, and what was approved stays so.
2. Each approval has as many valid signatures of different people as are needed, each of whom was a
   registered human, not revoked, and held a seat when signing.
3. The recorded history proves itself, and only as it is recorded.
"""

from __future__ import annotations

import base64
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.unit.kernel.voters import ASKED, Panel, further, request, signer, someone

from tarl.crypto import dsse
from tarl.crypto.note import parse_vkey
from tarl.errors import TarlError
from tarl.kernel import inbox
from tarl.kernel.approvals import events
from tarl.kernel.approvals.decide import CHAIN_MAX
from tarl.kernel.approvals.statement import STATEMENT_TYPE, claimed, sign
from tarl.values.canonical import decode
from tarl.values.ids import RunId

APPROVERS = ("ann", "ben", "cid")
LATER = ("eve", "fay")
OTHERS = ("gus", "hal", "ida", "joe")
AGENT = "robot"
PEOPLE = (*APPROVERS, *LATER, *OTHERS)
RUN = RunId("default", "w", 1)
people = st.sampled_from((*PEOPLE, AGENT, "nobody"))


class Model:
    """The rules as one would tell them to a person."""

    def __init__(self, needed: int, strict: bool, expires: int | None, escalates: int | None):
        self.needed, self.strict, self.expires, self.escalates = needed, strict, expires, escalates
        self.named = APPROVERS if escalates is None else (*APPROVERS, *LATER)
        self.chains = [[name] for name in APPROVERS]
        self.voted: dict[str, str] = {}
        self.revoked: set[str] = set()
        self.status = "pending"
        self.now = 0

    def pass_time(self, at: int) -> None:
        self.now = max(self.now, at)

    def look(self) -> None:
        """What time has done, once somebody looks."""
        if self.status != "pending":
            return
        if self.expires is not None and self.now >= self.expires:
            self.status = "expired"
        elif self.escalates is not None and self.now >= self.escalates:
            self.chains += [[name] for name in LATER]
            self.escalates = None

    def why_not(self, name: str, to: str | None = None) -> str | None:
        if name == "nobody":
            return "principal.missing"
        if name == AGENT:
            return "approval.not_human"
        if name in self.revoked:
            return "approval.revoked"
        if self.status != "pending":
            return {
                "approved": "approval.decided",
                "rejected": "approval.decided",
            }.get(self.status, f"approval.{self.status}")
        chain = next((c for c in self.chains if c[-1] == name), None)
        if chain is not None and name in self.voted:
            return "approval.voted"
        if chain is None:
            handed_on = any(name in c for c in self.chains)
            return "approval.delegated" if handed_on else "approval.stranger"
        return None if to is None else self.why_not_to(chain, to)

    def why_not_to(self, chain: list[str], to: str) -> str | None:
        if to == "nobody":
            return "principal.missing"
        if to == AGENT:
            return "approval.not_human"
        if to in self.revoked:
            return "approval.revoked"
        if to in chain:
            return "approval.delegation_cycle"
        if to in self.named or any(to in c for c in self.chains):
            return "approval.delegation_named"
        return "approval.delegation_depth" if len(chain) > CHAIN_MAX else None

    def vote(self, name: str, choice: str) -> None:
        self.voted[name] = choice
        yes = sum(1 for c in self.voted.values() if c == "approve")
        waiting = len(self.chains) - len(self.voted)
        coming = len(LATER) if self.escalates is not None else 0
        if yes >= self.needed:
            self.status = "approved"
        elif (self.strict and choice == "reject") or yes + waiting + coming < self.needed:
            self.status = "rejected"


class Requests(RuleBasedStateMachine):
    """One request, what people try, and what time does."""

    @initialize(
        needed=st.integers(1, 3),
        strict=st.booleans(),
        expires=st.none() | st.integers(20, 60),
        escalates=st.none() | st.integers(1, 19),
    )
    def ask(self, needed: int, strict: bool, expires: int | None, escalates: int | None) -> None:
        self.model = Model(needed, strict, expires, escalates)
        self.panel = Panel(*PEOPLE)
        self.panel.register(AGENT, "agent")
        self.rotations = dict.fromkeys(PEOPLE, 1)
        self.statuses = ["pending"]
        self.panel.ask(
            request(
                *APPROVERS,
                needed=needed,
                rejection="any" if strict else "unreachable",
                expires_after_ms=expires,
                escalations=() if escalates is None else (further(escalates, *LATER),),
                run=RUN.stream,
            )
        )

    def attempt(self, expected: str | None, act: Any) -> bool:
        code = None
        try:
            act()
        except TarlError as error:
            code = error.code
        assert code == expected
        return code is None

    def serial(self, name: str) -> int:
        return self.rotations.get(name, 1)

    @rule(by=st.integers(-3, 8))
    def pass_time(self, by: int) -> None:
        self.at = max(0, self.model.now + by)  # a clock may step back
        self.model.pass_time(self.at)

    @rule()
    def look(self) -> None:
        self.panel.approvals.advance(self.model.now)
        self.model.look()

    @rule(name=people, choice=st.sampled_from(("approve", "reject")))
    def vote(self, name: str, choice: str) -> None:
        now, model = self.model.now, self.model
        model.look()
        expected = model.why_not(name)
        serial = self.serial(name)
        if self.attempt(expected, lambda: self.panel.vote(name, choice, at_ms=now, serial=serial)):
            model.vote(name, choice)

    @rule(name=people, to=people)
    def delegate(self, name: str, to: str) -> None:
        now, model = self.model.now, self.model
        model.look()
        serial = self.serial(name)
        if self.attempt(
            model.why_not(name, to),
            lambda: self.panel.delegate(name, to, at_ms=now, serial=serial),
        ):
            next(c for c in model.chains if c[-1] == name).append(to)

    @rule(name=st.sampled_from(PEOPLE), by=st.sampled_from(PEOPLE))
    def forge(self, name: str, by: str) -> None:
        """Somebody signs in another's name, or with a key from before."""
        serial = self.serial(by)
        if name == by and serial == 1:
            return
        key = signer(someone(by), serial - 1 if name == by else serial)
        forged = sign(self.panel.word(name), key)
        expected = "approval.revoked" if name in self.model.revoked else "approval.signature"
        self.model.look()
        now = self.model.now
        assert not self.attempt(
            expected, lambda: self.panel.approvals.vote(ASKED, forged, at_ms=now)
        )

    @rule(name=st.sampled_from(PEOPLE))
    def revoke(self, name: str) -> None:
        if name not in self.model.revoked and len(self.model.revoked) < 3:
            self.panel.principals.revoke(someone(name), "left", at_ms=0)
            self.model.revoked.add(name)

    @rule(name=st.sampled_from(PEOPLE))
    def rotate(self, name: str) -> None:
        if name not in self.model.revoked and self.rotations[name] < 3:
            self.panel.rotate(name)
            self.rotations[name] += 1

    @precondition(lambda self: self.model.now > 15)
    @rule()
    def withdraw(self) -> None:
        self.panel.approvals.withdraw(ASKED, "enough", at_ms=self.model.now)
        if self.model.status == "pending":
            self.model.status = "withdrawn"

    @invariant()
    def agrees_with_the_model(self) -> None:
        found = self.panel.approvals.get(ASKED)
        assert found.status == self.model.status
        assert [list(seat.chain) for seat in found.seats] == self.model.chains
        assert {v["principal"]: v["choice"] for v in found.votes} == self.model.voted
        record = self.panel.store.get("approval", "default", ASKED.id)
        assert record is not None
        assert record["status"] == found.status
        dues = [] if not found.is_pending else [found.escalates_at_ms, found.expires_at_ms]
        assert record["due_at_ms"] == next((due for due in dues if due is not None), None)

    @invariant()
    def what_has_ended_stays_so(self) -> None:
        """Law 1."""
        status = self.panel.approvals.get(ASKED).status
        if status != self.statuses[-1]:
            assert self.statuses == ["pending"]
            self.statuses.append(status)
        told = [decode(e.body or b"") for e in self.panel.store.read(inbox.stream(RUN))]
        assert [message["outcome"]["status"] for message in told] == self.statuses[1:]

    @invariant()
    def approvals_are_signed(self) -> None:
        """Law 2, counted by hand from what lies in the journal."""
        approved: set[str] = set()
        for event in self.panel.store.read(ASKED.stream):
            if event.kind != events.VOTED:
                continue
            envelope = decode(event.body or b"")["envelope"]
            said = decode(base64.b64decode(envelope["payload"]))
            name = said["principal"]
            keys = self.panel.principals.get(someone(name)).keys
            (sig,) = envelope["signatures"]
            key = next(k for k in map(parse_vkey, keys) if k.label == sig["keyid"])
            dsse.verify(envelope, STATEMENT_TYPE, key)
            assert self.panel.principals.get(someone(name)).kind == "human"
            assert claimed(envelope).origin == "human"
            assert any(name == chain[-1] for chain in self.model.chains)
            if said["choice"] == "approve":
                assert name not in approved
                approved.add(name)
        if self.model.status == "approved":
            assert len(approved) == self.model.needed
        else:
            assert len(approved) < self.model.needed


def test_requests_behave_as_the_model() -> None:
    run_state_machine_as_test(
        Requests,
        settings=settings(
            max_examples=max(60, settings.default.max_examples // 2), stateful_step_count=25
        ),
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("ann", "ben", *OTHERS)), st.sampled_from(("ann", "ben", *OTHERS))
        ),
        max_size=20,
    )
)
@settings(max_examples=50)
def test_delegations_make_chains_and_nothing_else(steps: list[tuple[str, str]]) -> None:
    """Whoever hands on to whom: seats stay as many, nobody holds two, no chain meets itself."""
    panel = Panel("ann", "ben", *OTHERS)
    panel.ask(request("ann", "ben"))
    holders = {"ann": "ann", "ben": "ben"}
    for name, to in steps:
        seat = next((s for s, holder in holders.items() if holder == name), None)
        try:
            panel.delegate(name, to)
        except TarlError:
            continue
        assert seat is not None
        holders[seat] = to
    found = panel.approvals.get(ASKED)
    assert {seat.chain[0]: seat.holder for seat in found.seats} == holders
    seen = [name for seat in found.seats for name in seat.chain]
    assert len(seen) == len(set(seen))
    for name in holders.values():
        panel.vote(name)
    assert panel.approvals.get(ASKED).status == "approved"
