"""Recordings: a workflow's log in a file, with the run's own journal events, and their replay.

A replay executes the entrypoint again. What it asks for is answered from the recording, nothing
acts on the world, and whatever differs from the recording is a ``NondeterminismError``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from tarl.errors import Corrupt, Invalid, Missing
from tarl.integrations.orchestration.events import WorkflowEvent, WorkflowEventKind
from tarl.integrations.orchestration.files import checked_name, write_json
from tarl.integrations.orchestration.frozen import copied
from tarl.integrations.orchestration.ledger import body_of, stream_name
from tarl.integrations.orchestration.performance import perform_again
from tarl.integrations.orchestration.refusals import MissingRecording
from tarl.integrations.orchestration.session import Deed, RunSession, current, once
from tarl.integrations.orchestration.vm import DeterministicVM
from tarl.journal.event import Event
from tarl.kernel.history import verified
from tarl.values.canonical import decode

SAVED = "orchestration.recording_saved/1"

_BLOB = re.compile(rb'"\$blob":\{"digest":"([0-9a-f]{64})"')


class EventRecorder:
    """Records what a workflow had from outside, saves its log, and replays it.

    Args:
        vm: Whose workflows.
        data_dir: Where recordings lie, one file each.
    """

    def __init__(self, vm: DeterministicVM, data_dir: str | Path = "data/tarl_recordings") -> None:
        self.vm = vm
        self.data_dir = Path(data_dir)
        self.data_dir.mkdir(parents=True, exist_ok=True)

    def record_external_call(
        self,
        workflow_id: str,
        call_type: str,
        call_args: Any,
        call_result: Any | Callable[[], Any] = None,
    ) -> Any:
        """Record what a tool, model or service answered; the recorded answer.

        Where ``call_result`` is a function, it makes the call: replay and recovery then give the
        recorded answer without calling. A value was obtained before, by code that they execute
        again.

        Raises:
            BadValue: the arguments or the answer are not JSON.
            StepFailed: the function raised.
        """
        details = {"call_args": call_args, "call_type": call_type}
        if callable(call_result):
            deed = Deed(f"external/{call_type}", details, lambda _: call_result(), call_result)
        else:
            deed = Deed(f"external/{call_type}", details, lambda _: call_result)
        session = current()
        if session is None and not callable(call_result):
            payload = {**details, "call_result": call_result}
            self.vm.book.note(workflow_id, WorkflowEventKind.EXTERNAL_CALL.name, payload)
            return copied(call_result, "the answer")
        return self.vm.perform(workflow_id, [deed])[0]

    def external_events(self, workflow_id: str) -> list[dict[str, Any]]:
        """The recorded calls of the workflow's current log: sequence, type, arguments, answer."""
        return _external(self.vm.get_event_log(workflow_id))

    def save_recording(self, workflow_id: str, recording_name: str) -> None:
        """Save the workflow's current log, and the run behind it, under a name.

        Raises:
            BadValue: the name could not be a file's (``../x``).
            Missing: the run's content is erased.
        """
        checked_name(recording_name, "recording")
        details = {"recording_name": recording_name, "workflow_id": workflow_id}
        once("save_recording", details, lambda: self._save(workflow_id, recording_name))

    def load_recording(self, recording_name: str) -> dict[str, Any]:
        """A recording: ``workflow_id``, ``recording_name``, ``event_log``, ``external_events``,
        ``run``.

        Raises:
            MissingRecording: there is none of that name (a ``FileNotFoundError``).
            Corrupt: the file is not what was saved.
        """
        path = self._path(recording_name)
        details = {"recording_name": recording_name}
        recording: dict[str, Any] = once(
            "load_recording", details, lambda: self._load(path, recording_name)
        )
        return recording

    def _load(self, path: Path, recording_name: str) -> dict[str, Any]:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise MissingRecording(
                f"Recording {recording_name} not found",
                code="recording.missing",
                path=str(path),
            ) from None
        saved = [body_of(e)["digest"] for e in self.vm.ledger.read(_stream(recording_name))]
        if saved and sha256(content).hexdigest() not in saved:
            raise _damaged(path, "it was changed after it was saved")
        try:
            recording = decode(content)
            if recording["run"] is not None:
                _events(recording)
        except (Invalid, KeyError, TypeError, ValueError) as error:
            raise _damaged(path, str(error)) from None
        return dict(recording)

    def replay_workflow(self, recording_name: str, until_event: int | None = None) -> Any:
        """Execute the workflow's entrypoint against a recording; the recorded result.

        Args:
            recording_name: What to replay.
            until_event: The number of the event after which to stop; the result is then None
                unless the workflow has returned by it.

        Raises:
            UnknownName: the workflow is not registered (a ``ValueError``).
            NondeterminismError: the entrypoint does something else than was recorded.
            Exception: what the recorded run raised, raised again.
        """
        recording = self.load_recording(recording_name)
        workflow = self.vm.workflow(recording["workflow_id"])
        if recording["run"] is None:
            return None
        return perform_again(
            self.vm.piece(workflow),
            _events(recording),
            _Blobs(recording["run"]["blobs"]),
            shown=[WorkflowEvent.from_dict(event) for event in recording["event_log"]],
            until=until_event,
        )

    def is_replay_mode(self) -> bool:
        """Whether the calling entrypoint is being replayed."""
        return _recorded() is not None

    def get_replay_event(self, sequence: int) -> WorkflowEvent | None:
        """In a replay, the recorded event of that number."""
        recorded = _recorded()
        return None if recorded is None else recorded.get(sequence)

    def _path(self, recording_name: str) -> Path:
        return self.data_dir / f"{checked_name(recording_name, 'recording')}.json"

    def _save(self, workflow_id: str, recording_name: str) -> None:
        latest = self.vm.ledger.latest(workflow_id)
        log = [event for _, event in self.vm.book.log(workflow_id)]
        recording = {
            "event_log": [event.to_dict() for event in log],
            "external_events": _external(log),
            "recording_name": recording_name,
            "run": None if latest is None else self._run(latest[0].stream),
            "workflow_id": workflow_id,
        }
        content = write_json(self._path(recording_name), recording)
        body = {
            "digest": sha256(content).hexdigest(),
            "recording_name": recording_name,
            "workflow_id": workflow_id,
        }
        self.vm.ledger.append(_stream(recording_name), SAVED, body)

    def _run(self, stream: str) -> dict[str, Any]:
        ledger = self.vm.ledger
        recorded = ledger.read(stream)
        blobs: dict[str, str] = {}
        for event in recorded:
            if event.body is None:
                raise Missing(f"{stream}: its content is erased", code="journal.erased")
            for digest in _BLOB.findall(event.body):
                data = ledger.get(digest.decode())
                blobs[digest.decode()] = base64.b64encode(data).decode()
        return {
            "blobs": blobs,
            "events": [
                {
                    "at": event.recorded_at_ms,
                    "body": (event.body or b"").decode(),
                    "digest": event.digest.hex(),
                    "kind": event.kind,
                    "seq": event.seq,
                }
                for event in recorded
            ],
            "stream": stream,
        }


