"""Laws of attestations: what counts is what was signed with a key that counted when it was
recorded, whatever happens to keys before and after.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.provenance.provenance_parts import REVIEW, Place, digest_of, signer, subject

from tarl.crypto.note import Signer
from tarl.errors import Denied
from tarl.kernel.approvals.names import PrincipalId
from tarl.provenance.attestations.statement import Subject, make, read

PEOPLE = ("alice", "bob", "eve")
ABOUT = "xyz"
SIGNING = st.tuples(
    st.just("sign"),
    st.sampled_from(ABOUT),
    st.lists(st.sampled_from(PEOPLE), min_size=1, unique=True),
)
REVOKING = st.tuples(st.just("revoke"), st.sampled_from(PEOPLE), st.just([]))


@given(st.lists(st.one_of(SIGNING, REVOKING), max_size=12))
def test_the_ledger_is_as_a_naive_one(moves: list[tuple[str, str, list[str]]]) -> None:
    place, live = Place(), {"alice", "bob"}
    for name in sorted(live):
        place.register(name)
    said: dict[str, set[str]] = {}
    for move, what, names in moves:
        if move == "revoke":
            if what in live:
                place.principals.revoke(PrincipalId("default", what), "left", at_ms=0)
            live.discard(what)
            continue
        envelope = make([subject(what)], REVIEW, {"about": what}, signers=hands(names))
        counting = live & set(names)
        try:
            place.attestations.record(envelope)
            recorded = True
        except Denied:
            recorded = False
        assert recorded == bool(counting)
        if recorded:
            said.setdefault(what, set()).update(counting)
    elsewhere = Place(place.store)
    for what in ABOUT:
        found = elsewhere.attestations.about(digest_of(what))
        assert [set(each.signers) for each in found] == ([said[what]] if what in said else [])
    listed = [each.subjects[0].name for each in elsewhere.attestations.ls().items]
    assert listed == list(said)[::-1]


def hands(names: list[str]) -> list[Signer]:
    return [signer(name) for name in names]


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(
    st.lists(NAMES, min_size=1, max_size=5, unique=True),
    st.dictionaries(NAMES, JSON, max_size=4),
)
def test_a_statement_is_read_as_it_was_made(names: list[str], predicate: dict[str, object]) -> None:
    subjects = [Subject(name=name, sha256=digest_of(name)) for name in names]
    envelope = make(subjects, REVIEW, predicate, signers=[signer("alice")])
    found = read(envelope)
    assert (found.subjects, found.predicate) == (tuple(subjects), predicate)
    assert make(subjects, REVIEW, predicate, signers=[signer("alice")]) == envelope
