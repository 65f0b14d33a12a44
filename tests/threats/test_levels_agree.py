"""The three levels answer one question: what QUICK allows, FULL allows.

At the same instant and the same journal head, on an intact log; over random histories of records,
revocations, suspensions, postures, rotations and time, asked warm and cold.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tests.threats.world import DELEGATE, MAIL, World, world
from tests.unit.kernel.voters import someone

from tarl.trust.decision import LEVELS
from tarl.trust.posture import POSTURES

AGENTS = ("n0", "n1", "n2", "n3")
ASKED = (
    ("mail.send", "mailbox/a", {}),
    ("mail.send", "mailbox/b", {"n": 3}),
    ("mail.read", "mailbox/a", {"n": 9}),
)
ENVELOPES = ({}, {"args.n": [{"kind": "at_most", "limit": 5}]})


class Levels(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.world: World
        self.world, acme = world()
        made = self.world
        self.records = [
            made.agent("n0", acme, may=(MAIL, DELEGATE), expires_at_ms=made.at_ms + 90_000)
        ]
        for name in AGENTS[1:]:
            made.principal(name)
        self.allowed = 0

    @rule(
        giver=st.sampled_from(AGENTS),
        taker=st.sampled_from(AGENTS),
        which=st.integers(0, 99),
        envelope=st.sampled_from(ENVELOPES),
        task=st.sampled_from((None, "t1")),
        depth=st.integers(0, 8),
        lasts_ms=st.sampled_from((1_000, 30_000, 200_000)),
    )
    def delegate(
        self, giver: str, taker: str, which: int, depth: int, lasts_ms: int, **said: Any
    ) -> None:
        parent = self.records[which % len(self.records)]
        expires = self.world.at_ms + lasts_ms
        digest = self.world.delegate(
            giver,
            taker,
            parent,
            may=(MAIL, DELEGATE),
            depth_left=depth,
            expires_at_ms=expires,
            **said,
        )
        self.records.append(digest)

    @rule(rarely=st.integers(0, 3), which=st.integers(0, 99), agent=st.sampled_from(AGENTS))
    def revoke(self, rarely: int, which: int, agent: str) -> None:
        if rarely == 0:
            self.world.revoke(record=self.records[which % len(self.records)])
        elif rarely == 1 and which < 20:
            self.world.revoke(agent=agent)

    @rule(agent=st.sampled_from(AGENTS), lift=st.booleans(), for_ms=st.sampled_from((None, 5_000)))
    def suspend(self, agent: str, lift: bool, for_ms: int | None) -> None:
        if lift:
            self.world.stand("resumption", agent)
        else:
            until = None if for_ms is None else self.world.at_ms + for_ms
            self.world.stand("suspension", agent, until_ms=until)

    @rule(
        agent=st.sampled_from(AGENTS),
        wanted=st.sampled_from(POSTURES),
        at=st.sampled_from(POSTURES),
    )
    def move(self, agent: str, wanted: str, at: str) -> None:
        evidence = {"observations": 9_999, "succeeded": 9_999, "hours": 9_999, "anomalies": 0}
        acme = self.world.key("acme")
        self.world.stand(
            "posture",
            agent,
            by=acme,
            issuer="acme",
            posture=wanted,
            previous=at,
            evidence=evidence,
        )

    @rule(agent=st.sampled_from((*AGENTS, "acme")), recovered=st.sampled_from((None, "lost")))
    def rotate(self, agent: str, recovered: str | None) -> None:
        if self.world.principals.get(someone(agent)).revoked is None:
            self.world.rotate(agent, recovered=recovered)

    @rule(after_ms=st.sampled_from((-400_000, -1_000, 500, 5_000, 40_000)))
    def time_passes(self, after_ms: int) -> None:
        self.world.at_ms += after_ms

    @invariant()
    def quick_allows_only_what_full_allows(self) -> None:
        made = self.world
        for agent in AGENTS:
            for action, resource, args in ASKED:
                cold = made.ask(
                    agent, action, resource, args=args, level="FULL", verifier=made.fresh()
                )
                for level in ("QUICK", "STANDARD", "FULL", "QUICK"):
                    warm = made.ask(agent, action, resource, args=args, level=level)  # type: ignore[arg-type]
                    assert warm.allowed is cold.allowed, (agent, action, level, warm, cold)
                self.allowed += cold.allowed


def test_quick_allows_only_what_full_allows() -> None:
    run_state_machine_as_test(
        Levels, settings=settings(max_examples=20, stateful_step_count=20, deadline=None)
    )


def test_the_levels_do_allow_something() -> None:
    made, acme = world()
    made.agent("ada", acme, may=(MAIL,))
    assert [made.ask("ada", level=level).allowed for level in LEVELS] == [True] * 3
