"""Laws of the verifier over random runs in random logs.

1. Whatever is built by the format's description is accepted.
2. No change of one byte is accepted, wherever it is and whatever it becomes.
3. No change of a line is accepted, even if the operator signs the file again.
4. The verifier answers; it never fails in another way, whatever the bytes.
5. A reference of any size is proved exactly if it is of the same log.
"""

from __future__ import annotations

import copy
import importlib
import io
import sys
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import tarl_verify

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "verify"))
build: Any = importlib.import_module("evidence_builder")

ROOT = tarl_verify.parse_vkey(build.ROOT.vkey, 1)
TERMINAL = ["run.completed/1", "run.failed/1", "run.cancelled/1"]

keys = st.binary(min_size=32, max_size=32)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def runs(draw: st.DrawFn) -> tuple[list[Any], list[dict[str, Any]]]:
    """The events of a run and the blobs they refer to."""
    run, blobs = [], {}
    index = draw(st.integers(0, 5))
    count = draw(st.integers(1, 8))
    for n in range(count):
        opening = draw(st.none() | keys)
        is_erased = opening is not None and draw(st.booleans())
        body = {"step": n, "value": draw(values.filter(lambda v: not is_holder(v)))}
        if draw(st.booleans()):
            data, key = draw(st.binary(max_size=20)), draw(st.none() | keys)
            body["result"] = build.blob_reference(data, key)
            if not is_erased:
                line = build.blob_line(data, key)
                blobs[line["blob"]["digest"]] = line
        is_last = n == count - 1
        kind = draw(st.sampled_from(["step.completed/1", "note/1", *TERMINAL[: 3 * is_last]]))
        index += draw(st.integers(0, 4))
        run.append(
            build.Happening(
                kind,
                build.canonical(body).decode(),
                at=draw(st.integers(0, 2**53 - 1)),
                observed=draw(st.none() | texts.filter(bool)),
                opening=opening,
                is_erased=is_erased,
                index=index,
            )
        )
        index += 1
    return run, list(blobs.values())


def is_holder(value: Any) -> bool:
    return isinstance(value, dict) and min(value, default="") == "$blob"


@st.composite
def drafts(draw: st.DrawFn) -> Any:
    """An evidence file before its end line."""
    run, blobs = draw(runs())
    before, after = draw(st.integers(0, 9)), draw(st.integers(0, 9))
    size = max(before, run[-1].index) + 1
    some = draw(st.sets(st.integers(1, max(1, size - 1)), max_size=3)) if size > 1 else set()
    return build.draft(run, blobs=blobs, before=before, after=after, consistent_with=tuple(some))


def code(data: bytes, note: str | None = None) -> str:
    """What is wrong with a file; empty if nothing is."""
    reference = tarl_verify.parse_checkpoint(note) if note else None
    try:
        tarl_verify.Evidence(io.BytesIO(data), ROOT, reference=reference).check()
    except tarl_verify.Failure as failure:
        return failure.code
    return ""


@given(drafts())
def test_what_follows_the_format_is_accepted(draft: Any) -> None:
    assert code(draft.data()) == ""


@given(drafts(), st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_no_byte_may_change(draft: Any, data: st.DataObject) -> None:
    good = draft.data()
    place = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != good[place]))

    assert code(good[:place] + bytes([byte]) + good[place + 1 :]) != ""


@given(drafts(), st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_no_piece_may_be_cut_out_or_come_twice(draft: Any, data: st.DataObject) -> None:
    good = draft.data()
    first = data.draw(st.integers(0, len(good) - 1))
    last = data.draw(st.integers(first + 1, len(good)))

    assert code(good[:first] + good[last:]) != ""
    assert code(good[:last] + good[first:]) != ""


@given(drafts(), st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_no_value_may_change_even_if_the_operator_signs_again(
    draft: Any, data: st.DataObject
) -> None:
    places = [n for n, line in enumerate(draft.lines) if n == 0 or "consistency" not in line]
    spoilt = copy.deepcopy(draft)
    spoil(spoilt.lines[data.draw(st.sampled_from(places))], data)
    assume(spoilt.lines != draft.lines)

    assert code(spoilt.data()) != ""


def spoil(value: Any, data: st.DataObject) -> None:
    """Change one thing somewhere inside a line, in place."""
    items = list(value.items() if isinstance(value, dict) else enumerate(value))
    if not items or data.draw(st.integers(0, 9)) == 0:
        if isinstance(value, dict):
            value[data.draw(st.sampled_from(["extra", "opening", "observed", "commitment"]))] = "0"
        else:
            value.append("0")
        return
    name, inner = data.draw(st.sampled_from(items))
    if isinstance(inner, dict | list):
        spoil(inner, data)
    elif isinstance(inner, str) and inner and data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(inner) - 1))
        value[name] = (
            inner[:place] + data.draw(st.sampled_from("0aZ =\n\u20ac")) + inner[place + 1 :]
        )
    else:
        value[name] = data.draw(st.sampled_from([None, True, 0, 1, -1, 2**53, "", "0", [], {}]))


@given(drafts(), st.data())
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_no_lines_may_move_even_if_the_operator_signs_again(
    draft: Any, data: st.DataObject
) -> None:
    lines = data.draw(st.permutations(draft.lines))
    assume(lines != draft.lines)

    assert code(build.Draft(lines).data()) != ""


@given(st.binary(max_size=300) | values.map(lambda value: build.canonical(value) + b"\n"))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    assert code(data).startswith("evidence.")


@given(drafts(), st.data())
def test_a_reference_is_proved_exactly_if_it_is_of_the_same_log(
    draft: Any, data: st.DataObject
) -> None:
    log_size = len(draft.leaves)
    proved = {line["consistency"]["size"] for line in draft.lines if "consistency" in line}
    size = data.draw(st.integers(0, log_size + 2))
    is_same = data.draw(st.booleans()) and size <= log_size
    root = build.tree(draft.leaves[:size]) if is_same else build.sha256(b"another")

    found = code(draft.data(), build.checkpoint(size, root))

    if size > log_size:
        assert found == "evidence.older"
    elif size not in proved | {0, log_size}:
        assert found == "evidence.no_consistency"
    else:
        assert found == ("" if is_same else "evidence.forked")