class _Blobs:
    """The large values that a recording carries."""

    def __init__(self, blobs: dict[str, str]) -> None:
        self._blobs = blobs

    def put(self, data: bytes) -> str:
        return sha256(data).hexdigest()

    def get(self, digest: str) -> bytes:
        data = base64.b64decode(self._blobs[digest], validate=True)
        if sha256(data).hexdigest() != digest:
            raise Corrupt(f"blob {digest} has other content", code="recording.damaged")
        return data


def _events(recording: dict[str, Any]) -> list[Event]:
    run = recording["run"]
    found = [
        Event(
            stream=run["stream"],
            seq=item["seq"],
            kind=item["kind"],
            body=item["body"].encode(),
            digest=bytes.fromhex(item["digest"]),
            recorded_at_ms=item["at"],
            observed=None,
            commitment=None,
            opening=None,
            log_index=place,
        )
        for place, item in enumerate(run["events"])
    ]
    return list(verified(run["stream"], found))


def _external(log: list[WorkflowEvent]) -> list[dict[str, Any]]:
    called = WorkflowEventKind.EXTERNAL_CALL
    return [event.to_dict()["payload"] for event in log if event.kind is called]


def _recorded() -> dict[int, WorkflowEvent] | None:
    session = current()
    return session.recorded if isinstance(session, RunSession) else None


def _stream(recording_name: str) -> str:
    return stream_name("recording", checked_name(recording_name, "recording"))


def _damaged(path: Path, why: str) -> Corrupt:
    return Corrupt(
        f"{path} is not the recording that was saved: {why}",
        code="recording.damaged",
        next_step="save the recording again",
        path=str(path),
    )
