"""Consents: what is permitted, how long, and that what is taken back is gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.opened import until_test_ends
from tests.unit.planning.consent.consent_parts import CAMERA, HOUR_MS, ledger, memory, want
from tests.unit.tenancy.parts import NOON_MS, HandClock

from tarl.crypto.keys import Keyring
from tarl.errors import Denied, Exceeded, Invalid, Missing
from tarl.journal.codec import Codec
from tarl.journal.rebuild import changed_tables
from tarl.journal.sqlite import SqliteStore
from tarl.planning.consent import ledger as consents_ledger
from tarl.planning.consent.ledger import Consents
from tarl.planning.consent.lifetimes import lifetime_ms
from tarl.planning.consent.scopes import Scope, exact, parse, scope_of
from tarl.planning.consent.state import CONSENTS_PROJECTION
from tarl.planning.household import Device, PlacementTarget
from tarl.planning.task import PrivacyClass, TrustTier
from tarl.storage import open_store


class TestScopes:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "measure",
            "measure:camera/front",
            "measure:camera/front:cloud_region:more",
            "Measure:camera/front:cloud_region",
            "mea*sure:camera/front:cloud_region",
            "measure:camera:cloud_region",
            "measure:camera/front/door:cloud_region",
            "measure:camera/fr*nt:cloud_region",
            "measure:camera/front:moon",
            "measure:camera/front:**",
            "measure:camera/fr%6Fnt:cloud_region",
            "measure:camera/fr%2*:cloud_region",
            "measure:camera/küche:cloud_region",
            "measure:camera/fr\x00nt:cloud_region",
            "measure:/front:cloud_region",
            f"measure:camera/{'x' * 1_000}:cloud_region",
        ],
    )
    def test_what_is_no_scope_is_refused(self, text: str) -> None:
        with pytest.raises(Invalid) as caught:
            parse(text)
        assert caught.value.code == "consent.scope"

    def test_the_scope_of_a_device_says_what_kind_it_is_whatever_its_id(self) -> None:
        odd = Device(id="a:b/*", name="odd", kind="camera")
        text = scope_of("measure", odd, PlacementTarget.CLOUD_REGION)
        assert text == "measure:camera/a%3Ab%2F%2A:cloud_region"
        assert exact(text).text == text

    def test_what_is_wanted_is_exact(self) -> None:
        for text in ("measure:camera/*:cloud_region", "*:camera/a:hybrid", "run:a/b:edge_*"):
            with pytest.raises(Invalid):
                exact(text)

    @pytest.mark.parametrize(
        ("wide", "narrow"),
        [
            (CAMERA, CAMERA),
            ("measure:camera/*:cloud_region", CAMERA),
            ("measure:*:*", CAMERA),
            ("*:*:*", "measure:camera/*:*"),
            ("turn_*:light/kitchen_*:edge_*", "turn_on:light/kitchen_2:edge_gateway"),
        ],
    )
    def test_a_wider_scope_covers_a_narrower_one(self, wide: str, narrow: str) -> None:
        assert parse(wide).covers(parse(narrow))
        assert wide == narrow or not parse(narrow).covers(parse(wide))
        assert parse(wide).overlaps(parse(narrow))
        assert parse(narrow).overlaps(parse(wide))

    @pytest.mark.parametrize(
        "other",
        [
            "measure:camera/back_door:cloud_region",
            "measure:lock/front_door:cloud_region",
            "record:camera/front_door:cloud_region",
            "measure:camera/front_door:hybrid",
            "measure:camera/front_door_2:cloud_region",
        ],
    )
    def test_another_device_operation_or_place_is_not_covered(self, other: str) -> None:
        assert not parse(CAMERA).covers(parse(other))
        assert not parse(CAMERA).overlaps(parse(other))

    def test_scopes_overlap_that_neither_covers(self) -> None:
        one, other = Scope("*", "camera/*", "cloud_region"), Scope("measure", "*", "*")
        assert one.overlaps(other)
        assert not one.covers(other)
        assert not other.covers(one)


class TestLifetimes:
    def test_the_hours_are_those_of_the_table(self) -> None:
        found = {
            privacy.value: [lifetime_ms(privacy, trust) // HOUR_MS for trust in TrustTier]
            for privacy in PrivacyClass
        }
        assert found == {
            "public": [6, 12, 24, 24, 24],
            "internal": [3, 6, 12, 12, 12],
            "confidential": [1, 3, 6, 6, 6],
            "restricted": [1, 1, 3, 3, 3],
        }

    def test_a_consent_lasts_as_long_as_it_may_and_no_longer(self) -> None:
        clock = HandClock()
        consents = ledger(clock=clock)
        granted = consents.grant("anna", [CAMERA], by="anna")
        assert granted.said.expires_at_ms == NOON_MS + 12 * HOUR_MS
        last_ms = granted.said.expires_at_ms - 1
        assert consents.live("anna", want(), last_ms) == granted
        assert consents.live("anna", want(), last_ms + 1) is None

    @pytest.mark.parametrize("expires_at_ms", [NOON_MS, NOON_MS - 1, NOON_MS + 12 * HOUR_MS + 1])
    def test_an_end_in_the_past_or_too_far_away_is_refused(self, expires_at_ms: int) -> None:
        with pytest.raises(Invalid) as caught:
            ledger().grant("anna", [CAMERA], by="anna", expires_at_ms=expires_at_ms)
        assert caught.value.code == "consent.expiry"

    def test_a_clock_that_was_set_back_revives_nothing(self) -> None:
        clock = HandClock()
        consents = ledger(clock=clock)
        consents.grant("anna", [CAMERA], by="anna", expires_at_ms=NOON_MS + 1_000)
        clock.at_ms += 5_000
        consents.grant("anna", ["run:dishwasher/d1:*"], by="anna")
        clock.at_ms = NOON_MS
        assert consents.live("anna", want(), clock.now_ms()) is None


class TestAsking:
    def test_nothing_is_permitted_that_nobody_consented_to(self) -> None:
        consents = ledger()
        assert consents.live("anna", want(), NOON_MS) is None
        consents.grant("ben", [CAMERA], by="ben")
        consents.grant("anna", [CAMERA], by="anna", tenant="acme")
        assert consents.live("anna", want(), NOON_MS) is None

    def test_a_wider_scope_is_no_want(self) -> None:
        consents = ledger()
        consents.grant("anna", ["*:*:*"], by="anna")
        with pytest.raises(Invalid):
            consents.live("anna", want("measure:camera/*:cloud_region"), NOON_MS)

    def test_more_private_data_or_a_less_trusted_device_wants_another_consent(self) -> None:
        consents = ledger()
        consents.grant("anna", [CAMERA], by="anna")
        assert consents.live("anna", want(privacy=PrivacyClass.PUBLIC), NOON_MS)
        assert consents.live("anna", want(trust=TrustTier.TRUSTED), NOON_MS)
        assert consents.live("anna", want(privacy=PrivacyClass.CONFIDENTIAL), NOON_MS) is None
        assert consents.live("anna", want(trust=TrustTier.BASIC), NOON_MS) is None

    def test_a_consent_for_one_plan_is_for_no_other(self) -> None:
        consents = ledger()
        consents.grant("anna", [CAMERA], by="anna", plan_id="p1")
        assert consents.live("anna", want(), NOON_MS, plan_id="p1")
        assert consents.live("anna", want(), NOON_MS, plan_id="p2") is None
        assert consents.live("anna", want(), NOON_MS) is None

    def test_what_asks_no_further_question_comes_first(self) -> None:
        consents = ledger()
        consents.grant("anna", [CAMERA], by="anna", dynamic=True)
        found = consents.live("anna", want(), NOON_MS)
        assert found is not None
        assert found.reference().dynamic_consent
        plain = consents.grant("anna", [CAMERA], by="anna", expires_at_ms=NOON_MS + 1)
        assert consents.live("anna", want(), NOON_MS) == plain
        assert consents.granted("anna", [want(), want("a:b/c:hybrid")], NOON_MS) == {CAMERA}

    def test_a_protection_is_done_without_where_a_consent_says_so(self) -> None:
        consents = ledger()
        consents.grant("anna", [CAMERA], by="anna")
        assert consents.overridden("anna", want(), "unsandboxed", NOON_MS) is None
        given = consents.grant("anna", [CAMERA], by="anna", overrides=["unsandboxed"])
        assert consents.overridden("anna", want(), "unsandboxed", NOON_MS) == given
        with pytest.raises(Invalid) as caught:
            consents.grant("anna", [CAMERA], by="anna", overrides=["everything"])
        assert caught.value.code == "consent.override"

    def test_what_was_written_past_the_ledger_in_another_process_counts(
        self, tmp_path: Path
    ) -> None:
        def opened() -> SqliteStore:
            return until_test_ends(
                SqliteStore(
                    tmp_path / "j.db", origin="tarl/test", projections=(CONSENTS_PROJECTION,)
                )
            )

        one, other = ledger(opened()), ledger(opened())
        assert one.live("anna", want(), NOON_MS) is None
        granted = other.grant("anna", [CAMERA], by="anna")
        assert one.live("anna", want(), NOON_MS) == granted
        one.revoke("anna", by="anna")
        assert other.live("anna", want(), NOON_MS) is None
        assert list(changed_tables(one.store)) == []  # type: ignore[arg-type]


class TestRevoking:
    def test_one_by_its_token(self) -> None:
        consents = ledger()
        first = consents.grant("anna", [CAMERA], by="anna")
        consents.grant("anna", [CAMERA], by="anna")
        [gone] = consents.revoke("anna", token=first.token, by="ben", reason="enough")
        assert (gone.revoked_by, gone.revoked_why) == ("ben", "enough")
        assert consents.live("anna", want(), NOON_MS) is not None
        assert consents.revoke("anna", token=first.token, by="anna") == []

    def test_all_that_permit_anything_within_a_scope(self) -> None:
        consents = ledger()
        wide = consents.grant("anna", ["*:camera/*:*", "run:dishwasher/d1:*"], by="anna")
        consents.grant("anna", ["run:dishwasher/d1:*"], by="anna")
        gone = consents.revoke("anna", scope=CAMERA, by="anna")
        assert [each.token for each in gone] == [wide.token]
        assert consents.live("anna", want("run:dishwasher/d1:local_device"), NOON_MS)

    def test_all(self) -> None:
        consents = ledger()
        for _ in range(3):
            consents.grant("anna", [CAMERA], by="anna")
        assert len(consents.revoke("anna", by="anna")) == 3
        assert consents.revoke("anna", by="anna") == []
        assert [each.status(NOON_MS) for each in consents.of("anna")] == ["revoked"] * 3

    def test_what_was_taken_back_last_is_known(self) -> None:
        clock = HandClock()
        consents = ledger(clock=clock)
        assert consents.last("anna", want()) is None
        consents.grant("anna", [CAMERA], by="anna", expires_at_ms=NOON_MS + 10)
        clock.at_ms += 20
        revoked = consents.grant("anna", [CAMERA], by="anna")
        consents.revoke("anna", by="anna")
        found = consents.last("anna", want())
        assert found is not None
        assert (found.token, found.status(clock.at_ms)) == (revoked.token, "revoked")

    def test_no_consent_of_that_token(self) -> None:
        consents = ledger()
        for call in (consents.get, lambda user, token: consents.revoke(user, token=token, by="x")):
            with pytest.raises(Missing) as caught:
                call("anna", "c0")
            assert caught.value.code == "consent.missing"

    def test_a_token_alone_finds_its_consent_in_its_tenant(self) -> None:
        consents = ledger()
        given = consents.grant("anna", [CAMERA], by="anna")
        assert consents.find(given.token) == given
        with pytest.raises(Missing) as caught:
            consents.find(given.token, tenant="acme")
        assert caught.value.code == "consent.missing"


class TestBounds:
    def test_no_scopes_or_too_many(self) -> None:
        for scopes in ([], [f"run:a/d{n}:*" for n in range(65)]):
            with pytest.raises(Exceeded) as caught:
                ledger().grant("anna", scopes, by="anna")
            assert caught.value.code == "consent.too_many"

    def test_too_many_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(consents_ledger, "LIVE_MAX", 2)
        clock = HandClock()
        consents = ledger(clock=clock)
        consents.grant("anna", [CAMERA], by="anna", expires_at_ms=NOON_MS + 1)
        consents.grant("anna", [CAMERA], by="anna")
        with pytest.raises(Exceeded):
            consents.grant("anna", [CAMERA], by="anna")
        clock.at_ms += 1
        consents.grant("anna", [CAMERA], by="anna")

    def test_every_consent_has_a_name_of_its_own(self) -> None:
        consents = ledger()
        tokens = {
            consents.grant(user, [CAMERA], by=user, tenant=tenant).token
            for user in ("anna", "ben")
            for tenant in ("default", "acme")
            for _ in range(3)
        }
        assert len(tokens) == 12
        assert set(consents.users(tenant="acme")) == {("acme", "anna"), ("acme", "ben")}


def test_consents_whose_key_is_destroyed_permit_nothing(tarl_home: Path) -> None:
    keys = Keyring(tarl_home).ensure()
    keys.make_tenant_key("default")
    store = memory()
    store.codec = Codec(keys.tenant_key, seals=True)
    ledger(store).grant("anna", [CAMERA], by="anna")
    keys.destroy_tenant_key("default")
    with pytest.raises(Missing) as caught:
        Consents(store, clock=HandClock()).live("anna", want(), NOON_MS)
    assert caught.value.code == "journal.erased"


def test_a_tenants_caller_sees_and_changes_its_own(tmp_path: Path) -> None:
    def opened(tenant: str | None) -> Consents:
        store = until_test_ends(open_store(tmp_path / "j.db", tenant=tenant))
        return ledger(store)

    operator, acme = opened(None), opened("acme")
    given = operator.grant("anna", [CAMERA], by="anna", tenant="acme")
    operator.grant("anna", [CAMERA], by="anna")
    assert list(acme.users()) == [("acme", "anna")]
    assert acme.live("anna", want(), NOON_MS, tenant="acme") == given
    assert acme.live("anna", want(), NOON_MS) is None
    with pytest.raises(Denied) as caught:
        acme.grant("ben", [CAMERA], by="ben")
    assert caught.value.code == "tenant.denied"
    acme.revoke("anna", by="anna", tenant="acme")
    assert operator.live("anna", want(), NOON_MS, tenant="acme") is None
    assert operator.live("anna", want(), NOON_MS) is not None
