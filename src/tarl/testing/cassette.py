"""A recorded run as the models that it asked: what a test of an agent keeps instead of a network.

models = recorded_models("tests/recordings/critic.evidence")
critic = ModelAgent("critic", models["gpt"])
"""

from __future__ import annotations

from pathlib import Path

from tarl.agents.models.recorded import RecordedModel, exchanges, models_in
from tarl.kernel.history import no_run
from tarl.kernel.shelves import RecordedValues
from tarl.provenance.recording import Recording
from tarl.storage import open_store
from tarl.testing.replaycheck import is_journal, named_run
from tarl.values.ids import RunId


def recorded_models(
    recording: str | Path, *, run: RunId | str | None = None
) -> dict[str, RecordedModel]:
    """The models of a recording, by name; each answers what it was asked there, and nothing else.

    Args:
        recording: An evidence file, or a journal.
        run: Which run of a journal, with its number: ``critic/1``.

    Raises:
        ChainBrokenError: the recording was changed.
        Missing: no such file or run.
        Invalid: a journal, and no run is named (``recording.which``).
    """
    path = Path(recording)
    if not path.is_file() or not is_journal(path):
        evidence = Recording(path)
        found = exchanges(evidence.events(), shelf=evidence)
    else:
        run_id = run if isinstance(run, RunId) else named_run(run)
        store = open_store(path, must_exist=True)
        try:
            if store.head(run_id.stream) is None:
                raise no_run(run_id.ref)
            found = exchanges(store.read(run_id.stream), shelf=RecordedValues(store, run_id.tenant))
        finally:
            store.close()
    return {model.name: model for model in models_in(found)}
