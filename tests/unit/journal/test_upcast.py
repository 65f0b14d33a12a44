"""Older kinds are read as today's; what is stored stays what it was."""

import pytest
from tests.unit.kernel.recorded import history

from tarl.errors import ChainBrokenError
from tarl.journal.event import ChainCheck
from tarl.journal.upcast import Upcast, Upcasters
from tarl.kernel.difference import difference
from tarl.kernel.events import BODIES, UPCASTERS

OLD = Upcasters(
    {
        "thing.seen/1": Upcast("thing.seen/2", lambda body: {"what": body["thing"]}),
        "thing.seen/2": Upcast("thing.noticed/1", lambda body: {**body, "by": None}),
    }
)


def test_upcasts_follow_one_another_to_the_newest_kind() -> None:
    event, later = history(
        ("thing.seen/1", b'{"thing":"\xc3\xa9"}'), ("thing.seen/2", b'{"what":1}')
    )
    read = OLD.read(event)
    assert (read.kind, read.body) == ("thing.noticed/1", '{"by":null,"what":"é"}'.encode())
    assert OLD.read(later).body == b'{"by":null,"what":1}'
    assert read._replace(kind=event.kind, body=event.body) == event
    assert OLD.newest("thing.seen/1") == "thing.noticed/1"
    assert OLD.newest("thing.noticed/1") == "thing.noticed/1"
    assert sorted(OLD) == ["thing.seen/1", "thing.seen/2"]
    assert "thing.seen/2" in OLD
    assert "thing.noticed/1" not in OLD


def test_digests_belong_to_the_stored_bytes() -> None:
    (event,) = history(("thing.seen/1", b'{"thing":1}'))
    ChainCheck(event.stream).check_all([event])
    with pytest.raises(ChainBrokenError):
        ChainCheck(event.stream).check_all([OLD.read(event)])


def test_an_erased_body_stays_erased() -> None:
    (event,) = history(("thing.seen/1", b'{"thing":1}'))
    read = OLD.read(event._replace(body=None))
    assert (read.kind, read.body) == ("thing.noticed/1", None)


def test_upcasts_do_not_lead_in_a_circle() -> None:
    with pytest.raises(ValueError, match="circle"):
        Upcasters({"a/1": Upcast("a/2", dict), "a/2": Upcast("a/1", dict)})
    with pytest.raises(ValueError, match="circle"):
        Upcasters({"a/1": Upcast("a/1", dict)})


def test_an_older_kind_is_no_difference() -> None:
    a = history(("thing.seen/1", b'{"thing":1}'))
    b = history(("thing.noticed/1", b'{"by":null,"what":1}'))
    assert difference(a, b, upcasters=OLD).same
    assert not difference(a, b).same


def test_kinds_that_are_written_today_have_no_upcast() -> None:
    assert not set(UPCASTERS) & set(BODIES)
    assert {UPCASTERS.newest(kind) for kind in UPCASTERS} <= set(BODIES)
