"""What the verifier rejects, with the code and the line it names.

Two kinds of forger: anyone who has the file (no key; every change breaks the operator's signature
at the end, and most are found before) and the operator, who signs the file again after changing it
and must still be caught by the chain, the head, the log and the form.
"""

from __future__ import annotations

import base64
import copy
import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import evidence_builder as build
import pytest
from evidence_builder import Draft, Happening

import tarl_verify
from tarl_verify import command

ROOT = tarl_verify.parse_vkey(build.ROOT.vkey, 1)


def failure(
    data: bytes, *, root: build.Signer = build.ROOT, note: str = "", witness: str = ""
) -> tarl_verify.Failure | None:
    """What is wrong with a file; None if nothing is. Any other exception is a defect."""
    evidence = tarl_verify.Evidence(
        io.BytesIO(data),
        tarl_verify.parse_vkey(root.vkey, 1),
        reference=tarl_verify.parse_checkpoint(note) if note else None,
        witnesses=[tarl_verify.parse_vkey(witness, 4)] if witness else [],
    )
    try:
        evidence.check()
    except tarl_verify.Failure as found:
        json.dumps(command.refusal(found))  # it can be told
        return found
    return None


def code(data: bytes, **references: Any) -> str:
    """The code of what is wrong with a file, without its first word."""
    found = failure(data, **references)
    return found.code.removeprefix("evidence.") if found else "accepted"


def rich_draft() -> Draft:
    """A small file with every kind of line in it."""
    key = b"k" * 32
    run = build.closed_run()
    run[1].opening = b"1" * 32
    run[2].opening, run[2].is_erased = b"2" * 32, True
    body = {"result": build.blob_reference(b"blob"), "x": build.blob_reference(b"sealed", key)}
    run.insert(3, Happening("step.completed/1", build.canonical(body).decode()))
    run[4].index = 12
    blobs = [build.blob_line(b"blob"), build.blob_line(b"sealed", key)]
    return build.draft(run, consistent_with=(3, 6), blobs=blobs)


# -- Anyone with the file ------------------------------------------------------------------------


def test_no_byte_can_be_changed() -> None:
    data = build.draft(build.closed_run(), cosigned=((build.STRANGER, 7),)).data()
    accepted = []
    for place in range(len(data)):
        for change in (0x01, 0x20, 0x80):
            spoilt = bytearray(data)
            spoilt[place] ^= change
            if not failure(bytes(spoilt)):
                accepted.append((place, change))

    assert failure(data) is None
    assert accepted == []


def test_no_byte_can_be_inserted_or_left_out() -> None:
    data = rich_draft().data()
    places = range(0, len(data), 3)

    assert [n for n in places if not failure(data[:n] + data[n + 1 :])] == []
    assert [n for n in places if not failure(data[:n] + b" " + data[n:])] == []


def test_no_end_can_be_cut_off() -> None:
    data = rich_draft().data()
    ends = [0, *range(1, len(data), 7), len(data) - 2, len(data) - 1]

    assert {code(data[:end]) for end in ends} == {"truncated"}


def test_no_line_can_be_dropped_doubled_or_moved() -> None:
    lines = rich_draft().data().splitlines(keepends=True)
    changes = []
    for n in range(len(lines)):
        rest = lines[:n] + lines[n + 1 :]
        changes += [rest, [*lines[:n], lines[n], *lines[n:]]]
        changes += [[*rest[:m], lines[n], *rest[m:]] for m in range(len(lines)) if m != n]

    assert len(changes) > 250
    assert [n for n, change in enumerate(changes) if not failure(b"".join(change))] == []


def test_a_body_cannot_be_withheld_by_another() -> None:
    draft = build.draft(build.closed_run())
    before, end = draft.data()[:-1].rsplit(b"\n", 1)
    event = draft.lines[draft.find("event", 1)]["event"]
    spelled = build.canonical({"event": event})
    body = event.pop("body").encode()
    event["commitment"] = build.sha256(body).hex()

    spoilt = before.replace(spelled, build.canonical({"event": event})) + b"\n" + end + b"\n"

    assert code(spoilt) == "seal"
    assert code(draft.data(build.LOG)) == "signature"


def test_an_older_head_cannot_be_put_under_a_newer_checkpoint() -> None:
    older, newer = build.draft(build.closed_run()[:3]), build.draft(build.closed_run())
    newer.lines[3] = older.lines[3]

    assert code(newer.data()) == "checkpoint"


# -- The operator, who signs again what was changed ----------------------------------------------


def test_no_byte_can_be_changed_even_by_the_operator() -> None:
    data = rich_draft().data()
    before = data[: data[:-1].rindex(b"\n") + 1]
    accepted = []
    for place in range(len(before)):
        spoilt = bytearray(before)
        spoilt[place] ^= 0x01
        if not failure(build.close(bytes(spoilt))):
            accepted.append(before[place - 40 : place + 40])

    assert accepted == []


