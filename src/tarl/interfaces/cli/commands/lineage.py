"""``tarl lineage``: what a run or an artifact stands on, or what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.files import stdout_by_default
from tarl.interfaces.cli.invocation import Invocation, common_options

if TYPE_CHECKING:
    from tarl.interfaces.cli.output import Output
    from tarl.interfaces.cli.provenance import Ledgers
    from tarl.provenance.artifacts.artifact import Artifact
    from tarl.provenance.artifacts.ledger import Lineage


@click.command(short_help="What a run or an artifact stands on, or what came of it.")
@click.argument("subject", metavar="RUN|ARTIFACT")
@click.option("--down", is_flag=True, help="What stands on it, instead of what it stands on.")
@click.option("--depth", type=click.IntRange(min=1), help="At most so many steps away.")
@click.option(
    "--as",
    "form",
    type=click.Choice(("text", "openlineage")),
    default="text",
    show_default=True,
    help="A tree, or a run's OpenLineage events, one a line.",
)
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    callback=stdout_by_default,
    help="Write the events there.",
)
@common_options
@click.pass_obj
def lineage(
    invocation: Invocation,
    subject: str,
    down: bool,
    depth: int | None,
    form: str,
    target: str | None,
) -> None:
    """Show what a run or an artifact stands on: code, packages, models, datasets, prompts, plans,
    what people decided, other runs.

    A run is drawn from the journal and registered as an artifact, named by the digest of its last
    event. The packages are those that are installed here and now.
    """
    from tarl.interfaces.cli.provenance import open_ledgers

    if form == "openlineage" and (down or depth):
        raise click.UsageError("--down and --depth are for --as text.")
    if form == "text" and target is not None:
        raise click.UsageError("-o goes with --as openlineage.")
    with open_ledgers(invocation) as ledgers:
        if form == "openlineage":
            _tell_openlineage(invocation, ledgers, subject, target)
            return
        digest, tenant = _digest_of(ledgers, subject)
        look = ledgers.artifacts.down if down else ledgers.artifacts.up
        found = look(digest, depth, tenant=tenant)
    if invocation.output.as_json:
        _document(invocation.output, found, "down" if down else "up")
    else:
        _show(invocation.output, found, down=down)


def _digest_of(ledgers: Ledgers, subject: str) -> tuple[str, str]:
    """The digest of what is named, a run registered as it is now, and its tenant."""
    from tarl.interfaces.cli.provenance import find_run_or_artifact
    from tarl.provenance.lineage.environment import environment
    from tarl.provenance.lineage.registering import register_run
    from tarl.values.ids import RunId

    found = find_run_or_artifact(ledgers, subject)
    if not isinstance(found, RunId):
        return found.sha256, ledgers.tenant
    drawing = register_run(ledgers.artifacts, found, by=ledgers.by, environment=environment())
    return drawing.root.sha256, found.tenant


def _document(output: Output, found: Lineage, direction: str) -> None:
    from tarl.interfaces.cli.provenance import artifact_data

    output.document(
        "lineage",
        direction=direction,
        root=artifact_data(found.root),
        artifacts=[artifact_data(each) for each in found.artifacts],
        relations=[
            {name: getattr(each, name) for name in each.__struct_fields__}
            for each in found.relations
        ],
    )


def _show(output: Output, found: Lineage, *, down: bool) -> None:
    """A tree; what was shown once is not opened again."""
    known = {each.sha256: each for each in (found.root, *found.artifacts)}
    below: dict[str, list[tuple[str, str]]] = {}
    for relation in found.relations:
        edge = relation.edge
        above, under = (edge.origin, edge.product) if down else (edge.product, edge.origin)
        below.setdefault(above, []).append((relation.type, under))
    shown: set[str] = set()
    waiting: list[tuple[int, str, str]] = [(0, "", found.root.sha256)]
    while waiting:
        depth, type, digest = waiting.pop()
        again = digest in shown and digest in below
        label = f"{type}: " if type else ""
        output.data(f"{'  ' * depth}{label}{_words(known[digest])}{' ...' if again else ''}")
        if digest not in shown:
            shown.add(digest)
            next_ones = sorted(below.get(digest, ()), key=lambda each: _place(each, known))
            waiting += [(depth + 1, *each) for each in reversed(next_ones)]
    output.note(f"{len(found.artifacts)} artifacts, {len(found.relations)} relations")


def _place(each: tuple[str, str], known: dict[str, Artifact]) -> tuple[str, str, str]:
    return each[0], known[each[1]].name, each[1]


def _words(artifact: Artifact) -> str:
    version = f" {artifact.version}" if artifact.version else ""
    return f"{artifact.kind} {artifact.name}{version} ({artifact.sha256[:12]})"


def _tell_openlineage(
    invocation: Invocation, ledgers: Ledgers, subject: str, target: str | None
) -> None:
    from tarl.interfaces.cli.files import write_whole
    from tarl.interfaces.cli.run_refs import find_run
    from tarl.provenance.lineage.registering import register_run
    from tarl.provenance.openlineage import run_events
    from tarl.values.canonical import encode

    store = ledgers.artifacts.store
    run = find_run(store, subject)
    drawing = register_run(ledgers.artifacts, run, by=ledgers.by)
    came = ledgers.artifacts.down(drawing.root.sha256, 1, tenant=run.tenant)
    events: list[dict[str, Any]] = run_events(drawing, origin=store.origin, produced=came.artifacts)
    lines = [encode(event) + b"\n" for event in events]
    if target is not None:
        size = write_whole(Path(target), lines)
        invocation.output.note(f"wrote {target}, {size} bytes")
    else:
        for line in lines:
            invocation.output.data(line.decode().rstrip("\n"))
