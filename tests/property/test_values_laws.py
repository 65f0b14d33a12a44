"""Laws of values: canonical JSON, verdicts and names."""

import math
from itertools import permutations

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from tarl.errors import Invalid
from tarl.values.canonical import decode, encode, number
from tarl.values.ids import RunId, parse_ref
from tarl.values.verdict import Allow, Deny, Hold, Reason, Verdict, join

INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | FLOATS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_canonical_json_equals_the_oracle(value: object) -> None:
    assert encode(value) == rfc8785.dumps(value)


@given(FLOATS)
def test_numbers_equal_the_oracle_and_come_back(value: float) -> None:
    assert number(value) == rfc8785.dumps(value)
    assert math.isclose(float(number(value)), value, rel_tol=0, abs_tol=0)


@given(st.recursive(st.none() | st.booleans() | INTEGERS | st.text(), st.lists))
def test_what_is_written_is_read_back(value: object) -> None:
    assert decode(encode(value)) == value


@given(st.dictionaries(st.text(), INTEGERS), st.randoms())
def test_order_of_insertion_does_not_matter(value: dict, random: object) -> None:
    items = list(value.items())
    random.shuffle(items)
    assert encode(dict(items)) == encode(value)


@given(st.text() | st.binary(max_size=40))
def test_outside_text_is_read_or_refused(text: str | bytes) -> None:
    try:
        value = decode(text)
    except Invalid as error:
        code, value = error.code, None
    else:
        code = "json."
    assert code.startswith("json.")
    assert decode(encode(value)) == value


VERDICTS = st.sampled_from(
    [
        Allow(),
        Allow((Reason(code="a", text="a"),)),
        Hold((Reason(code="h", text="h"),), awaits="x"),
        Deny((Reason(code="d", text="d"),)),
    ]
)


def rank(verdict: Verdict) -> int:
    return [Allow, Hold, Deny].index(type(verdict))


@given(st.lists(VERDICTS, min_size=1, max_size=4))
def test_verdicts_join_to_the_strictest_in_any_order(verdicts: list[Verdict]) -> None:
    strictest = max(map(rank, verdicts))
    assert {rank(join(*order)) for order in permutations(verdicts)} == {strictest}


@given(VERDICTS, VERDICTS, VERDICTS)
def test_joining_is_associative_and_idempotent(a: Verdict, b: Verdict, c: Verdict) -> None:
    assert rank(join(join(a, b), c)) == rank(join(a, join(b, c)))
    assert join(a, a) == a


def test_nobody_asked_means_no() -> None:
    assert isinstance(join(), Deny)


NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60)


@given(NAMES, NAMES, st.integers(1, 10**9))
def test_runs_are_found_again_by_stream_and_by_reference(tenant: str, name: str, n: int) -> None:
    run = RunId(tenant, name, n)
    assert RunId.from_stream(run.stream) == run
    ref = parse_ref(run.ref)
    assert (ref.tenant or "default", ref.workflow_id, ref.n, ref.at) == (tenant, name, n, None)
    assert parse_ref(f"{run.ref}@7").at == 7


@given(NAMES, NAMES)
def test_other_names_give_other_streams(a: str, b: str) -> None:
    if a != b:
        assert RunId("t", a, 1).stream != RunId("t", b, 1).stream
        assert RunId(a, "x", 1).stream != RunId(b, "x", 1).stream
    assert ".." not in RunId("..", a, 1).stream.split("/")


@pytest.mark.parametrize("name", ["", "a\nb", "a\x00", "\ud800", "x" * 513])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(Invalid):
        RunId("default", name, 1)


@pytest.mark.parametrize("text", ["", "/", "a/b/c/d", "a//1", "@", "a@x", "a/0", "a@0"])
def test_texts_that_name_no_run(text: str) -> None:
    with pytest.raises(Invalid):
        parse_ref(text)
