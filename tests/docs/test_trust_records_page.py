"""The page of trust records names every kind and every member."""

from __future__ import annotations

import re

from tests.docs.snippets import ROOT

from tarl.trust import accounts, events
from tarl.trust.records import RECORDS, HumanOrigin, Record, Target

PAGE = ROOT / "docs" / "reference" / "trust-records.md"
EVENTS = ROOT / "docs" / "reference" / "events.md"


def sections() -> dict[str, str]:
    """The text under each heading of the third level."""
    found = re.split(r"^#{2,3} +(.+)$", PAGE.read_text(encoding="utf-8"), flags=re.M)
    return dict(zip(found[1::2], found[2::2], strict=True))


def test_every_member_of_every_kind_is_described() -> None:
    described = sections()
    shared = set(Record.__struct_fields__)
    for kind, record in RECORDS.items():
        names = set(re.findall(r"`(\w+)`", described[kind]))
        members = set(record.__struct_encode_fields__) - shared
        assert members <= names, (kind, members - names)


def test_members_of_members_are_described() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in (*HumanOrigin.__struct_fields__, *Target.__struct_fields__):
        assert f"`{name}`" in text


def test_every_kind_of_event_of_trust_is_described() -> None:
    text = EVENTS.read_text(encoding="utf-8")
    kinds = {*events.BODIES, *accounts.BODIES}
    assert {kind for kind in kinds if f"`{kind}`" not in text} == set()
