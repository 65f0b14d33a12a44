"""The ledger of trust against a naive model: after any sequence of grants, delegations,
revocations, suspensions, rotations and hours, every level says what the model says, from memory and
opened anew. So what QUICK allows FULL allows, at one instant and head.
"""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.unit.trust.world import HOUR_MS, World

from tarl.errors import TarlError
from tarl.trust.records import Target

AGENTS = ("a", "b", "c", "d")
ACTIONS = ("mail.send", "mail.read")
agents = st.sampled_from(AGENTS)
hours = st.integers(1, 6)


class Held(NamedTuple):
    """A grant of the model: whose, below which other, what, until when, how deep."""

    agent: str
    above: int | None
    actions: frozenset[str]
    until_ms: int
    depth: int
    digest: str


class TrustMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.world = World()
        self.world.authority()
        self.world.agents(*AGENTS)
        self.held: list[Held] = []
        self.begun: set[str] = set()
        self.cut: set[int] = set()
        self.out: set[str] = set()
        self.suspended: dict[str, int | None] = {}
        self.all_out = False
        self.attest("a", set(ACTIONS), 24)

    @property
    def now_ms(self) -> int:
        return self.world.clock.at_ms

    def line(self, n: int | None) -> list[int]:
        found = []
        while n is not None:
            found.append(n)
            n = self.held[n].above
        return found

    def is_live(self, n: int) -> bool:
        return not self.all_out and all(
            m not in self.cut
            and self.held[m].agent not in self.out
            and not self.is_suspended(self.held[m].agent)
            and self.now_ms < self.held[m].until_ms
            for m in self.line(n)
        )

    def is_suspended(self, agent: str) -> bool:
        if agent not in self.suspended:
            return False
        until_ms = self.suspended[agent]
        return until_ms is None or self.now_ms < until_ms

    def allows(self, agent: str, action: str) -> bool:
        return any(
            held.agent == agent and action in held.actions and self.is_live(n)
            for n, held in enumerate(self.held)
        )

    # --- what happens

    @rule(agent=agents, actions=st.sets(st.sampled_from(ACTIONS), min_size=1), life=hours)
    def attest(self, agent: str, actions: set[str], life: int) -> None:
        until_ms = self.now_ms + life * HOUR_MS
        give = self.world.ops.attest if agent in self.begun else self.establish
        given = [*sorted(actions), "trust.delegate"]
        try:
            chain = give(agent, given, depth_left=2, expires_at_ms=until_ms)
        except TarlError:
            assert agent in self.out or self.is_suspended(agent) or self.all_out
            return
        self.begun.add(agent)
        digest = chain.leaf.digest
        self.held.append(Held(agent, None, frozenset(actions), until_ms, 2, digest))

    def establish(self, agent, given, **options):  # type: ignore[no-untyped-def]
        return self.world.ops.establish(agent, "acme", given, **options)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), heir=agents, actions=st.sets(st.sampled_from(ACTIONS), min_size=1))
    def delegate(self, data: st.DataObject, heir: str, actions: set[str]) -> None:
        n = data.draw(st.integers(0, len(self.held) - 1))
        above = self.held[n]
        given = [*sorted(actions), "trust.delegate"]
        may = (
            self.is_live(n)
            and actions <= above.actions
            and above.depth > 0
            and heir not in {self.held[m].agent for m in self.line(n)}
            and heir not in self.out
        )
        chain = None
        with suppress(TarlError):
            chain = self.world.ops.delegate(
                above.agent, heir, capabilities=given, parent=above.digest
            )
        assert (chain is not None) == may
        if chain is None:
            return
        until_ms = chain.expires_at_ms
        assert until_ms <= above.until_ms
        self.held.append(
            Held(heir, n, frozenset(actions), until_ms, above.depth - 1, chain.leaf.digest)
        )

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def revoke_record(self, data: st.DataObject) -> None:
        n = data.draw(st.integers(0, len(self.held) - 1))
        issuer = data.draw(st.sampled_from(["operator", "acme", self.held[n].agent]))
        try:
            self.world.ops.revoke(Target(record=self.held[n].digest), "test", issuer=issuer)
        except TarlError:
            assert n in self.cut
        self.cut.add(n)

    @precondition(lambda self: self.begun - self.out)
    @rule(data=st.data())
    def revoke_agent(self, data: st.DataObject) -> None:
        agent = data.draw(st.sampled_from(sorted(self.begun - self.out)))
        self.world.ops.revoke(Target(agent=agent), "test", issuer="acme")
        self.out.add(agent)

    @precondition(lambda self: self.begun)
    @rule(data=st.data(), life=st.none() | hours)
    def suspend(self, data: st.DataObject, life: int | None) -> None:
        agent = data.draw(st.sampled_from(sorted(self.begun)))
        until_ms = None if life is None else self.now_ms + life * HOUR_MS
        self.world.ops.suspend(agent, "test", until_ms=until_ms)
        if agent in self.suspended:
            before = self.suspended[agent]
            until_ms = None if before is None or until_ms is None else max(before, until_ms)
        self.suspended[agent] = until_ms

    @precondition(lambda self: self.suspended)
    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        agent = data.draw(st.sampled_from(sorted(self.suspended)))
        self.world.ops.resume(agent, "test", issuer="acme")
        del self.suspended[agent]

    @rule(name=st.sampled_from((*AGENTS, "acme")), lost=st.booleans())
    def rotate(self, name: str, lost: bool) -> None:
        self.world.rotate(name, recovered="lost" if lost else None)

    @rule(life=hours)
    def wait(self, life: int) -> None:
        self.world.clock.at_ms += life * HOUR_MS

    # --- what must hold

    @invariant()
    def every_level_says_what_the_model_says(self) -> None:
        if not hasattr(self, "held"):
            return
        again = self.world.open_ledger()
        for agent in AGENTS:
            for action in ACTIONS:
                expected = self.allows(agent, action)
                assert self.world.all_levels(agent, action) == {expected}, (agent, action)
                facts = self.world.facts(agent, action)
                for level in ("QUICK", "FULL"):
                    assert again.verify(agent, facts, level=level).allowed == expected


TestTrustMachine = TrustMachine.TestCase
TestTrustMachine.settings = settings(deadline=None, max_examples=40, stateful_step_count=20)
