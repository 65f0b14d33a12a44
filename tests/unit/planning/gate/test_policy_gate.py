"""The gate: what privacy, trust and operation come to, by the shipped policy and by others."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.governance.policies.parts import memory, policies
from tests.unit.planning.consent.consent_parts import HOUR_MS, ledger
from tests.unit.planning.gate.gate_parts import (
    CLOUD,
    CLUSTER,
    GATEWAY,
    HYBRID,
    LOCAL,
    device,
    home,
    task,
)
from tests.unit.tenancy.parts import NOON_MS

from tarl.planning.consent.state import Consent
from tarl.planning.gate.questions import VOCABULARY
from tarl.planning.gate.ruling import Decision, redacted
from tarl.planning.household import Device, PlacementTarget
from tarl.planning.policy_gate import PolicyGate, shipped
from tarl.planning.task import Constraint, PrivacyClass, TaskSpec, TrustTier
from tarl.policy.cedar.edition import Edition
from tarl.policy.cedar.vocabulary import read_vocabulary
from tarl.values.verdict import Allow, Deny, Hold

PUBLIC, INTERNAL, CONFIDENTIAL, RESTRICTED = PrivacyClass
UNTRUSTED, BASIC, VERIFIED, TRUSTED, PRIVILEGED = TrustTier
INSIDE = (LOCAL, GATEWAY, CLUSTER)

GATE = PolicyGate()


def said(
    task: TaskSpec,
    device: Device,
    placement: PlacementTarget = LOCAL,
    *,
    operation: str = "measure",
    consents: tuple[Consent, ...] = (),
    gate: PolicyGate = GATE,
    now_ms: int = NOON_MS,
    plan_id: str = "",
) -> Decision:
    return gate.evaluate(
        task, home(device), device, operation, placement, consents, now_ms, plan_id=plan_id
    )


def consent(*scopes: str, **options: Any) -> Consent:
    return ledger().grant("anna", scopes, by="anna", **options)


class TestTheShippedPolicy:
    def test_its_text_is_sound_and_every_rule_says_why(self) -> None:
        rules = shipped().rules(tenant="default")
        assert all(rule.reason and rule.effect == "forbid" for rule in rules)
        assert {rule.scope for rule in rules} == {
            frozenset({action}) for action in VOCABULARY.actions or {}
        }

    @pytest.mark.parametrize("privacy", list(PrivacyClass))
    @pytest.mark.parametrize("asker", list(TrustTier))
    def test_who_has_to_be_asked_for_approval(
        self, privacy: PrivacyClass, asker: TrustTier
    ) -> None:
        wanted = {
            (INTERNAL, UNTRUSTED),
            (CONFIDENTIAL, UNTRUSTED),
            (CONFIDENTIAL, BASIC),
            (RESTRICTED, UNTRUSTED),
            (RESTRICTED, BASIC),
            (RESTRICTED, VERIFIED),
        }
        for each in (
            said(task(privacy, asker), device(privacy_class=PUBLIC)),
            said(task(PUBLIC, asker), device(privacy_class=privacy)),
            said(
                task(PUBLIC, asker), device(privacy_class=PUBLIC, able={"privacy_class": privacy})
            ),
        ):
            assert each.requires_approval == ((privacy, asker) in wanted)

    @pytest.mark.parametrize("placement", list(PlacementTarget))
    @pytest.mark.parametrize("privacy", list(PrivacyClass))
    def test_private_data_stay_in_the_house(
        self, privacy: PrivacyClass, placement: PlacementTarget
    ) -> None:
        found = said(task(privacy), device(), placement)
        stays = privacy in (CONFIDENTIAL, RESTRICTED)
        assert found.approved == (placement in INSIDE or not stays)
        if not found.approved:
            assert found.reason == "confidential and restricted data stay in the house"
            assert found.reasons[0].facts["rule"] == "stays-in-the-house"
            assert isinstance(found.verdict, Deny)

    @pytest.mark.parametrize("asker", list(TrustTier))
    @pytest.mark.parametrize("tier", list(TrustTier))
    def test_what_is_not_verified_runs_isolated(self, asker: TrustTier, tier: TrustTier) -> None:
        weak = {UNTRUSTED, BASIC}
        for each in (device(trust_tier=tier), device(able={"trust_tier": tier})):
            found = said(task(asker=asker), each)
            assert (found.routing == "sandbox") == bool({asker, tier} & weak)

    def test_where_it_runs(self) -> None:
        found = [said(task(PUBLIC), device(), place).routing for place in PlacementTarget]
        assert found == ["local", "gateway", "gateway", "cloud", "cloud"]

    @pytest.mark.parametrize(
        ("rule", "what", "where", "why"),
        [
            ("a", {"privacy": PUBLIC}, CLOUD, ""),
            ("b", {"privacy": INTERNAL}, GATEWAY, ""),
            ("c", {"privacy": INTERNAL}, CLOUD, "what the device says leaves the house"),
            ("d", {"privacy": INTERNAL}, HYBRID, "what the device says leaves the house"),
            ("e", {"privacy": CONFIDENTIAL}, LOCAL, "private data are collected"),
            ("f", {"privacy": CONFIDENTIAL, "action": "run"}, LOCAL, ""),
            ("g", {"trust_tier": UNTRUSTED, "privacy": PUBLIC}, LOCAL, "nobody vouches"),
            ("h", {"trust_tier": BASIC, "privacy": PUBLIC}, LOCAL, ""),
        ],
    )
    def test_what_needs_a_consent(
        self, rule: str, what: dict[str, Any], where: PlacementTarget, why: str
    ) -> None:
        given = {"privacy": INTERNAL, "action": "measure", **what}
        privacy, action = given.pop("privacy"), given.pop("action")
        found = said(
            task(privacy),
            device(action=action, privacy_class=PUBLIC, **given),
            where,
            operation=action,
        )
        assert bool(found.wants) == bool(why)
        if why:
            [want] = found.wants
            assert want.scope == f"{action}:camera/camera:{where.value}"
            assert want.why.startswith(why)
            assert isinstance(found.verdict, Hold)
        else:
            assert isinstance(found.verdict, Allow)

    def test_a_rule_of_the_task_keeps_it_in_the_house(self) -> None:
        for operator, value in (("eq", "local"), ("neq", "cloud")):
            rule = Constraint("privacy", value, operator)  # type: ignore[arg-type]
            kept = task(PUBLIC, constraints=(rule,))
            assert not said(kept, device(), CLOUD).approved
            assert said(kept, device(), GATEWAY).approved
        soft = Constraint("privacy", "local", "eq", hard=False)
        others = Constraint("privacy", "local", "eq", goals=("g2",))
        assert said(task(PUBLIC, constraints=(soft, others)), device(), CLOUD).approved

    def test_what_a_device_cannot_do_is_refused_whoever_permits_it(self) -> None:
        refused = [
            said(task(), device(), operation="run"),
            said(task(), device(placements=(GATEWAY,)), LOCAL),
            said(task(PUBLIC), device(able={"cloud_required": True}), LOCAL),
            GATE.evaluate(task(), home(), device(), "measure", LOCAL, (), NOON_MS),
        ]
        assert [each.reasons[0].code for each in refused] == [
            "gate.capability",
            "gate.placement",
            "gate.cloud_required",
            "gate.device",
        ]
        assert not any(each.approved for each in refused)
        assert said(task(PUBLIC), device(able={"cloud_required": True}), CLOUD).approved


class TestConsents:
    SCOPE = "measure:camera/camera:cloud_region"

    def test_a_consent_is_stood_on_while_it_is_live(self) -> None:
        given = consent("measure:camera/*:*")
        found = said(task(), device(), CLOUD, consents=(given,))
        assert found.wants == ()
        assert found.scope == self.SCOPE
        assert found.stands_on == (given.reference(),)
        assert isinstance(found.verdict, Allow)
        late = said(task(), device(), CLOUD, consents=(given,), now_ms=NOON_MS + 12 * HOUR_MS)
        assert [want.scope for want in late.wants] == [self.SCOPE]

    def test_one_that_is_not_about_it_is_not_counted(self) -> None:
        others = (
            consent("measure:camera/other:*"),
            consent(self.SCOPE, privacy_class=PUBLIC),
            consent(self.SCOPE, trust_tier=TRUSTED),
            consent(self.SCOPE, plan_id="p2"),
        )
        assert said(task(), device(), CLOUD, consents=others, plan_id="p1").wants
        assert not said(task(), device(), CLOUD, consents=others, plan_id="p2").wants

    def test_a_dynamic_one_says_so(self) -> None:
        asks = consent(self.SCOPE, dynamic=True)
        assert said(task(), device(), CLOUD, consents=(asks,)).is_dynamic
        both = (asks, consent(self.SCOPE, expires_at_ms=NOON_MS + 1))
        assert not said(task(), device(), CLOUD, consents=both).is_dynamic

    def test_outside_nobody_is_told_who_asks_and_how_people_live(self) -> None:
        assert said(task(), device()).redacted_fields == ()
        public = said(task(PUBLIC), device(privacy_class=PUBLIC), CLOUD)
        assert public.redacted_fields == ("session_id", "user_id")
        fields = said(task(), device(), CLOUD).redacted_fields
        sent = {"user_id": "anna", "frames": [{"home": 900, "n": 1}], "intent": "look"}
        assert redacted(sent, fields) == {"frames": [{"n": 1}]}


def edition(text: str, **options: Any) -> Edition:
    return Edition(policy="house", version=1, text=text, **options)


class TestAnOrganisationsPolicies:
    def test_they_add_to_the_shipped_one(self) -> None:
        text = """
        @id("no-cluster")
        forbid (principal, action == Action::"plan.place", resource in Resource::"device")
        when { context.args.placement == "edge_cluster" };
        @id("ask-at-night")
        forbid (
          principal, action == Action::"plan.unapproved", resource == Resource::"device/camera"
        )
        when { context.at.toTime() >= duration("22h") };
        """
        own = edition(text, vocabulary=VOCABULARY)
        own.rules(tenant="default")
        gate = PolicyGate([own])
        assert not said(task(), device(), CLUSTER, gate=gate).approved
        assert not said(task(CONFIDENTIAL), device(), CLOUD, gate=gate).approved
        noon = NOON_MS - NOON_MS % 86_400_000 + 12 * HOUR_MS
        assert not said(task(), device(), gate=gate, now_ms=noon).requires_approval
        assert said(task(), device(), gate=gate, now_ms=noon + 11 * HOUR_MS).requires_approval
        assert gate.policy_hash != GATE.policy_hash
        assert GATE.policy_hash == PolicyGate().policy_hash

    def test_nothing_is_planned_that_the_gateway_would_refuse(self) -> None:
        locked = edition('forbid (principal, action == Action::"device.unlock", resource);')
        gate = PolicyGate([locked])
        lock = device("lock", "unlock")
        assert not said(task(), lock, operation="unlock", gate=gate).approved
        assert said(task(), device(), gate=gate).approved

    def test_of_the_effect_it_knows_the_device_and_whether_it_runs_isolated(self) -> None:
        args = {"device": "String", "isolated": "Bool"}
        known = read_vocabulary({"actions": {"device.measure": {"args": args}}})
        text = "forbid (principal, action, resource) unless { context.args.isolated };"
        gate = PolicyGate([edition(text, vocabulary=known)])
        assert not said(task(), device(), gate=gate).approved
        assert said(task(asker=BASIC), device(), gate=gate).approved

    def test_a_closed_one_is_about_effects_alone(self) -> None:
        text = 'permit (principal, action in Action::"device.*", resource);'
        closed = edition(text, closed=True)
        found = said(task(), device(), gate=PolicyGate([closed]))
        assert isinstance(found.verdict, Allow)
        nothing = edition('permit (principal, action == Action::"x.y", resource);', closed=True)
        assert not said(task(), device(), gate=PolicyGate([nothing])).approved

    def test_what_is_only_noted_refuses_nothing(self) -> None:
        text = 'forbid (principal, action == Action::"plan.place", resource);'
        for level in ("warning", "audit"):
            noted = edition(text, level=level, vocabulary=VOCABULARY)
            assert said(task(), device(), gate=PolicyGate([noted])).approved

    def test_one_that_cannot_be_evaluated_refuses(self) -> None:
        broken = edition(
            'forbid (principal, action == Action::"plan.place", resource)'
            " when { ip(context.args.kind).isLoopback() };",
            vocabulary=VOCABULARY,
        )
        found = said(task(), device(), gate=PolicyGate([broken]))
        assert not found.approved
        assert found.reasons[0].facts["why"] == "error"


class TestAsPlanningAsksIt:
    def test_a_ruling_is_what_the_gate_says_with_the_users_consents(self) -> None:
        camera, consents = device(), ledger()
        given = consents.grant("anna", ["measure:camera/*:cloud_region"], by="anna", dynamic=True)
        gate = PolicyGate(consents=consents)
        wanted = gate.ruling(task(), camera, "measure", HYBRID, now_ms=NOON_MS)
        assert (wanted.is_allowed, wanted.token) == (True, None)
        assert wanted.scope == "measure:camera/camera:hybrid"
        assert wanted.expires_at == NOON_MS + 12 * HOUR_MS
        stands = gate.ruling(task(), camera, "measure", CLOUD, now_ms=NOON_MS)
        assert (stands.token, stands.is_dynamic) == (given.token, True)
        assert stands.expires_at == given.said.expires_at_ms
        others = gate.ruling(task(user_id="ben"), camera, "measure", CLOUD, now_ms=NOON_MS)
        assert others.token is None
        refused = gate.ruling(task(RESTRICTED), camera, "measure", CLOUD, now_ms=NOON_MS)
        assert (refused.is_allowed, refused.scope) == (False, None)
        free = gate.ruling(task(), camera, "measure", LOCAL, now_ms=NOON_MS)
        assert (free.is_allowed, free.scope, free.expires_at) == (True, None, 0)
        consents.revoke("anna", by="anna")
        taken = gate.ruling(task(), camera, "measure", CLOUD, now_ms=NOON_MS)
        assert (taken.token, taken.scope) == (None, "measure:camera/camera:cloud_region")

    def test_what_is_put_in_force_counts_from_then_on(self) -> None:
        kept = policies(memory())
        gate = PolicyGate(kept)
        before = gate.policy_hash
        assert before == GATE.policy_hash
        camera = device()
        text = 'forbid (principal, action == Action::"device.measure", resource);'
        kept.register("no-cameras", text)
        assert gate.ruling(task(), camera, "measure", LOCAL, now_ms=NOON_MS).is_allowed
        kept.activate("no-cameras")
        assert not gate.ruling(task(), camera, "measure", LOCAL, now_ms=NOON_MS).is_allowed
        assert gate.policy_hash != before
        kept.deactivate("no-cameras")
        assert gate.ruling(task(), camera, "measure", LOCAL, now_ms=NOON_MS).is_allowed
        assert gate.policy_hash == before

    def test_allowed_is_whether_it_may_be_planned_at_all(self) -> None:
        camera = device()
        for privacy, expected in ((INTERNAL, True), (RESTRICTED, False)):
            asked = (task(privacy), home(camera), camera, "measure", CLOUD, (), NOON_MS)
            assert GATE.allowed(*asked) == expected
