"""What the commands about policies share: the ledger, texts and vocabularies, past decisions."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Denied, Missing, TarlError
from tarl.interfaces.cli.code_loading import load_all, load_file
from tarl.interfaces.cli.invocation import Invocation, home_tenant
from tarl.interfaces.cli.run_refs import RUN_REF, find_run

if TYPE_CHECKING:
    from tarl.governance.policies.ledger import Policies
    from tarl.governance.policies.past import Past, Report, Skipped
    from tarl.governance.policies.questions import TraitsOf
    from tarl.journal.store import Store
    from tarl.kernel.definition import Activity
    from tarl.policy.cedar.edition import Edition
    from tarl.policy.cedar.vocabulary import Vocabulary
    from tarl.values.ids import RunId

SUFFIX = ".cedar"
DATA_SUFFIX = ".json"
CHANGES_SHOWN = 50

tenant_option = click.option(
    "--tenant",
    default=home_tenant,
    help="Whose it is (default: --as-tenant, else default).",
)
schema_option = click.option(
    "--schema",
    "schema_file",
    metavar="FILE",
    help="What policies may name: a vocabulary in JSON (default: that of --code).",
)
language_option = click.option(
    "--language",
    default=None,
    help="What the policy is written in: cedar, or data as JSON (default: data for .json files).",
)
environment_option = click.option(
    "--environment", metavar="ENV", help="Where: dev, stage or prod (default: everywhere)."
)
by_option = click.option(
    "--by", default="operator", show_default=True, metavar="NAME", help="Who does this."
)
run_option = click.option(
    "--run", "runs", type=RUN_REF, multiple=True, metavar="RUN", help="Only this one (repeatable)."
)
last_option = click.option(
    "--last", type=click.IntRange(min=1), metavar="N", help="Only the newest N runs."
)
subject_argument = click.argument("subject", metavar="FILE|ID[@VERSION]")


@contextmanager
def open_policies(invocation: Invocation, *, make: bool = False) -> Iterator[Policies]:
    """The policies of the journal."""
    from tarl.engines.embedded.clock import SystemClock
    from tarl.governance.policies.ledger import Policies

    with invocation.open_store(make=make) as store:
        yield Policies(store, clock=SystemClock())


def read_policy(path: Path) -> str:
    """The text of a policy file.

    Raises:
        Missing: no such file (``input.missing``).
        Denied: it cannot be read (``input.unreadable``).
        Exceeded, Invalid: it is too large, or no text (``policy.*``).
    """
    from tarl.policy.cedar.source import TEXT_BYTES_MAX, read_text

    try:
        with path.open("rb") as file:
            data = file.read(TEXT_BYTES_MAX + 1)
    except FileNotFoundError:
        raise Missing(f"no policy at {path}", code="input.missing", path=str(path)) from None
    except OSError as error:
        raise Denied(
            f"{path} cannot be read: {error.strerror}", code="input.unreadable", path=str(path)
        ) from None
    return read_text(data, str(path))


def vocabulary_from(
    invocation: Invocation, schema_file: str | None, code: Iterable[str]
) -> Vocabulary:
    """The vocabulary of a file, else that of the loaded activities, else the free one."""
    from tarl.governance.policies.vocabularies import vocabulary_of
    from tarl.interfaces.cli.input_text import read_json
    from tarl.policy.cedar.vocabulary import FREE, read_vocabulary

    if schema_file is not None:
        return read_vocabulary(read_json(f"@{schema_file}", option="--schema"))
    activities = loaded_activities(invocation, code)
    return vocabulary_of(activities.values()) if activities else FREE


def loaded_activities(invocation: Invocation, code: Iterable[str]) -> dict[str, Activity[Any, Any]]:
    """The activities of ``--code`` and of the setting ``modules``, by wire name."""
    from tarl.governance.policies.vocabularies import activities_in

    files = list(code)
    load_all(invocation, files)
    modules: list[ModuleType] = [load_file(Path(file)) for file in files]
    modules += [sys.modules[name] for name in invocation.settings["modules"].value]
    return activities_in(modules)


def subject_of(
    invocation: Invocation,
    text: str,
    *,
    tenant: str,
    vocabulary: Vocabulary,
    id: str | None = None,
) -> Edition:
    """The edition that ``FILE`` or ``ID[@VERSION]`` names, validated.

    Raises:
        Missing: no such file, policy or version.
        Invalid, Exceeded: the file's text is unsound (``policy.*``).
    """
    from tarl.policy.cedar.edition import Edition

    path = Path(text)
    if path.suffix in (SUFFIX, DATA_SUFFIX) or path.is_file():
        name = path.stem if id is None else id
        held = cedar_of(read_policy(path), language_of(path, None))
        edition = Edition(policy=name, version=0, text=held, vocabulary=vocabulary)
        try:
            edition.rules(tenant=tenant)
        except TarlError as error:
            error.message = f"{path}: {error.message}"
            raise
        return edition
    name, version = id_and_version(text)
    with open_policies(invocation) as ledger:
        return ledger.edition(name, version, tenant=tenant)


def id_and_version(text: str) -> tuple[str, int | str | None]:
    """The parts of ``ID[@VERSION]``: a version is named by its number or its semantic version."""
    name, _, version = text.partition("@")
    return name, version_of(version) if version else None


def version_of(text: str) -> int | str:
    """A version's number, else its semantic version."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else text


