"""Consents against a naive model: a list of promises, looked through from the start every time."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from tests.conftest import SOAK
from tests.unit.planning.consent.consent_parts import ledger, memory
from tests.unit.tenancy.parts import HandClock

from tarl.planning.consent.ledger import Consents
from tarl.planning.consent.lifetimes import lifetime_ms
from tarl.planning.consent.scopes import Scope, Want, parse
from tarl.planning.task import PrivacyClass, TrustTier

OPERATIONS = ("measure", "measure_twice", "run")
TARGETS = ("camera/a", "camera/ab", "lock/a")
PLACES = ("cloud_region", "edge_gateway", "edge_cluster")
PRIVACY, TRUST = list(PrivacyClass), list(TrustTier)

exact_parts = (st.sampled_from(OPERATIONS), st.sampled_from(TARGETS), st.sampled_from(PLACES))
wide_parts = (
    st.sampled_from([*OPERATIONS, "*", "measure*"]),
    st.sampled_from([*TARGETS, "*", "camera/*", "camera/a*"]),
    st.sampled_from([*PLACES, "*", "edge_*"]),
)
exact_scopes = st.tuples(*exact_parts).map(":".join)
wide_scopes = st.tuples(*wide_parts).map(":".join)
UNIVERSE = [f"{o}:{t}:{p}" for o in OPERATIONS for t in TARGETS for p in PLACES]


def within(scope: str) -> set[str]:
    """The exact scopes that a scope stands for, by trying each."""
    parts = [part.partition("*") for part in scope.split(":")]
    return {
        text
        for text in UNIVERSE
        if all(
            value.startswith(start) if star else value == start
            for value, (start, star, _) in zip(text.split(":"), parts, strict=True)
        )
    }


class Promise(NamedTuple):
    token: str
    user: str
    covered: frozenset[str]
    privacy: int
    trust: int
    expires_ms: int
    dynamic: bool
    plan: str


class ConsentMachine(RuleBasedStateMachine):
    """Every operation on both, and the same answers, from a ledger that is open and a new one."""

    granted = Bundle("granted")

    def __init__(self) -> None:
        super().__init__()
        self.clock = HandClock()
        self.store = memory()
        self.consents = ledger(self.store, self.clock)
        self.promises: list[Promise] = []
        self.gone: set[str] = set()

    @rule(
        target=granted,
        user=st.sampled_from(["anna", "ben"]),
        scopes=st.lists(wide_scopes, min_size=1, max_size=3),
        privacy=st.sampled_from(PRIVACY),
        trust=st.sampled_from(TRUST),
        share=st.one_of(st.none(), st.integers(1, 100)),
        dynamic=st.booleans(),
        plan=st.sampled_from(["", "", "p1"]),
    )
    def grant(
        self,
        user: str,
        scopes: list[str],
        privacy: PrivacyClass,
        trust: TrustTier,
        share: int | None,
        dynamic: bool,
        plan: str,
    ) -> tuple[str, str]:
        longest_ms = lifetime_ms(privacy, trust)
        until_ms = self.clock.at_ms + (longest_ms if share is None else longest_ms * share // 100)
        made = self.consents.grant(
            user,
            scopes,
            by=user,
            privacy_class=privacy,
            trust_tier=trust,
            expires_at_ms=None if share is None else until_ms,
            dynamic=dynamic,
            plan_id=plan,
        )
        covered = frozenset().union(*map(within, scopes))
        ranks = PRIVACY.index(privacy), TRUST.index(trust)
        self.promises.append(Promise(made.token, user, covered, *ranks, until_ms, dynamic, plan))
        return user, made.token

    @rule(which=granted)
    def revoke(self, which: tuple[str, str]) -> None:
        user, token = which
        found = self.consents.revoke(user, token=token, by="anna")
        self.check_gone(found, [p for p in self.live(user) if p.token == token])

    @rule(user=st.sampled_from(["anna", "ben", "carl"]), scope=wide_scopes)
    def revoke_scope(self, user: str, scope: str) -> None:
        found = self.consents.revoke(user, scope=scope, by="anna")
        self.check_gone(found, [p for p in self.live(user) if p.covered & within(scope)])

    @rule(hours=st.sampled_from([0.01, 1, 3, 30]))
    def wait(self, hours: float) -> None:
        self.clock.at_ms += int(hours * 3_600_000)

    @rule(
        user=st.sampled_from(["anna", "ben", "carl"]),
        scope=exact_scopes,
        privacy=st.sampled_from(PRIVACY),
        trust=st.sampled_from(TRUST),
        plan=st.sampled_from(["", "p1", "p2"]),
    )
    def ask(
        self, user: str, scope: str, privacy: PrivacyClass, trust: TrustTier, plan: str
    ) -> None:
        fit = [
            p
            for p in self.live(user)
            if scope in p.covered
            and PRIVACY.index(privacy) <= p.privacy
            and TRUST.index(trust) >= p.trust
            and p.plan in ("", plan)
        ]
        want = Want(scope, privacy, trust)
        for each in (self.consents, Consents(self.store, clock=self.clock)):
            found = each.live(user, want, self.clock.at_ms, plan_id=plan)
            if not fit:
                assert found is None
            else:
                assert found is not None
                assert found.token in {p.token for p in fit}
                assert found.said.dynamic == all(p.dynamic for p in fit)

    @invariant()
    def the_same_consents_count(self) -> None:
        for user in ("anna", "ben"):
            book = self.consents.book(user)
            counting = {each.token for each in book.live(self.clock.at_ms)}
            assert counting == {p.token for p in self.live(user)}

    def live(self, user: str) -> list[Promise]:
        return [
            p
            for p in self.promises
            if p.user == user and p.token not in self.gone and self.clock.at_ms < p.expires_ms
        ]

    def check_gone(self, found: list[Any], expected: list[Promise]) -> None:
        assert {each.token for each in found} == {p.token for p in expected}
        self.gone |= {p.token for p in expected}


ConsentMachine.TestCase.settings = settings(
    max_examples=300 if SOAK else 40, stateful_step_count=30, deadline=None
)
TestConsents = ConsentMachine.TestCase


@given(st.tuples(*wide_parts), st.tuples(*wide_parts))
def test_covering_and_overlapping_are_what_trying_each_comes_to(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    first, second = Scope(*one), Scope(*other)
    assert parse(first.text) == first
    mine, its = within(first.text), within(second.text)
    if first.covers(second):
        assert its <= mine
    assert first.overlaps(second) == bool(mine & its)
    assert first.overlaps(second) == second.overlaps(first)
