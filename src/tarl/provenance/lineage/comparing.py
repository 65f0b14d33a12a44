"""What a signed statement says, against the files and the journal that are there.

1. Every subject whose file is there is hashed; a file that is named and is not there is a finding.
2. Where the statement was drawn from this journal, it is drawn again at the same size of the log,
   and everything that differs is named: a component that is missing, changed or invented, a
   relation that is missing, changed or invented, and whatever else.
3. What cannot be compared is said to be so, and is no proof of anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from tarl.crypto.note import Checkpoint
from tarl.errors import TarlError
from tarl.journal.log import Log
from tarl.provenance import slsa
from tarl.provenance.artifacts.ledger import Artifacts
from tarl.provenance.attestations import predicates
from tarl.provenance.attestations.statement import Statement, Subject
from tarl.provenance.lineage import told
from tarl.values.ids import RunId


class Finding(NamedTuple):
    """Something that is not as the statement says."""

    code: str
    text: str


def against_files(
    subjects: Iterable[Subject], digests: Mapping[str, str | None]
) -> Iterator[Finding]:
    """Subjects that are not what is on the disk: ``digests`` are those of the files by the
    subject's name, None where there is no file.
    """
    for subject in subjects:
        found = digests.get(subject.name, subject.sha256)
        if found is None:
            yield Finding("verify.subject_missing", f"there is no file {subject.name}")
        elif found != subject.sha256:
            yield Finding(
                "verify.subject_changed",
                f"the file {subject.name} is not what was signed: it has the digest {found}, not"
                f" {subject.sha256}",
            )


def against_journal(said: Statement, artifacts: Artifacts) -> list[Finding] | None:
    """What the journal says otherwise; None where the statement was not drawn from it."""
    log = _log_of(said)
    if log is None or log.origin != artifacts.store.origin:
        return None
    if log.size > artifacts.store.log_size() or Log(artifacts.store).root(log.size) != log.root:
        return [Finding("verify.log", f"the journal's log was never so at {log.size} events")]
    try:
        subjects, predicate = _drawn_again(said, artifacts, log)
    except TarlError as error:
        return [Finding("verify.redrawn", f"it cannot be drawn again: {error.message}")]
    return [*_subjects(said.subjects, subjects), *_differences(said.predicate, predicate)]


def _drawn_again(
    said: Statement, artifacts: Artifacts, log: Checkpoint
) -> tuple[list[Subject], dict[str, Any]]:
    if said.predicate_type == predicates.LINEAGE:
        tenant, subject = str(said.predicate.get("tenant")), said.subjects[0]
        return told.lineage(artifacts, subject.sha256, log=log, tenant=tenant)
    return slsa.provenance(artifacts, RunId.from_stream(said.subjects[0].name), log=log)


def _log_of(said: Statement) -> Checkpoint | None:
    """The log that it was drawn from, if it says so in the form in which it is drawn here."""
    if said.predicate_type == predicates.LINEAGE:
        entry = said.predicate.get("log")
    elif said.predicate_type == predicates.SLSA_PROVENANCE:
        definition = said.predicate.get("buildDefinition")
        if not isinstance(definition, dict) or definition.get("buildType") != slsa.BUILD_TYPE:
            return None
        details = said.predicate.get("runDetails")
        byproducts = _taken({"of": details}, [("of", "byproducts")])
        entry = next((each for each in byproducts if _name(each) == "log"), None)
    else:
        return None
    try:
        noted = entry["annotations"]  # type: ignore[index]  # what is not there is a TypeError, as below
        root = bytes.fromhex(entry["digest"]["sha256"])  # type: ignore[index]  # what is not there is a TypeError, as below
        origin, size = noted["origin"], noted["size"]
    except (KeyError, TypeError, ValueError):
        return None
    return Checkpoint(origin, size, root) if isinstance(size, int) and size > 0 else None


def _subjects(said: Iterable[Subject], drawn: Iterable[Subject]) -> Iterator[Finding]:
    known = {each.name: each.sha256 for each in drawn}
    for subject in said:
        if known.get(subject.name) != subject.sha256:
            yield Finding(
                "verify.subject_changed", f"the journal has another digest for {subject.name}"
            )
    for name in sorted(known.keys() - {each.name for each in said}):
        yield Finding("verify.subject_missing", f"it does not name {name}")


def _differences(said: dict[str, Any], drawn: dict[str, Any]) -> Iterator[Finding]:
    """What differs: components and relations by name, everything else by its place."""
    yield from _components(_taken(said, _COMPONENTS), _taken(drawn, _COMPONENTS))
    yield from _relations(_taken(said, _RELATIONS), _taken(drawn, _RELATIONS))
    bounded = {name: value for name, value in said.items() if name != "expiresOn"}
    for place in _places(bounded, drawn, ""):
        yield Finding("verify.changed", f"{place} is not what the journal says")


_COMPONENTS = (("artifacts",), ("buildDefinition", "resolvedDependencies"))
_RELATIONS = (("relations",),)


def _taken(predicate: dict[str, Any], places: Iterable[tuple[str, ...]]) -> list[dict[str, Any]]:
    """The objects in the lists that lie at these places."""
    found: list[dict[str, Any]] = []
    for *above, last in places:
        here: Any = predicate
        for member in above:
            here = here.get(member) if isinstance(here, dict) else None
        listed = here.get(last) if isinstance(here, dict) else None
        if isinstance(listed, list):
            found += [each for each in listed if isinstance(each, dict)]
    return found


def _components(said: list[dict[str, Any]], drawn: list[dict[str, Any]]) -> Iterator[Finding]:
    mine, known = {_digest(e): e for e in said}, {_digest(e): e for e in drawn}
    missing, invented = known.keys() - mine.keys(), mine.keys() - known.keys()
    changed = {_name(known[each]) for each in missing} & {_name(mine[each]) for each in invented}
    for digest in sorted(missing, key=lambda each: (_name(known[each]), each)):
        if _name(known[digest]) not in changed:
            text = f"the component {_name(known[digest])} ({digest}) is missing"
            yield Finding("verify.component_missing", text)
    for digest in sorted(invented, key=lambda each: (_name(mine[each]), each)):
        name = _name(mine[digest])
        what = "has another digest in the journal" if name in changed else "is not in the journal"
        code = "verify.component_changed" if name in changed else "verify.component_unknown"
        yield Finding(code, f"the component {name} ({digest}) {what}")
    for digest in sorted(mine.keys() & known.keys()):
        if mine[digest] != known[digest]:
            text = f"the component {_name(known[digest])} ({digest}) is described otherwise"
            yield Finding("verify.component_changed", text)


def _relations(said: list[dict[str, Any]], drawn: list[dict[str, Any]]) -> Iterator[Finding]:
    mine, known = _between(said), _between(drawn)
    for ends in sorted(known.keys() | mine.keys()):
        words = f"between {ends[0]} and {ends[1]}"
        if ends not in mine:
            yield Finding("verify.relation_missing", f"the relation {words} is missing")
        elif ends not in known:
            yield Finding("verify.relation_unknown", f"the relation {words} is not in the journal")
        elif mine[ends] != known[ends]:
            text = f"the relation {words} is {_types(mine[ends])}; in the journal it is"
            yield Finding("verify.relation_changed", f"{text} {_types(known[ends])}")


def _places(said: Any, drawn: Any, place: str) -> Iterator[str]:
    """Where two values differ, apart from the components and the relations."""
    if not isinstance(said, dict) or not isinstance(drawn, dict):
        if said != drawn:
            yield place
        return
    for member in sorted(said.keys() | drawn.keys()):
        below = f"{place}.{member}" if place else member
        if tuple(below.split(".")) not in (*_COMPONENTS, *_RELATIONS):
            yield from _places(said.get(member), drawn.get(member), below)


def _digest(entry: dict[str, Any]) -> str:
    digest = entry.get("digest")
    found = digest.get("sha256") if isinstance(digest, dict) else entry.get("sha256")
    return str(found)


def _name(entry: dict[str, Any]) -> str:
    return str(entry.get("name"))


def _between(listed: list[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The relations by the artifacts between which they are."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for each in sorted(listed, key=lambda each: str(each.get("type"))):
        found.setdefault((str(each.get("source")), str(each.get("target"))), []).append(each)
    return found


def _types(relations: list[dict[str, Any]]) -> str:
    return " and ".join(
        f"{each.get('type')} with {each['facts']}" if each.get("facts") else str(each.get("type"))
        for each in relations
    )