def test_no_line_can_be_dropped_doubled_or_swapped_even_by_the_operator() -> None:
    draft = rich_draft()
    changes = []
    for n, line in enumerate(draft.lines):
        rest = draft.lines[:n] + draft.lines[n + 1 :]
        changes += [[*draft.lines[:n], line, *draft.lines[n:]]]
        if "consistency" not in line:  # the operator may say less
            changes += [rest]
        changes += [[*rest[:m], line, *rest[m:]] for m in range(len(draft.lines)) if m != n]

    assert [n for n, lines in enumerate(changes) if not failure(Draft(lines).data())] == []


def test_events_of_another_run_do_not_fit() -> None:
    mine = build.draft(build.closed_run())
    later = [dataclasses.replace(event, at=event.at + 1) for event in build.closed_run()]
    for theirs in (
        build.draft(build.closed_run(), stream="run/default/prices/2"),
        build.draft(later),
    ):
        for n in range(4):
            mixed = copy.deepcopy(mine)
            place = mixed.find("event", n)
            mixed.lines[place] = theirs.lines[place]

            assert failure(mixed.data()), n


Change = Callable[[Draft], Any]


def on(tag: str, change: Callable[[Any], Any], *, nth: int = 0) -> Change:
    """Change the value of the nth line of a kind in place."""

    def apply(draft: Draft) -> None:
        change(draft.lines[draft.find(tag, nth)][tag])

    return apply


def put(tag: str, *, nth: int = 0, **members: Any) -> Change:
    """Set members of the nth line of a kind; None takes a member away."""

    def change(value: dict[str, Any]) -> None:
        value.update(members)
        for name in [name for name, member in value.items() if member is None]:
            del value[name]

    return on(tag, change, nth=nth)


def replace(tag: str, value: Any, *, nth: int = 0) -> Change:
    """Put another value into the nth line of a kind."""

    def apply(draft: Draft) -> None:
        draft.lines[draft.find(tag, nth)][tag] = value

    return apply


def head(**changes: Any) -> Change:
    """Another head, signed by the operator."""
    return lambda draft: draft.lines.__setitem__(
        3, build.draft(build.closed_run(), head=changes).lines[3]
    )


def certified(name: str, public: bytes) -> Change:
    """A log key that the root key certifies."""
    payload = {"name": name, "public": build.b64(public), "purpose": "log", "type": "tarl.key/1"}
    return replace("certificate", build.envelope(build.ROOT, "key", payload))


def checkpoint(size: int = 11, **changes: Any) -> Change:
    """Another checkpoint of the same root, signed by the log."""

    def apply(draft: Draft) -> None:
        draft.lines[4]["checkpoint"] = build.checkpoint(size, build.tree(draft.leaves), **changes)

    return apply


def checkpoint_text(change: Callable[[str], str]) -> Change:
    """A checkpoint spelled in another way; its text is signed anew."""

    def apply(draft: Draft) -> None:
        text = change(f"{build.ORIGIN}\n11\n{build.b64(build.tree(draft.leaves))}\n")
        line = build.note_line(build.LOG, build.LOG.sign(text.encode()))
        draft.lines[4]["checkpoint"] = f"{text}\n{line}"

    return apply


def insert(place: int, line: dict[str, Any]) -> Change:
    """One line more."""
    return lambda draft: draft.lines.insert(place, line)


def drop(tag: str, nth: int = 0) -> Change:
    """One line less."""
    return lambda draft: draft.lines.pop(draft.find(tag, nth))


def move_proof(count: int) -> Change:
    """The proof's last hashes in a line of their own."""

    def apply(draft: Draft) -> None:
        place = draft.find("inclusion")
        hashes = draft.lines[place]["inclusion"]
        draft.lines[place]["inclusion"] = hashes[: len(hashes) - count]
        draft.lines.insert(place + 1, {"inclusion": hashes[len(hashes) - count :]})

    return apply


def body(text: str) -> Change:
    """A first event with another body, rightly chained, signed and logged."""

    def apply(draft: Draft) -> None:
        run = build.closed_run()
        run[0].body = text
        draft.lines[:] = build.draft(run).lines

    return apply


def reference(**members: Any) -> str:
    """A body's reference to the blob whose digest is all zeros."""
    return json.dumps({"$blob": {"digest": "00" * 32, **members}})


