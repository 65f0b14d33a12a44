"""Row 14: authority that goes round in a circle, or ever deeper."""

from __future__ import annotations

import time
import tracemalloc
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.threats.world import DELEGATE, LOG, MAIL, OPERATOR, PROJECTIONS, World, world

from tarl.errors import TarlError
from tarl.journal.event import Event
from tarl.journal.memory import MemoryStore
from tarl.trust import events
from tarl.trust.decision import LEVELS
from tarl.trust.ledger import TrustLedger
from tarl.trust.links import CHAIN_MAX
from tarl.trust.records import DELEGATION_DEPTH_MAX
from tarl.values.canonical import encode


def line(made: World, acme: str, count: int, *, depth: int = 8, start: str = "a0") -> list[str]:
    """Agents that hand on to one another in a row; their records."""
    found = [made.agent(start, acme, may=(MAIL, DELEGATE), depth_left=depth)]
    for number in range(1, count):
        made.principal(f"a{number}")
        found.append(
            made.delegate(
                f"a{number - 1}",
                f"a{number}",
                found[-1],
                may=(MAIL, DELEGATE),
                depth_left=depth - number,
            )
        )
    return found


def test_nobody_hands_on_to_themselves_or_to_whom_it_came_from() -> None:
    made, acme = world()
    found = line(made, acme, 3)
    for to in ("a0", "a1", "a2"):
        again = made.delegate("a2", to, found[2], may=(MAIL, DELEGATE), depth_left=5)
        for level in LEVELS:
            facts = made.facts(to, "mail.send", "mailbox/alice")
            decision = made.fresh().verify(to, facts, level=level, grant=again)
            assert not decision.allowed
            assert "trust.cycle" in {reason.code for reason in decision.reasons}


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 20)), max_size=8))
def test_no_chain_that_holds_has_anybody_twice(edges: list[tuple[int, int, int]]) -> None:
    """Random graphs of delegations between four agents: each that holds is a path."""
    made, acme = world()
    held = [(made.agent("n0", acme, may=(MAIL, DELEGATE)), ("n0",), 8)]
    for number in range(1, 4):
        made.principal(f"n{number}")
    for giver, taker, which in edges:
        digest, path, depth = held[which % len(held)]
        given_ = made.delegate(
            f"n{giver}", f"n{taker}", digest, may=(MAIL, DELEGATE), depth_left=max(depth - 1, 0)
        )
        expected = path[-1] == f"n{giver}" and f"n{taker}" not in path and depth > 0
        facts = made.facts(f"n{taker}", "mail.send", "mailbox/alice")
        for level in LEVELS:
            assert (
                made.verifier.verify(f"n{taker}", facts, level=level, grant=given_).allowed
                is expected
            )
        if expected:
            held.append((given_, (*path, f"n{taker}"), depth - 1))


def test_depth_is_signed_and_falls_with_each_step() -> None:
    made, acme = world()
    found = line(made, acme, 3, depth=2)  # 2, 1, 0
    assert made.allows("a2")
    made.principal("deep")
    for depth in (0, 1):
        made.delegate("a2", "deep", found[2], may=(MAIL,), depth_left=depth)
    made.delegate("a1", "deep", found[1], may=(MAIL,), depth_left=1)
    assert not made.allows("deep")
    made.delegate("a1", "deep", found[1], may=(MAIL,), depth_left=0)
    assert made.allows("deep")


@pytest.mark.parametrize("depth", [-1, DELEGATION_DEPTH_MAX + 1, 10**6])
def test_no_record_says_that_it_may_go_deeper_than_there_is(depth: int) -> None:
    made, acme = world()
    made.agent("ada", acme, may=(MAIL,), depth_left=depth)
    assert not made.allows("ada")


def test_the_deepest_chain_that_there_may_be_holds_and_one_more_does_not() -> None:
    made, acme = world()
    found = line(made, acme, DELEGATION_DEPTH_MAX + 1, depth=DELEGATION_DEPTH_MAX)
    assert made.allows(f"a{DELEGATION_DEPTH_MAX}")
    made.principal("more")
    made.delegate(f"a{DELEGATION_DEPTH_MAX}", "more", found[-1], may=(MAIL,), depth_left=0)
    assert not made.allows("more")


def test_authorities_below_authorities_end_too() -> None:
    made = World()
    made.principal("s0", "service")
    digest = made.authority("s0")
    names = ["s0"]
    for number in range(1, CHAIN_MAX + 2):
        names.append(made.principal(f"s{number}", "service"))
        digest = made.authority(
            names[-1], above=None, by=(made.key(names[-2]), made.key(names[-1])), parent=digest
        )
    made.principal("ada")
    by = (made.key(names[-1]),)
    genesis = made.genesis("ada", digest, by=by)
    made.attest("ada", genesis, digest, may=(MAIL,), by=by)
    assert not made.allows("ada")
    assert "trust.chain_length" in made.why("ada")


