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
        "Temporal cannot have this as tarl means it. Of workflows and activities it knows the names"
        " alone: two definitions share one, or it is the adapter's own. Or a schedule's times or"
        " delays would be others there. Or a further run of an id is asked for while one is open,"
        " of which Temporal has one.",
        "Give a definition another name: @activity(name=...), @workflow(name=...). Change the"
        " schedule as the message says, or let tarl's own engine fire it (--engine tarl).",
    ),
    "temporal.history": _e(
        "What should be a history of Temporal's is none, is cut off at its beginning, or holds what"
        " no worker of tarl's writes.",
        "Save the whole of it: temporal workflow show --workflow-id TENANT/ID --output json.",
    ),
    "temporal.foreign": _e(
        "The history is of a workflow that tarl did not start; one namespace belongs to one"
        " journal.",
        "Leave it out: tarl replay --all --engine temporal --workflow NAME.",
    ),
    "temporal.not_replayed": _e(
        "Temporal's library cannot replay the history, for another reason than that the code"
        " decides something else; the message says which.",
        "See that the history is whole, and that temporalio is not older than what recorded it.",
    ),
    "temporal.history_size": _e(
        "The history is larger than what is handed to a process that replays.",
        "Let the workflow continue as new before its history is so large.",
    ),
    "temporal.query": _e(
        "The name holds a quotation mark or a backslash, and cannot be asked for in Temporal's"
        " query language.",
        "Leave --workflow out, or give the workflow a plain name: @workflow(name=...).",
    ),
    "replay.process": _e(
        "The process that replayed the run has ended (its code ended it, or memory ran out), or did"
        " not answer in time. The other runs were replayed.",
        "Replay the run alone, and look at what its code does: tarl replay RUN --engine temporal.",
    ),
    "temporal.attributes": _e(
        "The namespace has a search attribute of the name of one of tarl's, of another type: runs"
        " cannot be found by it.",
        "temporal operator search-attribute list; remove it and register tarl's, or use another"
        " namespace.",
    ),
    "temporal.history_gone": _e(
        "Temporal does not keep the history of this run any more, or the connection is to another"
        " namespace than the one where it ran.",
        "tarl runs show RUN: what it did is in the journal. Raise the namespace's retention to keep"
        " histories longer.",
    ),
    "tracing.no_provider": _e(
        "Spans of OpenTelemetry are wanted (tracing=True, or the setting temporal_tracing), and the"
        " process has no provider that would take them.",
        "Set one before connecting, or begin the command with opentelemetry-instrument.",
    ),
    "run.elsewhere": _e(
        "Another engine drives this run, and its history says what comes next: the journal holds"
        " what the run did, not all that it was told.",
        "Start a worker of that engine: tarl worker --engine temporal --code FILE.",
    ),
}