HASH = build.b64(bytes(32))
SPOILT: dict[str, tuple[str, int, Change]] = {
    # header
    "a newer format": ("version", 1, lambda d: d.lines[0].update(evidence="tarl/3")),
    "a header with more": ("format", 1, lambda d: d.lines[0].update(note="x")),
    "a header with less": ("format", 1, lambda d: d.lines[0].pop("origin")),
    "another header": ("format", 1, lambda d: d.lines.__setitem__(0, [])),
    "an empty origin": ("format", 1, lambda d: d.lines[0].update(origin="")),
    "another origin": ("head", 4, lambda d: d.lines[0].update(origin="else")),
    "another stream": ("head", 4, lambda d: d.lines[0].update(stream="run/default/prices/2")),
    "not a run's stream": ("format", 1, lambda d: d.lines[0].update(stream="agent/a/b/1")),
    "a run without number": ("format", 1, lambda d: d.lines[0].update(stream="run/a/b/0")),
    "a stream with a newline": ("format", 1, lambda d: d.lines[0].update(stream="run/a/b/1\n")),
    # certificates
    "keys in another order": (
        "format",
        2,
        lambda d: d.lines.__setitem__(slice(1, 3), d.lines[2:0:-1]),
    ),
    "one key for both": ("format", 3, lambda d: d.lines.__setitem__(2, d.lines[1])),
    "a key certified by itself": (
        "signature",
        3,
        lambda d: d.lines.__setitem__(
            2, build.certificate(build.OPERATOR, build.OPERATOR, "operator")
        ),
    ),
    "a stranger's certificate under root's name": (
        "signature",
        2,
        replace(
            "certificate",
            build.envelope(
                build.STRANGER,
                "key",
                {
                    "name": "x",
                    "public": build.b64(build.LOG.public),
                    "purpose": "log",
                    "type": "tarl.key/1",
                },
                keyid=build.ROOT.label,
            ),
        ),
    ),
    "a certified low-order key": ("format", 2, certified("x", bytes([1]) + bytes(31))),
    "a certified name with a plus": ("format", 2, certified("a+b", build.LOG.public)),
    "a certified name with a control": ("format", 2, certified("a\x9bb", build.LOG.public)),
    "a certified name that is empty": ("format", 2, certified("", build.LOG.public)),
    "a certified key too short": ("format", 2, certified("x", bytes(31))),
    "another type of payload": (
        "format",
        2,
        replace(
            "certificate", build.envelope(build.ROOT, "key", {}, payload_type="application/json")
        ),
    ),
    "two signatures": (
        "format",
        2,
        on("certificate", lambda e: e["signatures"].append(e["signatures"][0])),
    ),
    "signatures that are no list": (
        "format",
        2,
        on("certificate", lambda e: e.update(signatures={"0": {}})),
    ),
    "an envelope with more": ("format", 2, on("certificate", lambda e: e.update(cert="x"))),
    "an envelope with less": ("format", 2, on("certificate", lambda e: e.pop("payloadType"))),
    "a payload that is no text": ("format", 2, on("certificate", lambda e: e.update(payload=1))),
    "another key id": (
        "signature",
        2,
        on("certificate", lambda e: e["signatures"][0].update(keyid="example.org/root+00000000")),
    ),
    "no signature": ("format", 2, on("certificate", lambda e: e["signatures"].clear())),
    "a signature with more": (
        "format",
        2,
        on("certificate", lambda e: e["signatures"][0].update(cert="x")),
    ),
    # head
    "a head of no events": ("format", 4, head(length=0)),
    "a head of fewer events": ("head", 8, head(length=3)),
    "a head of fewer events that fits them": (
        "extended",
        9,
        lambda d: head(length=3, open=True, digest=d.lines[d.find("event", 2)]["event"]["digest"])(
            d
        ),
    ),
    "a head of more events": ("truncated", 10, head(length=5, open=False)),
    "a head of more events than leaves": ("format", 4, head(length=12)),
    "a head of another digest": ("head", 9, head(digest="00" * 32)),
    "a head that calls a closed run open": ("head", 9, head(open=True)),
    "a head of another kind of truth": ("format", 4, head(open=1)),
    "a head of another stream": ("head", 4, head(stream="run/default/prices/9")),
    "a head of another log": ("head", 4, head(origin="else")),
    "a head at another size": ("checkpoint", 5, head(size=10)),
    "a head of another type": ("format", 4, head(type="tarl.run-head/2")),
    "a head with more": ("format", 4, head(note="x")),
    "a head by the log": (
        "signature",
        4,
        on("head", lambda e: e.update(build.envelope(build.LOG, "run-head", {}))),
    ),
    # checkpoint
    "a checkpoint of another log": ("checkpoint", 5, checkpoint(origin="else")),
    "a checkpoint of another size": ("checkpoint", 5, checkpoint(size=12)),
    "a checkpoint by the operator": ("signature", 5, checkpoint(log=build.OPERATOR)),
    "a checkpoint by another key of that name": (
        "signature",
        5,
        checkpoint(log=build.Signer(build.LOG.name, b"x" * 32)),
    ),
    "a good signature beside a bad one": (
        "signature",
        5,
        lambda d: d.lines[4].update(
            checkpoint=d.lines[4]["checkpoint"] + build.note_line(build.LOG, bytes(64))
        ),
    ),
    "a checkpoint of four lines": ("format", 5, checkpoint_text(lambda t: t + "more\n")),
    "a checkpoint of two lines": ("format", 5, checkpoint_text(lambda t: t[t.index("\n") + 1 :])),
    "a size spelled with a zero": (
        "format",
        5,
        checkpoint_text(lambda t: t.replace("\n11\n", "\n011\n")),
    ),
    "a size that is no number": (
        "format",
        5,
        checkpoint_text(lambda t: t.replace("\n11\n", "\n\u0661\u0661\n")),
    ),
    "a size beyond 2^53": (
        "format",
        5,
        checkpoint_text(lambda t: t.replace("\n11\n", "\n9007199254740992\n")),
    ),
    "a note with a return": ("format", 5, checkpoint_text(lambda t: t.replace("\n", "\r\n", 1))),
    "a note that ends otherwise": (
        "format",
        5,
        lambda d: d.lines[4].update(checkpoint=d.lines[4]["checkpoint"][:-1] + "x"),
    ),
    "a signature line with a hyphen": (
        "format",
        5,
        lambda d: d.lines[4].update(checkpoint=d.lines[4]["checkpoint"] + "- a AAAAAAAA\n"),
    ),
    "a signature line of four words": (
        "format",
        5,
        lambda d: d.lines[4].update(checkpoint=d.lines[4]["checkpoint"] + "\u2014 a AAAA b\n"),
    ),
    "a note without signatures": ("format", 5, replace("checkpoint", "a\n1\nb\n\n")),
    "a note without a blank line": ("format", 5, replace("checkpoint", "a\n1\nb\n")),
    "a note that is no text": ("format", 5, replace("checkpoint", 7)),
    "too many signatures": (
        "format",
        5,
        checkpoint(cosigned=tuple((build.STRANGER, n) for n in range(64))),
    ),
    # events
    "an unknown member": ("format", 7, put("event", nth=1, extra=1)),
    "no kind": ("format", 7, put("event", nth=1, kind=None)),
    "a kind that is a number": ("format", 7, put("event", nth=1, kind=5)),
    "a digest that is a number": ("format", 7, put("event", nth=1, digest=5)),
    "another kind": ("chain", 7, put("event", nth=1, kind="step.completed/1")),
    "another number": ("chain", 7, put("event", nth=1, seq=3)),
    "a number that is no integer": ("chain", 6, put("event", seq=True)),
    "another time": ("inclusion", 10, put("event", nth=1, at=1)),
    "a time before 1970": ("format", 7, put("event", nth=1, at=-1)),
    "a time that is text": ("format", 7, put("event", nth=1, at="1")),
    "another observation": ("inclusion", 10, put("event", nth=2, observed="{}")),
    "no observation": ("inclusion", 10, put("event", nth=2, observed=None)),
    "an empty observation": ("format", 7, put("event", nth=1, observed="")),
    "another index": ("inclusion", 11, put("event", nth=1, index=4)),
    "an index twice": ("inclusion", 7, put("event", nth=1, index=2)),
    "an index beyond the log": ("inclusion", 9, put("event", nth=3, index=11)),
    "another digest": ("chain", 7, put("event", nth=1, digest="00" * 32)),
    "an uppercase digest": ("format", 6, on("event", lambda e: e.update(digest="AB" * 32))),
    "another body": ("chain", 7, put("event", nth=1, body="{}")),
    "no body": ("format", 7, put("event", nth=1, body=None)),
    "an empty body": ("format", 7, put("event", nth=1, body="")),
    "a body and a commitment": ("format", 7, put("event", nth=1, commitment="00" * 32)),
    "a commitment and an opening": (
        "format",
        7,
        put("event", nth=1, body=None, commitment="00" * 32, opening="00" * 32),
    ),
    "another commitment": ("chain", 7, put("event", nth=1, body=None, commitment="00" * 32)),
    "an opening where there is none": ("chain", 7, put("event", nth=1, opening="00" * 32)),
    "a short opening": ("format", 7, put("event", nth=1, opening="00")),
    "an event missing": ("chain", 7, drop("event", 1)),
    "the last event missing": ("truncated", 9, drop("event", 3)),
    "a body that is a list": ("body", 6, body("[]")),
    "a body that is not JSON": ("body", 6, body("{a}")),
    "a body with a name twice": ("body", 6, body('{"a":{"b":1,"b":2}}')),
    "a body with NaN": ("body", 6, body('{"a":NaN}')),
    "a body beyond the doubles": ("body", 6, body('{"a":1e999}')),
    "a body beyond the integers": ("body", 6, body('{"a":9007199254740992}')),
    "a body with a huge integer": ("body", 6, body(f'{{"a":{"9" * 5000}}}')),
    "a body with a lone surrogate": ("body", 6, body('{"a":["\\ud800"]}')),
    "a body too deep": ("body", 6, body(f'{{"a":{"[" * 200_000}}}')),
    "a blob reference with more": (
        "format",
        6,
        body(f'{{"a":{reference(size=1, x=1)}}}'),
    ),
    "a blob reference beside something": ("format", 6, body('{"a":{"$blob":{},"b":1}}')),
    "one blob of two sizes": (
        "blob",
        6,
        body(f'{{"a":{reference(size=1)},"b":{reference(size=2)}}}'),
    ),
    "a blob that is missing": (
        "blob",
        10,
        body(f'{{"a":{reference(size=1)}}}'),
    ),
    # blobs
    "a blob that nobody refers to": ("blob", 10, insert(9, build.blob_line(b"x"))),
    # inclusion and end
    "a proof too long": ("inclusion", 10, on("inclusion", lambda p: p.append(HASH))),
    "a proof too short": ("inclusion", 11, on("inclusion", lambda p: p.pop())),
    "a proof of something else": ("inclusion", 10, on("inclusion", lambda p: p.reverse())),
    "a proof that is no list": ("format", 10, replace("inclusion", {})),
    "a proof that is null": ("format", 10, replace("inclusion", None)),
    "a proof of short hashes": ("format", 10, replace("inclusion", ["AA=="])),
    "a proof in unfilled lines": ("format", 11, move_proof(2)),
    "a proof with an empty line": ("format", 11, move_proof(0)),
    "no proof": ("order", 10, drop("inclusion")),
    "a line too long for a proof": ("format", 10, replace("inclusion", [HASH] * 1025)),
    # lines
    "an unknown line": ("truncated", 6, insert(5, {"comment": "x"})),
    "a line that is a list": ("format", 6, insert(5, [1])),  # type: ignore[arg-type]
    "a line of two members": ("format", 6, insert(5, {"event": {}, "x": 1})),
    "a line with a fraction": ("format", 6, insert(5, {"event": 1.5})),
    "a line with NaN": ("format", 6, insert(5, {"event": float("nan")})),
    "a checkpoint twice": ("truncated", 6, lambda d: d.lines.insert(5, d.lines[4])),
    "an end too early": ("order", 5, lambda d: d.lines.insert(4, {"end": {}})),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_the_operator_signs_again_is_still_found(name: str) -> None:
    expected, line, change = SPOILT[name]
    draft = build.draft(build.closed_run())
    change(draft)
    before = b"".join(build.canonical(line) + b"\n" for line in draft.lines)
    if name == "a proof with an empty line":
        assert before.count(b'"inclusion"') == 2

    found = failure(build.close(before))

    assert found is not None
    assert (found.code, found.line) == (f"evidence.{expected}", line), found.what


def test_nothing_follows_the_event_that_ends_a_run() -> None:
    run = [*build.closed_run(), Happening("step.completed/1", "{}")]
    again = [*build.closed_run(), Happening("run.completed/1", "{}")]

    assert code(build.draft(run, head={"open": False}).data()) == "head"
    assert code(build.draft(run).data()) == "head"
    assert code(build.draft(again).data()) == "head"


def test_a_head_cannot_call_an_open_run_closed() -> None:
    assert code(build.draft(build.closed_run()[:3], head={"open": False}).data()) == "head"


def test_a_key_of_another_length_does_not_open_a_body() -> None:
    run = build.closed_run()
    run[0].opening = b"k" * 31
    padded = build.draft(run)
    padded.lines[padded.find("event")]["event"]["opening"] = (b"k" * 31 + b"\0").hex()

    assert code(build.draft(run).data()) == "format"
    assert code(padded.data()) == "accepted"  # HMAC fills up with zeros: one length, one key


def test_no_digest_opens_both_in_clear_and_sealed() -> None:
    # An HMAC is a hash of 96 bytes. Were it the same hash as in clear, these bytes would be another
    # content under the digest of the sealed one.
    key, data = b"k" * 32, b"sealed content of ninety-six bytes".ljust(96, b".")
    outer = bytes(byte ^ 0x5C for byte in key.ljust(64, b"\0"))
    inner = bytes(byte ^ 0x36 for byte in key.ljust(64, b"\0"))
    twin = outer + build.sha256(inner + data)

    sealed = tarl_verify.log.content_digest(data, {"opening": key.hex()})

    assert tarl_verify.log.content_digest(twin, {}) != sealed
    assert sealed == build.seal(key, data)


# -- Blobs ---------------------------------------------------------------------------------------

BLOB, KEY = b"content", b"k" * 32


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (build.blob_line(b"another"), "blob"),
        ({"blob": {**build.blob_line(BLOB)["blob"], "data": build.b64(b"c0ntent")}}, "blob"),
        ({"blob": {**build.blob_line(BLOB)["blob"], "data": build.b64(b"content.")}}, "blob"),
        ({"blob": {**build.blob_line(BLOB)["blob"], "opening": "00" * 32}}, "blob"),
        ({"blob": {**build.blob_line(BLOB)["blob"], "data": "Y29udGVudB=="}}, "format"),
        ({"blob": {**build.blob_line(BLOB)["blob"], "data": "Y29udGVudA"}}, "format"),
        ({"blob": {**build.blob_line(BLOB)["blob"], "data": "Y29u\ndGVudA=="}}, "format"),
        ({"blob": {**build.blob_line(BLOB)["blob"], "x": 1}}, "format"),
        ({"blob": {**build.blob_line(BLOB)["blob"], "digest": "00" * 32}}, "blob"),
        (build.blob_line(BLOB, KEY), "blob"),
        (build.blob_line(BLOB), "accepted"),
    ],
)
def test_a_blob_must_be_the_one_referred_to(line: dict[str, Any], expected: str) -> None:
    text = build.canonical({"result": build.blob_reference(BLOB)}).decode()
    draft = build.draft([Happening("run.completed/1", text)], blobs=[line])

    assert code(draft.data()) == expected


