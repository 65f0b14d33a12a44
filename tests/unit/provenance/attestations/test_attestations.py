"""Attestations in the journal: whose signature counts, what is found again and in which order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.opened import until_test_ends
from tests.unit.provenance.provenance_parts import (
    OPERATOR,
    PROJECTIONS,
    REVIEW,
    Place,
    digest_of,
    signer,
    subject,
)

from tarl.crypto.note import Signer
from tarl.errors import Conflict, Corrupt, Denied, Invalid, Missing
from tarl.journal.codec import Codec
from tarl.journal.memory import MemoryStore
from tarl.journal.rebuild import changed_tables
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Batch
from tarl.kernel.approvals.names import PrincipalId
from tarl.provenance.attestations.statement import make


def reviewed(*signers: Signer, about: str = "a", **predicate: Any) -> dict[str, Any]:
    return make([subject(about)], REVIEW, {"verdict": "good", **predicate}, signers=signers)


class TestRecording:
    def test_what_a_principal_signed_is_found_by_the_digest(self) -> None:
        place = Place()
        alice = place.register("alice")

        recorded = place.attestations.record(reviewed(alice))

        assert recorded.signers == ("alice",)
        assert recorded.predicate == {"verdict": "good"}
        assert place.attestations.about(digest_of("a")) == (recorded,)
        assert place.attestations.get(recorded.id) == recorded
        assert place.attestations.about(digest_of("b")) == ()

    def test_the_operator_signs_too(self) -> None:
        assert Place().attestations.record(reviewed(OPERATOR)).signers == ("operator",)

    def test_a_principal_called_operator_is_not_the_operator(self) -> None:
        place = Place()
        recorded = place.attestations.record(reviewed(place.register("operator")))
        assert recorded.signers == ("principal/default/operator",)

    def test_the_same_again_changes_nothing(self) -> None:
        place = Place()
        envelope = reviewed(place.register("alice"))
        first = place.attestations.record(envelope)
        size = place.store.log_size()
        assert place.attestations.record(envelope) == first
        assert place.store.log_size() == size

    def test_somebody_else_signs_the_same_statement(self) -> None:
        place = Place()
        alice, bob = place.register("alice"), place.register("bob")
        first = place.attestations.record(reviewed(alice))
        place.clock.at_ms += 1_000

        joined = place.attestations.record(reviewed(bob))

        assert joined.signers == ("alice", "bob")
        assert (joined.id, joined.number, joined.recorded_at_ms) == (
            first.id,
            first.number,
            first.recorded_at_ms,
        )
        assert len(joined.envelope["signatures"]) == 2
        assert place.attestations.about(digest_of("a")) == (joined,)

    def test_a_signature_that_nobody_could_check_is_not_kept(self) -> None:
        place = Place()
        alice = place.register("alice")
        envelope = reviewed(alice, signer("mallory"))
        assert len(place.attestations.record(envelope).envelope["signatures"]) == 1

        mallory = place.register("mallory")
        assert place.attestations.record(reviewed(mallory)).signers == ("alice", "mallory")

    def test_several_subjects_are_each_found(self) -> None:
        place = Place()
        alice = place.register("alice")
        envelope = make([subject("a"), subject("b")], REVIEW, {}, signers=[alice])
        recorded = place.attestations.record(envelope)
        assert place.attestations.about(digest_of("a")) == (recorded,)
        assert place.attestations.about(digest_of("b")) == (recorded,)


class TestRefusals:
    def test_a_key_that_nobody_has(self) -> None:
        place = Place()
        place.register("alice")
        with pytest.raises(Denied) as refused:
            place.attestations.record(reviewed(signer("mallory")))
        assert refused.value.code == "attestation.wrong_key"
        assert refused.value.facts["keyids"] == [signer("mallory").verifier.label]

    def test_a_key_of_another_tenant(self) -> None:
        place = Place()
        ann = place.register("ann", tenant="acme")
        with pytest.raises(Denied) as refused:
            place.attestations.record(reviewed(ann))
        assert refused.value.code == "attestation.wrong_key"
        assert place.attestations.record(reviewed(ann), tenant="acme").signers == ("ann",)
        assert place.attestations.about(digest_of("a")) == ()

    def test_a_revoked_key_signs_nothing_more_and_what_it_signed_stands(self) -> None:
        place = Place()
        alice = place.register("alice")
        before = place.attestations.record(reviewed(alice))
        place.principals.revoke(PrincipalId("default", "alice"), "left", at_ms=place.clock.at_ms)

        with pytest.raises(Denied) as refused:
            place.attestations.record(reviewed(alice, about="b"))
        assert refused.value.code == "attestation.revoked_key"
        assert "revoked" in refused.value.message
        assert place.attestations.about(digest_of("a")) == (before,)

    def test_a_key_that_was_replaced(self) -> None:
        place = Place()
        old = place.register("alice")
        new = place.rotate("alice")
        with pytest.raises(Denied) as refused:
            place.attestations.record(reviewed(old))
        assert refused.value.code == "attestation.revoked_key"
        assert place.attestations.record(reviewed(new)).signers == ("alice",)

    def test_a_key_that_is_revoked_at_the_same_moment(self) -> None:
        """The signature was looked at before, and is recorded after."""

        class Slow(MemoryStore):
            meanwhile: Callable[[], None] | None = None

            def commit(self, batch: Batch, **options: Any) -> None:
                then, self.meanwhile = self.meanwhile, None
                if then is not None:
                    then()
                super().commit(batch, **options)

        store = Slow(origin="tarl/test", projections=PROJECTIONS)
        place = Place(store)
        alice = place.register("alice")

        def revoke() -> None:
            place.principals.revoke(PrincipalId("default", "alice"), "stolen", at_ms=0)

        store.meanwhile = revoke
        with pytest.raises(Conflict) as refused:
            place.attestations.record(reviewed(alice))
        assert refused.value.code == "principal.changed"
        assert place.attestations.ls().items == ()

    def test_a_payload_changed_after_it_was_signed(self) -> None:
        place = Place()
        alice = place.register("alice")
        envelope = reviewed(alice)
        envelope["payload"] = reviewed(alice, about="b")["payload"]
        with pytest.raises(Corrupt) as refused:
            place.attestations.record(envelope)
        assert refused.value.code == "signature.invalid"

    def test_evidence_that_has_expired(self) -> None:
        place = Place()
        alice = place.register("alice")
        place.clock.at_ms = 1_763_679_600_000  # 2025-11-20T23:00:00Z
        recorded = place.attestations.record(reviewed(alice, expiresOn="2025-11-21T00:00:00Z"))
        assert recorded.is_live(recorded.recorded_at_ms)
        assert not recorded.is_live(1_763_683_200_000)

        place.clock.at_ms = 1_763_683_200_000
        with pytest.raises(Denied) as refused:
            place.attestations.record(reviewed(alice, about="b", expiresOn="2025-11-21T00:00:00Z"))
        assert refused.value.code == "attestation.expired"

    @pytest.mark.parametrize("said", ["tomorrow", "2025-11-21T00:00:00", 5, True])
    def test_an_expiry_that_is_no_instant(self, said: object) -> None:
        place = Place()
        with pytest.raises(Invalid) as refused:
            place.attestations.record(reviewed(place.register("alice"), expiresOn=said))
        assert refused.value.code == "attestation.expiry"

    def test_an_id_that_is_nobodys(self) -> None:
        with pytest.raises(Missing) as refused:
            Place().attestations.get("f" * 64)
        assert refused.value.code == "attestation.missing"


class TestListing:
    def test_pages_are_newest_first_and_have_everything_once(self) -> None:
        place = Place()
        alice, bob = place.register("alice"), place.register("bob")
        made = [
            place.attestations.record(reviewed((alice, bob)[n % 2], about=f"{n}")).id
            for n in range(7)
        ]
        found, cursor = [], None
        while True:
            page = place.attestations.ls(limit=3, cursor=cursor)
            found += [each.id for each in page.items]
            cursor = page.cursor
            if cursor is None:
                break
        assert found == made[::-1]
        only = place.attestations.ls(signer="bob", limit=2)
        assert [each.id for each in only.items] == [made[5], made[3]]
        rest = place.attestations.ls(signer="bob", limit=2, cursor=only.cursor)
        assert [each.id for each in rest.items] == [made[1]]
        assert place.attestations.ls(predicate_type="https://slsa.dev/provenance/v1").items == ()

    def test_of_two_in_one_millisecond_the_later_is_last(self) -> None:
        place = Place()
        alice = place.register("alice")
        made = [place.attestations.record(reviewed(alice, n=n)) for n in range(5)]
        assert place.attestations.about(digest_of("a")) == tuple(made)

    @pytest.mark.parametrize(("limit", "cursor"), [(0, None), (1_001, None), (10, 0)])
    def test_a_page_that_cannot_be(self, limit: int, cursor: int | None) -> None:
        with pytest.raises(Invalid) as refused:
            Place().attestations.ls(limit=limit, cursor=cursor)
        assert refused.value.code == "page.bounds"


def test_another_process_finds_them_and_the_tables_are_a_fold(tmp_path: Path) -> None:
    def opened() -> SqliteStore:
        store = SqliteStore(
            tmp_path / "t.db", origin="tarl/test", codec=Codec(), projections=PROJECTIONS
        )
        return until_test_ends(store)

    place = Place(opened())
    recorded = place.attestations.record(reviewed(place.register("alice")))
    elsewhere = Place(opened())
    assert elsewhere.attestations.get(recorded.id) == recorded
    assert elsewhere.attestations.record(reviewed(signer("alice"))) == recorded
    assert list(changed_tables(elsewhere.store)) == []
