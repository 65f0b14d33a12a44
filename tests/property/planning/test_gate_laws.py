"""Laws of the gate: more private or less trusted never gets further with less."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.planning.consent.consent_parts import ledger
from tests.unit.planning.gate.gate_parts import device, home, task
from tests.unit.tenancy.parts import NOON_MS

from tarl.planning.consent.state import Consent
from tarl.planning.gate.ruling import Decision, redacted, redacted_fields
from tarl.planning.household import IN_THE_HOUSE, PlacementTarget
from tarl.planning.policy_gate import PolicyGate
from tarl.planning.task import PrivacyClass, TrustTier

GATE = PolicyGate()
PRIVACY, TRUST = list(PrivacyClass), list(TrustTier)

ranks = st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 4), st.integers(0, 4))
"""Privacy of the task and of the device, tier of who asks and of the device."""

consents = st.builds(
    lambda scope, privacy, trust: ledger().grant(
        "anna", [scope], by="anna", privacy_class=privacy, trust_tier=trust
    ),
    st.sampled_from(["*:*:*", "measure:camera/*:*", "run:camera/camera:cloud_region"]),
    st.sampled_from(PRIVACY),
    st.sampled_from(TRUST),
)


def said(
    at: tuple[int, int, int, int],
    operation: str,
    placement: PlacementTarget,
    held: list[Consent],
) -> Decision:
    of_task, of_device, asker, tier = at
    one = device(action=operation, privacy_class=PRIVACY[of_device], trust_tier=TRUST[tier])
    asked = task(PRIVACY[of_task], TRUST[asker])
    return GATE.evaluate(asked, home(one), one, operation, placement, held, NOON_MS)


operations = st.sampled_from(["measure", "run"])
places = st.sampled_from(PlacementTarget)


@given(ranks, ranks, operations, places, st.lists(consents, max_size=2))
def test_more_private_or_less_trusted_never_gets_further(
    one: tuple[int, int, int, int],
    other: tuple[int, int, int, int],
    operation: str,
    placement: PlacementTarget,
    held: list[Consent],
) -> None:
    open_at = (*map(min, one[:2], other[:2]), *map(max, one[2:], other[2:]))
    strict_at = (*map(max, one[:2], other[:2]), *map(min, one[2:], other[2:]))
    freer = said(open_at, operation, placement, held)  # type: ignore[arg-type]
    stricter = said(strict_at, operation, placement, held)  # type: ignore[arg-type]
    if not stricter.approved:
        return
    assert freer.approved
    assert stricter.requires_approval or not freer.requires_approval
    assert stricter.routing == "sandbox" or freer.routing != "sandbox"
    assert stricter.wants or not freer.wants
    assert stricter.longest_ms <= freer.longest_ms
    assert set(freer.redacted_fields) <= set(stricter.redacted_fields)


@given(ranks, operations, places, st.lists(consents, max_size=3))
def test_a_consent_only_ever_takes_a_want_away(
    at: tuple[int, int, int, int],
    operation: str,
    placement: PlacementTarget,
    held: list[Consent],
) -> None:
    without, found = said(at, operation, placement, []), said(at, operation, placement, held)
    assert (found.approved, found.requires_approval) == (
        without.approved,
        without.requires_approval,
    )
    assert found.routing == without.routing
    assert set(found.wants) <= set(without.wants)
    assert bool(found.wants) != bool(found.stands_on) or not without.wants


json_values = st.recursive(
    st.none() | st.integers() | st.sampled_from(["user_id", "anna"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["user_id", "home", "n", "m"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(json_values, st.sampled_from(PRIVACY), places)
def test_what_is_left_out_is_nowhere_in_what_is_sent(
    value: object, privacy: PrivacyClass, placement: PlacementTarget
) -> None:
    fields = redacted_fields(placement, privacy)
    sent = redacted(value, fields)
    assert redacted(sent, fields) == sent
    assert placement not in IN_THE_HOUSE or sent == value

    def names(held: object) -> set[str]:
        if isinstance(held, dict):
            return set(held) | {n for each in held.values() for n in names(each)}
        return {n for each in held for n in names(each)} if isinstance(held, list) else set()

    assert not names(sent) & set(fields)