@pytest.mark.parametrize("size", [0, 6, 8])
def test_a_blob_has_the_size_that_was_stated(size: int) -> None:
    stated = build.blob_reference(BLOB)
    stated["$blob"]["size"] = size
    text = build.canonical({"result": stated}).decode()
    draft = build.draft([Happening("run.completed/1", text)], blobs=[build.blob_line(BLOB)])

    assert code(draft.data()) == "blob"


def test_blobs_stand_once_and_in_order() -> None:
    blobs = [build.blob_line(b"%d" % n) for n in range(3)]
    refs = {f"r{n}": build.blob_reference(b"%d" % n) for n in range(3)}
    run = [Happening("run.completed/1", build.canonical(refs).decode())]
    good = build.draft(run, blobs=blobs)
    first = good.find("blob")

    assert code(good.data()) == "accepted"
    for change in ((0, 0, 1, 2), (1, 0, 2), (0, 1), (1, 2), (0, 1, 2, 2)):
        draft = copy.deepcopy(good)
        draft.lines[first : first + 3] = [good.lines[first + n] for n in change]

        assert code(draft.data()) == "blob", change


def test_the_blob_of_an_erased_body_is_not_expected() -> None:
    text = build.canonical({"result": build.blob_reference(BLOB)}).decode()
    run = [Happening("run.completed/1", text, opening=KEY, is_erased=True)]

    assert code(build.draft(run, blobs=[build.blob_line(BLOB)]).data()) == "blob"