def test_an_authority_does_not_stand_above_itself() -> None:
    made = World()
    for name in ("s0", "s1"):
        made.principal(name, "service")
    top = made.authority("s0")
    below = made.authority("s1", above=None, by=(made.key("s0"), made.key("s1")), parent=top)
    round_ = made.authority("s0", above=None, by=(made.key("s1"), made.key("s0")), parent=below)
    made.principal("ada")
    genesis = made.genesis("ada", round_, by=(made.key("s0"),))
    made.attest("ada", genesis, round_, may=(MAIL,), by=(made.key("s0"),))
    assert not made.allows("ada")


class Endless(MemoryStore):
    """A journal with a chain of very many delegations, made up as they are asked for.

    Each is spelled as a record is, names the one before as its parent, and is found in the table.
    """

    def __init__(self, count: int) -> None:
        super().__init__(origin="tarl/test", projections=PROJECTIONS)
        made, acme = world(self)
        self.agents = ("a", "b")
        self.held = made.agent("a", acme, may=(MAIL, DELEGATE), depth_left=32)
        made.principal("b")
        self.world = made
        self.reads = 0
        first, last = "f" * 64, "e" * 32
        model = made.delegated("a", "b", first, may=(MAIL, DELEGATE), depth_left=1, nonce=last)
        self._parts = model.payload.split(first.encode())
        self._nonce = last.encode()
        self.signature = model.signatures
        digest = self.held
        self.digests = [digest]
        for number in range(count):
            digest = sha256(self.payload(number, digest)).hexdigest()
            self.digests.append(digest)
        self._places = {digest: n for n, digest in enumerate(self.digests)}

    def payload(self, number: int, parent: str) -> bytes:
        head, tail = self._parts
        return (head + parent.encode() + tail).replace(self._nonce, b"%032x" % number)

    def get(self, table: str, *key: Any) -> Any:
        number = self._places.get(key[-1]) if table == "trust_record" and key else None
        if not number:
            return super().get(table, *key)
        return {"stream": f"agent/default/chain{number}", "seq": 1, "kind": "delegation"}

    def read(self, stream: str, *, after: int = 0, until: int | None = None) -> Any:
        name = stream.rpartition("/chain")[2]
        if not name.isdigit():
            yield from super().read(stream, after=after, until=until)
            return
        self.reads += 1
        number = int(name)
        payload = self.payload(number - 1, self.digests[number - 1])
        envelope = {
            "payload": b64encode(payload).decode(),
            "payloadType": "application/vnd.tarl.delegation.v1+json",
            "signatures": [
                {"keyid": label, "sig": b64encode(data).decode()} for label, data in self.signature
            ],
        }
        body = encode({"envelope": envelope})
        yield Event(
            "agent/default/b",
            1,
            events.DELEGATION,
            body,
            bytes(32),
            self.world.at_ms,
            None,
            None,
            None,
            number,
        )


@pytest.mark.parametrize("count", [1_000, 100_000, pytest.param(1_000_000, marks=pytest.mark.soak)])
def test_a_chain_of_very_many_records_is_refused_in_bounded_time_and_memory(count: int) -> None:
    """However long it is, each question reads no more of it than a chain may have."""
    store = Endless(count)
    made = store.world
    facts = made.facts("b", "mail.send", "mailbox/alice")
    for level in LEVELS:
        verifier = made.fresh()
        store.reads = 0
        tracemalloc.start()
        begun = time.perf_counter()
        decision = verifier.verify("b", facts, level=level, grant=store.digests[-1])
        took_s = time.perf_counter() - begun
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert not decision.allowed
        codes = {reason.code for reason in decision.reasons}
        assert codes == {"trust.chain_length"} or level == "FULL", codes
        assert store.reads <= 2 * CHAIN_MAX + 2
        assert took_s < 1
        assert peak < 4_000_000


def test_the_door_refuses_what_lies_too_deep() -> None:
    made, acme = world()
    found = line(made, acme, DELEGATION_DEPTH_MAX + 1, depth=DELEGATION_DEPTH_MAX)
    made.principal("more")
    ledger = TrustLedger(made.store, operator=OPERATOR.verifier, log_key=LOG.verifier)
    last = f"a{DELEGATION_DEPTH_MAX}"
    given_ = made.delegated(last, "more", found[-1], may=(MAIL,), depth_left=0)
    with pytest.raises(TarlError) as caught:
        ledger.record(given_.envelope, at_ms=made.at_ms)
    assert caught.value.code == "trust.depth_left"
