"""The verifier's own narrowing against that of the runtime, which shares no code with it.

1. Whatever lies within something else for the one does so for the other.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import tarl_verify
from tarl.policy.capability import is_within, is_within_resource
from tarl.policy.constraint import read_constraint
from tarl.policy.grant import Grants
from tarl.policy.lattice import implies

numbers = st.integers(-4, 4)
texts = st.sampled_from(["a", "ab", "abc", "b", "a/b", "a/../b", ""])
scalars = numbers | texts | st.booleans()
values = st.lists(scalars, min_size=1, max_size=4)
plain = st.one_of(
    st.fixed_dictionaries({"kind": st.just("at_most"), "limit": numbers}),
    st.fixed_dictionaries({"kind": st.just("at_least"), "limit": numbers}),
    st.tuples(numbers, numbers).map(
        lambda pair: {"kind": "interval", "lo": min(pair), "hi": max(pair)}
    ),
    st.fixed_dictionaries({"kind": st.just("one_of"), "values": st.lists(scalars, max_size=4)}),
    st.fixed_dictionaries({"kind": st.just("required"), "values": values}),
    st.fixed_dictionaries({"kind": st.just("forbidden"), "values": values}),
    st.fixed_dictionaries(
        {
            "kind": st.just("prefix"),
            "prefixes": st.lists(st.sampled_from(["", "a", "ab", "b"]), min_size=1, max_size=3),
        }
    ),
)
minutes = st.sampled_from([0, 60, 540, 1020, 1380])
windows = st.fixed_dictionaries(
    {
        "kind": st.just("window"),
        "zone": st.sampled_from(["UTC", "Europe/Berlin"]),
        "days": st.lists(st.integers(1, 7), min_size=1, max_size=7, unique=True),
        "from_minute": minutes,
        "to_minute": st.sampled_from([30, 600, 1080, 1440]),
    }
)
budgets = st.fixed_dictionaries(
    {"kind": st.just("budget"), "unit": st.just("EUR"), "limit": st.integers(0, 5)}
)
families = st.sampled_from([plain, windows, budgets])


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Some constraints on one thing, and one more."""
    family = draw(families)
    return draw(st.lists(family, min_size=1, max_size=4)), draw(family)


@given(pairs())
@settings(max_examples=1500, deadline=None)
def test_one_constraint_implies_another_for_both(
    pair: tuple[list[dict[str, Any]], dict[str, Any]],
) -> None:
    have, wanted = pair
    theirs = implies(map(read_constraint, have), [read_constraint(wanted)])

    assert (
        tarl_verify.narrowing.implies(
            [tarl_verify.narrowing.constraint(one) for one in have], wanted
        )
        is theirs
    )


patterns = st.lists(st.sampled_from(["a", "b", "ab", "*"]), min_size=1, max_size=4)


@given(patterns, patterns)
def test_one_pattern_lies_within_another_for_both(child: list[str], parent: list[str]) -> None:
    for separator, within in ((".", is_within), ("/", is_within_resource)):
        narrow, wide = separator.join(child), separator.join(parent)

        assert tarl_verify.narrowing.covers(wide, narrow, separator) is within(narrow, wide)


words = st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=2)
dimensions = st.sampled_from(["args.x", "args.y"])
over_texts = plain.filter(lambda one: one["kind"] in ("one_of", "prefix", "forbidden"))
envelopes = st.dictionaries(
    dimensions, st.lists(plain, min_size=1, max_size=2), max_size=2
) | st.dictionaries(st.just("action"), st.lists(over_texts, min_size=1, max_size=1), max_size=1)


@st.composite
def grants(draw: st.DrawFn) -> dict[str, Any]:
    """A grant as it stands in a record."""
    action = draw(words.map(".".join) | words.map(lambda w: ".".join([*w, "*"])) | st.just("*"))
    resource = draw(words.map("/".join) | words.map(lambda w: "/".join([*w, "*"])) | st.just("*"))
    found: dict[str, Any] = {"action": action, "resource": resource}
    if draw(st.booleans()):
        found["constraints"] = draw(envelopes)
    return found


records = st.fixed_dictionaries(
    {"grants": st.lists(grants(), min_size=1, max_size=2), "envelope": envelopes}
)


@given(records, records)
@settings(max_examples=1500, deadline=None)
def test_one_record_lies_within_another_for_both(
    child: dict[str, Any], parent: dict[str, Any]
) -> None:
    mine, theirs = (Grants.from_data(one["grants"], one["envelope"]) for one in (child, parent))
    wide = tarl_verify.narrowing.grants_of(parent)

    for own, grant in zip(tarl_verify.narrowing.grants_of(child), mine.grants, strict=True):
        alone = Grants([grant], mine.envelope)
        assert any(own.is_within(one) for one in wide) is (not alone.within(theirs))