# -- Bytes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected", "line"),
    [
        (b"", "truncated", 1),
        (b"{}", "truncated", 1),
        (b"\n", "format", 1),
        (b"\xff\xfe\n", "format", 1),
        (b"\xef\xbb\xbf{}\n", "format", 1),
        (b'{"evidence":"\xed\xa0\x80"}\n', "format", 1),
        (b'{"evidence":"\\ud800"}\n', "format", 1),
        (b'{"evidence": "tarl/1"}\n', "noncanonical", 1),
        (b'{"evidence":"tarl\\/1"}\n', "noncanonical", 1),
        (b'{"evidence":"\\u0074arl/1"}\n', "noncanonical", 1),
        (b'{"evidence":"tarl/1","evidence":"tarl/1"}\n', "noncanonical", 1),
        (b'{"stream":"x","evidence":"tarl/1"}\n', "noncanonical", 1),
        (b'{"evidence":"tarl/1"}\r\n', "noncanonical", 1),
        (b'{"evidence":-0}\n', "noncanonical", 1),
        (b'{"evidence":1e2}\n', "format", 1),
        (b'{"evidence":%s}\n' % (b"9" * 5000), "format", 1),
        (b'{"a":%s\n' % (b"[" * 200_000), "format", 1),
        (b"PK\x03\x04\n", "format", 1),
    ],
)
def test_bytes_that_are_no_evidence_are_refused_by_name(
    data: bytes, expected: str, line: int
) -> None:
    found = failure(data)

    assert found is not None
    assert (found.code, found.line) == (f"evidence.{expected}", line)


