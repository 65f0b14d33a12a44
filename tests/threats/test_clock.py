"""Row 6: somebody lies about the time: the caller, a clock that steps back, a record from the
future.
"""

from __future__ import annotations

import pytest
from tests.threats.world import DAY_MS, DELEGATE, HOUR_MS, LOG, MAIL, NOON_MS, OPERATOR, world

from tarl.errors import TarlError
from tarl.trust.decision import LEVELS
from tarl.trust.ledger import TrustLedger

MINUTE_MS = 60_000


@pytest.mark.parametrize("level", LEVELS)
def test_a_clock_that_steps_back_brings_nothing_back(level: str) -> None:
    """Expired by the journal's last event is expired, whatever the clock says since."""
    made, acme = world()
    made.agent("ada", acme, may=(MAIL,), expires_at_ms=NOON_MS + 2 * MINUTE_MS)
    verifier = made.fresh()
    assert made.ask("ada", level=level, verifier=verifier).allowed  # type: ignore[arg-type]
    made.at_ms = NOON_MS + 3 * MINUTE_MS
    made.principal("somebody")  # an event, at its time
    made.at_ms = NOON_MS
    for each in (verifier, made.fresh()):
        decision = made.ask("ada", level=level, verifier=each)  # type: ignore[arg-type]
        assert not decision.allowed
        assert decision.at_ms >= NOON_MS + 3 * MINUTE_MS


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_written_by_a_clock_that_was_set_back_does_not_hide_the_time(level: str) -> None:
    """Streams take times of their own; a new process looks at more than the newest event."""
    made, acme = world()
    made.agent("ada", acme, may=(MAIL,), expires_at_ms=NOON_MS + 2 * MINUTE_MS)
    made.at_ms = NOON_MS + 3 * MINUTE_MS
    made.principal("somebody")
    made.at_ms = NOON_MS
    for number in range(20):
        made.principal(f"after{number}")
    verifier = made.fresh()
    assert not made.ask("ada", level=level, verifier=verifier).allowed  # type: ignore[arg-type]


def test_a_clock_far_behind_the_journal_decides_nothing() -> None:
    made, acme = world()
    made.agent("ada", acme, may=(MAIL,))
    made.at_ms = NOON_MS - 5 * MINUTE_MS
    assert made.allows("ada")
    made.at_ms -= 1
    assert not made.allows("ada")
    assert made.why("ada") == {"trust.clock"}


def test_facts_without_an_instant_are_denied() -> None:
    made, acme = world()
    made.agent("ada", acme, may=(MAIL,))
    assert not made.allows("ada", at_ms=None)


def test_a_callers_arguments_do_not_set_the_clock() -> None:
    made, acme = world()
    made.agent("ada", acme, may=(MAIL,), expires_at_ms=NOON_MS + 1000)
    made.at_ms = NOON_MS + 1000
    tricks = {"at_ms": NOON_MS, "current_time": NOON_MS, "time": NOON_MS}
    assert not made.allows("ada", args=tricks)


def test_each_edge_of_a_validity() -> None:
    made, acme = world()
    made.agent("ada", acme, may=(MAIL,), not_before_ms=NOON_MS + 1000, expires_at_ms=NOON_MS + 2000)
    for after_ms, expected in ((0, False), (999, False), (1000, True), (1999, True), (2000, False)):
        made.at_ms = NOON_MS + after_ms
        assert made.allows("ada") is expected, after_ms


def test_a_grant_that_is_named_has_expired_like_any_other() -> None:
    made, acme = world()
    held = made.agent("ada", acme, may=(MAIL, DELEGATE), expires_at_ms=NOON_MS + 2000)
    facts = made.facts("ada", "mail.send", "mailbox/alice")
    assert made.verifier.verify("ada", facts, grant=held).allowed
    made.at_ms += 2000
    facts = made.facts("ada", "mail.send", "mailbox/alice")
    for level in LEVELS:
        for verifier in (made.verifier, made.fresh()):
            assert not verifier.verify("ada", facts, level=level, grant=held).allowed


def test_expiry_of_an_ancestor_ends_what_is_below_even_where_it_was_just_allowed() -> None:
    made, acme = world()
    held = made.agent("ada", acme, may=(MAIL, DELEGATE), expires_at_ms=NOON_MS + 2000)
    made.principal("bob")
    made.delegate("ada", "bob", held, may=(MAIL,), expires_at_ms=NOON_MS + 2000)
    made.at_ms = NOON_MS + 1999
    assert made.allows("bob")
    made.at_ms = NOON_MS + 2000
    assert not made.allows("bob")


def test_a_record_from_the_future_does_not_hold() -> None:
    made, acme = world()
    made.agent("ada", acme, may=(MAIL,), issued_at_ms=NOON_MS + 5 * MINUTE_MS)
    assert made.allows("ada")
    made.agent("eve", acme, may=(MAIL,), issued_at_ms=NOON_MS + 5 * MINUTE_MS + 1)
    assert not made.allows("eve")
    made.at_ms += DAY_MS
    assert not made.allows("eve")


def test_a_backdated_record_lasts_no_longer_for_it() -> None:
    """What counts is where it stands in the log, not when it says it was signed."""
    made, acme = world()
    held = made.agent("ada", acme, may=(MAIL, DELEGATE))
    made.principal("bob")
    made.revoke(agent="ada")
    made.delegate("ada", "bob", held, may=(MAIL,), issued_at_ms=NOON_MS - DAY_MS)
    assert not made.allows("bob")


def test_a_rotated_key_does_not_sign_for_the_time_before() -> None:
    made, acme = world()
    held = made.agent("ada", acme, may=(MAIL, DELEGATE))
    made.principal("bob")
    old = made.key("ada")
    made.rotate("ada")
    made.delegate("ada", "bob", held, may=(MAIL,), by=(old,), issued_at_ms=NOON_MS - HOUR_MS)
    assert not made.allows("bob")
    made.delegate("ada", "bob", held, may=(MAIL,))
    assert made.allows("bob")


def test_the_door_refuses_with_a_clock_that_is_behind() -> None:
    made, acme = world()
    held = made.agent("ada", acme, may=(MAIL, DELEGATE))
    made.principal("bob")
    given = made.delegated("ada", "bob", held, may=(MAIL,))
    ledger = TrustLedger(made.store, operator=OPERATOR.verifier, log_key=LOG.verifier)
    with pytest.raises(TarlError) as caught:
        ledger.record(given.envelope, at_ms=NOON_MS - 5 * MINUTE_MS - 1)
    assert caught.value.code == "trust.clock"


def test_hours_are_those_of_the_zone_that_the_constraint_names() -> None:
    """13:20 UTC on a Friday; a window of a zone, not of the machine's."""
    made, acme = world()
    day = {"kind": "window", "days": [1, 2, 3, 4, 5, 6, 7], "from_minute": 540, "to_minute": 1020}
    for zone, expected in (("UTC", None), ("Asia/Tokyo", None), ("America/Los_Angeles", None)):
        from datetime import datetime
        from zoneinfo import ZoneInfo

        hour = datetime.fromtimestamp(NOON_MS / 1000, ZoneInfo(zone)).hour
        expected = 9 <= hour < 17
        name = zone.replace("/", "-")
        made.agent(name, acme, may=(MAIL,), envelope={"time": [{**day, "zone": zone}]})
        assert made.allows(name) is expected, zone
