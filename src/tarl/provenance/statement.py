"""A run as an in-toto statement: what other tools of the supply chain read, signed by the operator.

Statement v1 (in-toto/attestation, spec/v1/statement.md) in a DSSE envelope. The subject is the run,
by the digest of its head; the predicate is tarl's own, shaped like SLSA's provenance: what was
asked for, and how it went. It says what the operator says; whoever wants proof takes the evidence.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import msgspec

from tarl.crypto import dsse
from tarl.crypto.keys import Keyring
from tarl.crypto.note import open_note, parse_checkpoint
from tarl.errors import Missing
from tarl.journal.event import Event
from tarl.journal.store import Store
from tarl.kernel import events
from tarl.kernel.history import no_run, verified
from tarl.provenance.bearing import Bearing
from tarl.trust.signed import parse
from tarl.values.canonical import encode
from tarl.values.ids import RunId
from tarl.values.instants import to_datetime

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:tarl:run:v1"


def statement(store: Store, keyring: Keyring, run: RunId, *, note: str) -> dict[str, Any]:
    """The envelope of a run's statement.

    Args:
        store: The journal.
        keyring: Whose operator signs it.
        run: Which run.
        note: A signed checkpoint of this journal; events after it are left out.

    Raises:
        Missing: no such run, or none of its events lies within the checkpoint.
        ChainBrokenError: the run's history is damaged.
    """
    text, _ = open_note(note, keyring.public("log"))
    checkpoint = parse_checkpoint(text)
    bearing = Bearing(store, run, size=checkpoint.size)
    found = _Story()
    for event in verified(run.stream, store.read(run.stream)):
        if event.log_index >= checkpoint.size:
            break
        bearing.note(event)
        found.take(event)
    if found.first is None or found.last is None:
        if store.head(run.stream) is None:
            raise no_run(run.ref)
        raise Missing(f"no checkpoint covers {run.ref} yet", code="evidence.not_covered")
    operator = keyring.signer("operator")
    log = {
        "origin": checkpoint.origin,
        "root": {"sha256": checkpoint.root.hex()},
        "size": checkpoint.size,
    }
    content = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": run.stream, "digest": {"sha256": found.last.digest.hex()}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "runDefinition": found.definition(),
            "runDetails": {
                "runner": {"id": f"urn:tarl:log:{checkpoint.origin}", "log": log},
                "metadata": {"invocationId": run.stream, **found.course()},
                "byproducts": _records(bearing),
            },
        },
    }
    return dsse.sign(encode(content), PAYLOAD_TYPE, operator)


class _Story:
    """What a run's events say of its course."""

    def __init__(self) -> None:
        self.first: Event | None = None
        self.last: Event | None = None
        self._steps: dict[str, int] = {"completed": 0, "denied": 0, "failed": 0}

    def take(self, event: Event) -> None:
        self.first = self.first or event
        self.last = event
        room, _, kind = event.kind.partition(".")
        name = kind.partition("/")[0]
        if room == "step" and name in self._steps:
            self._steps[name] += 1

    def definition(self) -> dict[str, Any]:
        assert self.first is not None
        if self.first.body is None:
            return {"erased": True}
        said: events.RunStarted = events.DECODERS[self.first.kind](self.first.body)
        found: dict[str, Any] = {
            "workflow": said.workflow,
            "resolvedDependencies": [
                {"name": "code", "digest": {"sha256": said.code}},
                {"name": "input", "digest": {"sha256": sha256(bytes(said.input)).hexdigest()}},
            ],
        }
        acting = said.acting
        if acting is not None:
            found["externalParameters"] = {"agent": acting.agent, "task": acting.task}
        return found

    def course(self) -> dict[str, Any]:
        assert self.first is not None
        assert self.last is not None
        closed = self.last.kind in events.CLOSING
        course: dict[str, Any] = {
            "events": self.last.seq,
            "startedOn": _instant(self.first),
            "status": self.last.kind.removeprefix("run.").partition("/")[0] if closed else "open",
            "steps": self._steps,
        }
        if closed:
            course["finishedOn"] = _instant(self.last)
        return course


def _records(bearing: Bearing) -> list[dict[str, Any]]:
    """What else bears on the run: grants, policies and approvals, by digest."""
    return [found for record in bearing.records() for found in _named(record.event)]


def _named(event: Event) -> Iterable[dict[str, Any]]:
    kind = event.kind.partition(".")[0]
    if kind in ("authority", "genesis", "attestation", "delegation") and event.body is not None:
        signed = parse(msgspec.json.decode(event.body)["envelope"])
        yield {"name": f"{kind} of {event.stream}", "digest": {"sha256": signed.digest}}
    elif kind in ("approval", "policy"):
        yield {"name": f"{event.kind} in {event.stream}", "digest": {"sha256": event.digest.hex()}}


def _instant(event: Event) -> str:
    """RFC 3339 to the second, as in-toto's timestamps."""
    return to_datetime(event.recorded_at_ms).strftime("%Y-%m-%dT%H:%M:%SZ")