def test_a_huge_line_is_refused_before_it_is_read_whole() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            self.given += len(buffer)
            buffer[:] = b"x" * len(buffer)
            return len(buffer)

    endless = Endless()
    evidence = tarl_verify.Evidence(io.BufferedReader(endless), ROOT)

    with pytest.raises(tarl_verify.Failure, match="more than 67108864 bytes"):
        evidence.check()
    assert endless.given < 65 * 1024 * 1024


def test_nothing_may_follow_the_end() -> None:
    data = build.draft(build.closed_run()).data()

    assert code(data + b"\n") == "extended"
    assert code(data + data) == "extended"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"lines": 10}, "seal"),
        ({"lines": "11"}, "seal"),
        ({"sha256": "00" * 32}, "seal"),
        ({"sha256": None}, "seal"),
        ({"type": "tarl.run-head/1"}, "format"),
        ({"more": 1}, "format"),
    ],
)
def test_the_end_must_fit_the_lines_before(changes: dict[str, Any], expected: str) -> None:
    assert code(build.draft(build.closed_run()).data(**changes)) == expected


@pytest.mark.parametrize("signer", [build.ROOT, build.LOG, build.STRANGER])
def test_only_the_operator_can_sign_the_end(signer: build.Signer) -> None:
    assert code(build.draft(build.closed_run()).data(signer)) == "signature"


@pytest.mark.parametrize("line", range(1, 4))
def test_a_signature_cannot_be_replaced_by_its_twin(line: int) -> None:
    # S + L satisfies the same equation as S: the textbook second signature.
    draft = build.draft(build.closed_run())
    (envelope,) = draft.lines[line].values()
    data = base64.b64decode(envelope["signatures"][0]["sig"])
    twin = int.from_bytes(data[32:], "little") + tarl_verify.keys.GROUP_ORDER
    envelope["signatures"][0]["sig"] = build.b64(data[:32] + twin.to_bytes(32, "little"))

    assert code(draft.data()) == "signature"


def test_another_root_certified_nothing() -> None:
    data = build.draft(build.closed_run()).data()

    assert code(data, root=build.Signer(build.ROOT.name, b"x" * 32)) == "signature"
    assert code(data, root=build.LOG) == "signature"


# -- References from outside ---------------------------------------------------------------------


def test_a_reference_newer_than_the_evidence_is_told() -> None:
    draft = build.draft(build.closed_run())

    found = failure(draft.data(), note=build.checkpoint(12, bytes(32)))

    assert found is not None
    assert (found.code, found.line) == ("evidence.older", 5)
    assert found.sides == {"expected": "at least 12", "found": 11}


@pytest.mark.parametrize("size", [0, 3, 11])
def test_a_forked_log_is_told(size: int) -> None:
    draft = build.draft(build.closed_run(), consistent_with=(3,))

    assert code(draft.data(), note=build.checkpoint(size, bytes(32))) == "forked"


