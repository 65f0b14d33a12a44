"""Recorded histories of the corpus, one file each, which every later version must replay.

``python -m tests.replay.golden VERSION`` records those that are missing under
``tests/replay/golden/VERSION``, those of dialogues under ``dialogues``, one for each run; a file
that exists is never written again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.corpus import CORPUS
from tests.lab import Recorded, record

from tarl.journal.codec import Stored
from tarl.journal.event import Event
from tarl.values.ids import RunId

FOLDER = Path(__file__).parent / "golden"
DIALOGUE_FILES = sorted(FOLDER.glob("*/dialogues/*.ndjson"))


def lines(recorded: Recorded, *, name: str, input: Any, **about: str) -> Iterator[dict[str, Any]]:
    yield {
        **about,
        "error": recorded.error,
        "input": input,
        "result": plain(recorded.result),
        "run": recorded.run.stream,
        "workflow": name,
    }
    for event in recorded.events:
        assert event.body is not None
        yield {
            "at": event.recorded_at_ms,
            "body": event.body.decode(),
            "digest": event.digest.hex(),
            "kind": event.kind,
            "seq": event.seq,
        }
    for digest, stored in recorded.blobs:
        yield {"blob": digest.hex(), "data": stored.data.decode()}


def read(path: Path) -> tuple[dict[str, Any], Recorded]:
    """A file's first line, and the run it holds."""
    first, *rest = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    run = RunId.from_stream(first["run"])
    events = [
        Event(
            run.stream,
            line["seq"],
            line["kind"],
            line["body"].encode(),
            bytes.fromhex(line["digest"]),
            line["at"],
            None,
            None,
            None,
            index,
        )
        for index, line in enumerate(line for line in rest if "seq" in line)
    ]
    blobs = [
        (bytes.fromhex(line["blob"]), Stored(line["data"].encode(), None))
        for line in rest
        if "blob" in line
    ]
    return first, Recorded(run, events, blobs, first["result"], first["error"])


def plain(value: Any) -> Any:
    """A result as JSON values."""
    import msgspec

    return msgspec.to_builtins(value)


def keep(target: Path, made: Iterator[dict[str, Any]]) -> None:
    """Write a file that is not there."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in made)
        target.write_text(text, encoding="utf-8")
        print(target)


if __name__ == "__main__":
    from tests.dialogues import DIALOGUES
    from tests.replay.dialogue import held, workflow_of

    folder = FOLDER / sys.argv[1]
    for workflow, given in CORPUS:
        made = lines(record(workflow, given), name=workflow.name, input=given)
        keep(folder / f"{workflow.name}.ndjson", made)
    for dialogue in DIALOGUES:
        for recorded in held(dialogue).runs.values():
            run, name = recorded.run, dialogue.workflow.name
            made = lines(recorded, name=workflow_of(recorded).name, input=None, dialogue=name)
            keep(folder / "dialogues" / f"{name}--{run.workflow_id}-{run.n}.ndjson", made)