def language_of(path: Path, language: str | None) -> str:
    """What a file is written in: what was said, else what its name says."""
    from tarl.governance.policies.data import DATA
    from tarl.policy.cedar.source import CEDAR

    return language or (DATA if path.suffix == DATA_SUFFIX else CEDAR)


def cedar_of(text: str, language: str) -> str:
    """A text as Cedar: policy data is compiled.

    Raises:
        Invalid: no such language (``policy.language``), or no policy data (``policy.data*``).
    """
    from tarl.governance.policies.data import DATA, compiled, read_data
    from tarl.policy.cedar.source import check_language

    if language == DATA:
        return compiled(read_data(text))
    check_language(language)
    return text


def decisions(
    invocation: Invocation,
    store: Store,
    *,
    activities: Mapping[str, Activity[Any, Any]],
    tenant: str,
    runs: Iterable[str],
    last: int | None,
) -> Iterator[Past | Skipped]:
    """The past decisions of the named runs, else of the tenant's newest or of all of them."""
    from tarl.governance.policies.past import past_decisions
    from tarl.interfaces.cli.recorded import StoredValues

    traits_of = _traits_of(invocation, store)
    named = list(runs)
    found = [find_run(store, text) for text in named] if named else _newest(store, tenant, last)
    for run in found:
        shelf = StoredValues(store, run)
        try:
            yield from past_decisions(
                store, run, activities=activities, shelf=shelf, traits_of=traits_of
            )
        except Missing as error:
            if error.code != "journal.erased":
                raise
            invocation.output.note(f"{run.ref} is erased")


def _traits_of(invocation: Invocation, store: Store) -> TraitsOf:
    """The traits of agents, from the journal's records; those are opened when one is asked for."""
    from functools import cache

    from tarl.engines.embedded.clock import SystemClock
    from tarl.governance.policies.traits import traits_in
    from tarl.stack import open_trust

    @cache
    def opened() -> TraitsOf:
        return traits_in(open_trust(store, invocation.keyring), SystemClock().now_ms)

    return lambda tenant, agent: opened()(tenant, agent)


def _newest(store: Store, tenant: str, last: int | None) -> list[RunId]:
    from tarl.values.ids import RunId

    records = store.scan(
        "run", {"tenant": tenant}, order_by="started_at_ms", descending=True, limit=last
    )
    return [RunId(record["tenant"], record["workflow_id"], record["n"]) for record in records]


def show_report(invocation: Invocation, command: str, report: Report, **members: Any) -> None:
    """What asking past decisions again came to."""
    output = invocation.output
    changes = [change.as_data() for change in report.changes]
    counts = {"runs": report.runs, "decisions": report.decisions, "changed": report.changed}
    if output.as_json:
        output.document(command, **members, **counts, skipped=report.skipped, changes=changes)
        return
    for change in changes[:CHANGES_SHOWN]:
        actions = ", ".join(change["actions"])
        output.data(f"{change['run']} step {change['step']}: {change['change']}  {actions}")
        for reason in change["reasons"]:
            output.data(f"    {reason['text']}")
    if report.changed > CHANGES_SHOWN:
        output.data(f"... and {report.changed - CHANGES_SHOWN} more; --json shows them")
    asked = f"{report.decisions} decisions of {report.runs} runs"
    verb = "differ" if command == "policy.diff" else "would change"
    output.data(f"{report.changed} of {asked} {verb}")
    for why, count in sorted(report.skipped.items()):
        output.note(f"{count} steps were left out: {why}")