def test_without_a_proof_nothing_is_claimed() -> None:
    draft = build.draft(build.closed_run(), consistent_with=(3, 5))
    note = build.checkpoint(4, build.tree(draft.leaves[:4]))

    found = failure(draft.data(), note=note)

    assert found is not None
    assert found.code == "evidence.no_consistency"
    assert "tarl export --checkpoint NOTE" in found.what


@pytest.mark.parametrize(
    ("log", "origin"),
    [
        (build.OPERATOR, build.ORIGIN),
        (build.Signer(build.LOG.name, b"x" * 32), build.ORIGIN),
        (build.LOG, "else"),
    ],
)
def test_a_reference_of_another_log_is_refused(log: build.Signer, origin: str) -> None:
    draft = build.draft(build.closed_run())
    note = build.checkpoint(11, build.tree(draft.leaves), log=log, origin=origin)

    assert code(draft.data(), note=note) == "reference"


def consistency(**changes: Any) -> bytes:
    draft = build.draft(build.closed_run(), consistent_with=(3, 6))
    put("consistency", nth=1, **changes)(draft)
    return draft.data()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "accepted"),
        ({"root": HASH}, "consistency"),
        ({"size": 7}, "consistency"),
        ({"size": 3}, "format"),
        ({"size": 2}, "format"),
        ({"size": 11}, "format"),
        ({"size": 12}, "format"),
        ({"size": 0}, "format"),
        ({"proof": []}, "consistency"),
        ({"proof": [HASH] * 4}, "consistency"),
        ({"proof": "x"}, "format"),
        ({"proof": [1]}, "format"),
        ({"proof": 5}, "format"),
        ({"more": 1}, "format"),
    ],
)
def test_every_proof_of_consistency_must_hold(changes: dict[str, Any], expected: str) -> None:
    assert code(consistency(**changes)) == expected


def test_a_proof_of_consistency_with_a_hash_too_many_is_refused() -> None:
    draft = build.draft(build.closed_run(), consistent_with=(6,))
    on("consistency", lambda line: line["proof"].append(HASH))(draft)

    assert code(draft.data()) == "consistency"


def test_consistency_with_a_power_of_two_needs_its_own_root() -> None:
    # The old root is not in such a proof: the verifier must take it from the line and check it.
    draft = build.draft(build.closed_run(), consistent_with=(8,))
    put("consistency", root=HASH)(draft)

    assert code(draft.data()) == "consistency"


def cosigned(*lines: tuple[build.Signer, int]) -> bytes:
    return build.draft(build.closed_run(), cosigned=lines).data()


def test_a_witness_must_have_signed_this_checkpoint() -> None:
    forger = build.Signer(build.WITNESS.name, b"x" * 32, type=4)
    key = build.WITNESS.vkey

    assert code(cosigned((build.WITNESS, 5)), witness=key) == "accepted"
    assert code(cosigned(), witness=key) == "witness"
    assert code(cosigned((build.STRANGER, 5)), witness=key) == "witness"
    assert code(cosigned((forger, 5)), witness=key) == "witness"


@pytest.mark.parametrize("change", ["time", "signature", "type", "other log", "short", "far"])
def test_a_false_cosignature_is_refused(change: str) -> None:
    draft = build.draft(build.closed_run())
    text = draft.lines[4]["checkpoint"].split("\n\n")[0] + "\n"
    other = text.replace("log", "lag") if change == "other log" else text
    at = 2**63 if change == "far" else 5
    message = f"cosignature/v1\ntime {at}\n{other}".encode()
    if change == "type":
        message = text.encode()
    signature = build.WITNESS.sign(message)
    if change == "signature":
        signature = signature[:-1] + bytes([signature[-1] ^ 1])
    at += change == "time"
    data = at.to_bytes(8, "big") + (signature[:-1] if change == "short" else signature)
    draft.lines[4]["checkpoint"] += build.note_line(build.WITNESS, data)

    assert code(draft.data(), witness=build.WITNESS.vkey) == "witness"


@pytest.mark.parametrize("signer", [build.ROOT, build.LOG, build.OPERATOR])
def test_the_maker_of_the_evidence_is_no_witness(signer: build.Signer) -> None:
    own = build.Signer("example.org/independent", signer.seed, type=4)

    assert code(cosigned((own, 5)), witness=own.vkey) == "witness"


# -- The command ---------------------------------------------------------------------------------


def test_a_failure_is_told_to_people_and_to_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = build.draft(build.closed_run())
    put("event", nth=1, kind="step\x1b[2J\ndenied/1", body='{"\u20ac":1}')(draft)
    file = tmp_path / "run.evidence"
    file.write_bytes(draft.data())

    assert tarl_verify.main([str(file), "--root", build.ROOT.vkey]) == 6
    said = capsys.readouterr()
    assert tarl_verify.main([str(file), "--root", build.ROOT.vkey, "--json"]) == 6
    data = json.loads(capsys.readouterr().out)

    assert said.err == ""
    first, expected, found = said.out.splitlines()
    assert first == "FAILED line 7: event 2: digest [evidence.chain]"
    assert expected == f"  expected: {data['expected']}"
    assert found == f"  found: {data['found']}"
    assert {name: data[name] for name in ("verified", "code", "line", "message")} == {
        "verified": False,
        "code": "evidence.chain",
        "line": 7,
        "message": "event 2: digest",
    }


