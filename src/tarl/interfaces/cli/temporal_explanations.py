"""What the error codes of the engine on Temporal mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

TEMPORAL: dict[str, _e] = {
    "temporal.unavailable": _e(
        "The Temporal server does not answer, or does not know the namespace. Runs wait meanwhile;"
        " nothing acknowledged is lost.",
        "temporal operator cluster health; name it with --temporal HOST:PORT or the setting"
        " temporal.",
    ),
    "temporal.credentials": _e(
        "A file that a connection to Temporal is made with cannot be used: it is not there, cannot"
        " be read, holds something else, or holds a secret that anybody may read.",
        "tarl doctor --config shows which setting names it: temporal_ca_file, temporal_cert_file,"
        " temporal_key_file, temporal_api_key_file.",
    ),
    "temporal.unmappable": _e(
        "Temporal knows workflows and activities by their names alone, and this one it cannot"
        " have: two definitions share it, or it is the adapter's own.",
        "Give one of them another name: @activity(name=...), @workflow(name=...).",
    ),
    "run.elsewhere": _e(
        "Another engine drives this run, and its history says what comes next: the journal holds"
        " what the run did, not all that it was told.",
        "Start a worker of that engine: tarl worker --engine temporal --code FILE.",
    ),
}
