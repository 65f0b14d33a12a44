"""How the bodies of some events are written, as canonical JSON by construction; see ``events``."""

from __future__ import annotations

from hashlib import sha256

from tarl.kernel import events


def attempt_failed(
    error: events.ErrorRecord, step: int, *, attempt: int, wait_ms: int, details: bytes | None
) -> bytes:
    """The body of ``step.attempt_failed/1``; ``details`` is canonical JSON."""
    said = b"" if details is None else b',"details":%b' % details
    return b'{"attempt":%d%b,"error":%b,"step":%d,"wait_ms":%d}' % (
        attempt,
        said,
        events.error_json(error),
        step,
        wait_ms,
    )


def snapshot_id(workflow_id: str, *, issued: int, state_json: bytes) -> str:
    """``SHA-256(workflow_id:counter:state_json)`` in hex; the counter is the number of commands
    that were issued before.
    """
    return sha256(f"{workflow_id}:{issued}:".encode() + state_json).hexdigest()


def snapshot_taken(snapshot_id: str, state: bytes) -> bytes:
    """The body of ``snapshot.taken/1``; ``state`` is what stands for it in a body."""
    return b'{"id":"%b","state":%b}' % (snapshot_id.encode(), state)