def test_what_is_shown_of_a_bad_file_is_one_short_line_of_ascii(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "run.evidence"
    bad = {"evidence": "tarl/1\nPROVED\x1b[2J \u202e" + "x" * 9000, "origin": "a", "stream": "b"}
    file.write_bytes(build.canonical(bad) + b"\n")

    assert tarl_verify.main([str(file), "--root", build.ROOT.vkey]) == 6
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(line.isascii() and line.isprintable() and len(line) < 300 for line in lines)


def test_the_first_byte_that_is_spelled_otherwise_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "run.evidence"
    file.write_bytes(b'{"evidence": "tarl/1"}\n')

    assert tarl_verify.main([str(file), "--root", build.ROOT.vkey]) == 6
    assert capsys.readouterr().out.splitlines() == [
        "FAILED line 1: not the canonical spelling, from byte 13 [evidence.noncanonical]",
        '  expected: "tarl/1"}',
        '  found:  "tarl/1"}',
    ]


def bad_keys() -> dict[str, str]:
    """Texts that are no root key."""
    name, id_, material = build.ROOT.vkey.split("+", 2)
    return {
        "empty": "",
        "no key": "hello",
        "two parts": f"{name}+{id_}",
        "another id": f"{name}+00000000+{material}",
        "an uppercase id": f"{name}+{id_.upper()}+{material}",
        "another name": f"{name}x+{id_}+{material}",
        "no name": build.Signer("", b"r" * 32).vkey,
        "a name with a space": build.Signer("a b", b"r" * 32).vkey,
        "a witness's key": build.WITNESS.vkey,
        "bad base64": f"{name}+{id_}+{material[:-1]}",
        "a newline at the end": build.ROOT.vkey + "\n\n",
        "a private key": '{"seed":"c2VjcmV0"}',
        "a low-order point": low_order_key(),
    }


def low_order_key() -> str:
    public = bytes([1]) + bytes(31)
    id_ = build.sha256(b"x\n\x01" + public)[:4].hex()
    return f"x+{id_}+{build.b64(bytes([1]) + public)}"


@pytest.mark.parametrize("name", bad_keys())
@pytest.mark.parametrize("as_file", [False, True])
def test_a_malformed_key_is_wrong_usage(
    name: str, as_file: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = bad_keys()[name]
    file, key = tmp_path / "run.evidence", tmp_path / "key"
    file.write_bytes(build.draft(build.closed_run()).data())
    key.write_text(text)

    assert tarl_verify.main([str(file), "--root", str(key) if as_file else text]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: not a key")
    assert "\n  code: evidence.key\n  try: " in said.err
    assert not as_file or not text.strip() or text.strip() not in said.err


def test_missing_files_are_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "run.evidence"
    file.write_bytes(build.draft(build.closed_run()).data())
    note, key, missing = tmp_path / "note", build.ROOT.vkey, str(tmp_path / "missing")
    note.write_text("not a note")

    for code, options in (
        ("evidence.file", [missing, "--root", key]),
        ("evidence.file", [str(tmp_path), "--root", key]),
        ("evidence.file", ["\0", "--root", key]),
        ("evidence.key", [str(file), "--root", missing]),
        ("evidence.key", [str(file), "--root", str(tmp_path)]),
        ("evidence.note", [str(file), "--root", key, "--checkpoint", missing]),
        ("evidence.note", [str(file), "--root", key, "--checkpoint", str(note)]),
        ("evidence.key", [str(file), "--root", key, "--witness", missing]),
        ("evidence.key", [str(file), "--root", key, "--witness", key]),
    ):
        assert_wrong_usage(options, code, capsys)


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["file"],
        ["file", "--root"],
        ["file", "--root", "k", "--unknown"],
        ["file", "other\nline", "--root", "k"],
    ],
)
def test_a_wrong_command_line_is_wrong_usage(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert_wrong_usage(options, "usage", capsys)


def assert_wrong_usage(options: list[str], code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is told on stderr as tarl tells errors, and as one object with ``--json``."""
    assert tarl_verify.main(options) == 2, options
    said = capsys.readouterr()
    message, its_code, next_step = said.err.splitlines()
    assert said.out == ""
    assert message.startswith("error: ")
    assert "Errno" not in message
    assert its_code == f"  code: {code}"
    assert next_step.startswith("  try: ")

    assert tarl_verify.main(["--json", *options]) == 2
    said = capsys.readouterr()
    assert said.err == ""
    assert json.loads(said.out) == {
        "verified": False,
        "code": code,
        "message": message.removeprefix("error: "),
        "next_step": next_step.removeprefix("  try: "),
    }


def test_an_interrupted_check_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tarl_verify.command, "check_file", interrupted)
    options = [str(tmp_path), "--root", "k"]
    assert tarl_verify.main(options) == 130
    assert capsys.readouterr() == ("", "interrupted\n")
    assert tarl_verify.main([*options, "--json"]) == 130
    assert json.loads(capsys.readouterr().out) == {"verified": False, "code": "interrupted"}
