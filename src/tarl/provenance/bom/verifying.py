"""Whether a bill of materials is what it was: by itself, by its signatures, by the journal.

By itself a document shows a slip of the hand: refs that lead nowhere, relations in a circle, a
content that its id was not made of. Whether it is true, the journal says: the bill is drawn again,
up to the place of the log that it was drawn from, and compared part by part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from tarl.crypto.note import VerifierKey
from tarl.errors import Corrupt, Denied, Refused
from tarl.provenance.attestations import statement
from tarl.provenance.bom import cyclonedx, spdx
from tarl.provenance.bom.drawing import ref_of
from tarl.provenance.bom.graph import Basis, Bill
from tarl.provenance.bom.reading import Document, malformed, parse, read, read_own
from tarl.values.canonical import encode

FORMATS: Mapping[str, Callable[[Bill], bytes]] = {
    "cyclonedx-1.6": lambda bill: cyclonedx.write(bill, spec="1.6"),
    "cyclonedx-1.7": lambda bill: cyclonedx.write(bill, spec="1.7"),
    "spdx-3.0.1": lambda bill: spdx.write(bill, spec="3.0.1"),
    "spdx-2.3": lambda bill: spdx.write(bill, spec="2.3"),
}
"""What writes each format."""

PROBLEMS_MAX = 100
"""As many are told; of a file that is wholly another one, no more would help."""

_SHOWN_CHARS = 60

Draw = Callable[[Basis], Bill]


class Verification(NamedTuple):
    """What was found.

    Attributes:
        format: The document's format and version.
        basis: What it says that it was drawn from.
        components: How many it lists.
        signers: Whose signatures verified.
        problems: What is wrong, the first found first; nothing when it holds.
        checked: What was looked at, in words.
    """

    format: str
    basis: Basis | None
    components: int
    signers: tuple[str, ...]
    problems: tuple[str, ...]
    checked: tuple[str, ...]


def verify(
    data: bytes, *, draw: Draw | None = None, keys: Mapping[str, VerifierKey] | None = None
) -> Verification:
    """Whether a bill, or a signed statement that holds one, is what it was.

    Args:
        data: The file.
        draw: Draws a bill from the journal; None where there is no journal.
        keys: Whose signatures count, by label.

    Raises:
        Invalid: it is no bill (``bill.malformed``), or no JSON (``json.*``).
        Exceeded: it is too large (``bill.oversized``).
    """
    tree, problems, checked = parse(data), list[str](), ["refs, relations and its own id"]
    signers: tuple[str, ...] = ()
    envelope = tree if isinstance(tree, dict) and "payloadType" in tree else None
    if envelope is not None:
        said = statement.read(envelope)
        tree = said.predicate
        try:
            signers = statement.check(envelope, keys or {})
            checked.append(f"the signature of {', '.join(signers)}")
        except (Corrupt, Denied) as error:
            problems.append(error.message)
    document = read(tree)
    if envelope is not None:
        problems += _misses_subject(said, document)
    if draw is None:
        checked.append("not the journal")
    else:
        problems += _against_journal(document, draw)
        checked.append("the journal")
    problems += document.problems()
    if document.declares:
        checked.append("not its declarations, which are not drawn from the journal")
    return Verification(
        format=document.format,
        basis=document.basis,
        components=len(document.names),
        signers=signers,
        problems=tuple(problems[:PROBLEMS_MAX]),
        checked=tuple(checked),
    )


def _misses_subject(said: statement.Statement, document: Document) -> list[str]:
    """A statement about something else than its bill is about."""
    subject = None if document.basis is None else document.basis.subject
    if subject in {each.sha256 for each in said.subjects}:
        return []
    return [f"the statement is about another subject than its bill ({subject})"]


def _against_journal(document: Document, draw: Draw) -> Iterator[str]:
    """Where the document differs from the bill that the journal gives."""
    if document.basis is None:
        yield "it does not say what it was drawn from"
        return
    try:
        bill = draw(document.basis)
    except Refused as error:
        yield f"the journal cannot give it: {error.message}"
        return
    expected = read_own(FORMATS[document.format](bill))
    differs = False
    for said in compare(document, expected):
        differs = True
        yield said
    if not differs and document.tree != expected.tree:
        yield "its parts are not in the journal's order, or one stands there twice"


def compare(given: Document, expected: Document) -> Iterator[str]:
    """Where a document differs from the one that should be there, part by part."""
    parts, wanted = given.elements, expected.elements
    for key in sorted(parts.keys() | wanted.keys()):
        if key not in parts:
            yield f"{wanted[key].label} was left out"
        elif key not in wanted:
            yield f"{parts[key].label} is not in the journal"
        elif parts[key].body != wanted[key].body:
            where, found, should = _first(parts[key].body, wanted[key].body, "")
            at = f"{where} is" if where else "it is"
            start = _common(found, should)
            one, other = _text(found, start), _text(should, start)
            yield f"{wanted[key].label}: {at} {one}, and the journal says {other}"


_ABSENT: Any = object()


def _first(given: Any, expected: Any, path: str) -> tuple[str, Any, Any]:
    """The first place where two values differ, and what stands there."""
    if isinstance(given, dict) and isinstance(expected, dict):
        for name in sorted(given.keys() | expected.keys()):
            one, other = given.get(name, _ABSENT), expected.get(name, _ABSENT)
            if one != other:
                return _first(one, other, f"{path}.{name}" if path else name)
    if isinstance(given, list) and isinstance(expected, list):
        for index in range(max(len(given), len(expected))):
            one = given[index] if index < len(given) else _ABSENT
            other = expected[index] if index < len(expected) else _ABSENT
            if one != other:
                return _first(one, other, f"{path}[{index}]")
    return path, given, expected


def _common(one: Any, other: Any) -> int:
    """How much of the beginning of two long texts need not be shown: it is the same."""
    if not isinstance(one, str) or not isinstance(other, str):
        return 0
    pairs = enumerate(zip(one, other, strict=False))
    same = next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
    return same - _SHOWN_CHARS // 3 if same > _SHOWN_CHARS // 2 else 0


def _text(value: Any, start: int) -> str:
    if value is _ABSENT:
        return "absent"
    text = encode(value[start:] if start else value).decode()
    text = f"…{text}" if start else text
    return text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 1] + "…"


def subjects_of(bill: Bill) -> list[statement.Subject]:
    """What a signed statement of this bill is about.

    Raises:
        Invalid: the bill's subject has no digest (``bill.malformed``).
    """
    if bill.root.sha256 is None or ref_of(bill.root.sha256) != bill.subject:
        raise malformed("its subject has no digest to be signed by")
    return [statement.Subject(name=bill.root.name, sha256=bill.root.sha256)]
