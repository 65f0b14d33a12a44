"""``tarl artifacts``: what runs are made of and make, by the digest of its content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tarl.errors import Invalid
from tarl.interfaces.cli.invocation import Invocation, common_options

LIMIT = click.option(
    "--limit",
    type=click.IntRange(1, 1_000),
    default=100,
    show_default=True,
    help="At most so many.",
)
CURSOR = click.option(
    "--cursor", type=click.IntRange(min=1), help="Go on where the listing before has ended."
)


@click.group(short_help="What runs are made of and make, by digest.")
def artifacts() -> None:
    """Artifacts: code, packages, models, datasets, plans, reports ..., named by the SHA-256 of
    their content, and how they relate. `tarl lineage` shows what one stands on.
    """


@artifacts.command("register", short_help="Say what some content is.")
@click.argument("file", metavar="[FILE]", required=False)
@click.option("--sha256", metavar="DIGEST", help="Of content that is not here, instead of FILE.")
@click.option("--kind", required=True, help="model, dataset, evaluation, report, config ...")
@click.option("--name", help="What it is called (default: the file's name).")
@click.option("--version", "version", default="", help="As its maker counts.")
@click.option("--purl", help="Its package URL: pkg:pypi/name@1.0.")
@click.option("--media-type", help="How it is to be read: application/json.")
@click.option("--facts", metavar="JSON|@FILE", default="{}", help="What else is known: an object.")
@common_options
@click.pass_obj
def register(
    invocation: Invocation,
    /,
    file: str | None,
    sha256: str | None,
    kind: str,
    name: str | None,
    facts: str,
    **described: Any,
) -> None:
    """Say what the content of FILE is, or content of that digest, once and for all."""
    from tarl.interfaces.cli.provenance import (
        artifact_data,
        digest_of_file,
        json_object,
        open_ledgers,
    )
    from tarl.provenance.artifacts.artifact import Artifact

    if (file is None) == (sha256 is None):
        raise click.UsageError("Give a FILE, or --sha256 with --name.")
    if file is None and name is None:
        raise click.UsageError("--sha256 goes with --name.")
    artifact = Artifact(
        sha256=sha256 or digest_of_file(Path(file or "")),
        kind=kind,
        name=name or Path(file or "").name,
        facts=json_object(facts, option="--facts"),
        **described,
    )
    with open_ledgers(invocation, must_exist=False) as ledgers:
        found = ledgers.artifacts.register(artifact, by=ledgers.by, tenant=ledgers.tenant)
    if invocation.output.as_json:
        invocation.output.document("artifacts.register", **artifact_data(found))
    else:
        invocation.output.data(found.sha256)


@artifacts.command("relate", short_help="Say how one artifact relates to another.")
@click.argument("source", metavar="ARTIFACT")
@click.argument("type", metavar="TYPE")
@click.argument("target", metavar="OTHER")
@click.option("--facts", metavar="JSON|@FILE", default="{}", help="What else is known: an object.")
@common_options
@click.pass_obj
def relate(invocation: Invocation, source: str, type: str, target: str, facts: str) -> None:
    """Say how ARTIFACT relates to OTHER, each a digest, or a name of which the newest is meant.

    TYPE is uses, depends_on, requires, contains, trained_on, evaluated_on, evaluates, derived_from,
    prompted_by, produces, described_by or decided. Both must be registered, and nothing may come to
    stand on itself.
    """
    from tarl.interfaces.cli.provenance import find_artifact, json_object, open_ledgers

    said = json_object(facts, option="--facts")
    with open_ledgers(invocation) as ledgers:
        one, other = find_artifact(ledgers, source), find_artifact(ledgers, target)
        ledgers.artifacts.relate(
            one.sha256, other.sha256, type, said, by=ledgers.by, tenant=ledgers.tenant
        )
    if invocation.output.as_json:
        data = {"source": one.sha256, "target": other.sha256, "type": type}
        invocation.output.document("artifacts.relate", **data)
    else:
        invocation.output.note(f"{one.name} {type} {other.name}")


@artifacts.command("ls", short_help="List artifacts.")
@click.option("--kind", help="Only those of a kind.")
@click.option("--name", help="Only those of a name.")
@LIMIT
@CURSOR
@common_options
@click.pass_obj
def list_artifacts(
    invocation: Invocation, kind: str | None, name: str | None, limit: int, cursor: int | None
) -> None:
    """List artifacts, the newest first."""
    from tarl.interfaces.cli.provenance import artifact_data, open_ledgers
    from tarl.provenance.artifacts.artifact import KINDS

    if kind is not None and kind not in KINDS:
        raise Invalid(
            f"no kind of artifact is called {kind[:80]!r}",
            code="artifact.kind",
            next_step=f"say one of {', '.join(KINDS)}",
        )
    with open_ledgers(invocation) as ledgers:
        page = ledgers.artifacts.ls(
            kind=kind, name=name, limit=limit, cursor=cursor, tenant=ledgers.tenant
        )
    if invocation.output.as_json:
        listed = [artifact_data(each.artifact) | {"by": each.by} for each in page.items]
        invocation.output.document("artifacts.ls", artifacts=listed, cursor=page.cursor)
        return
    rows = [
        (e.artifact.sha256[:12], e.artifact.kind, e.artifact.name, e.artifact.version, e.by)
        for e in page.items
    ]
    invocation.output.table(("digest", "kind", "name", "version", "by"), rows)
    if page.cursor is not None:
        invocation.output.note(f"there are more: --cursor {page.cursor}")


@artifacts.command("show", short_help="Show an artifact, and what was signed about it.")
@click.argument("artifact", metavar="ARTIFACT")
@common_options
@click.pass_obj
def show(invocation: Invocation, artifact: str) -> None:
    """Show the artifact of a digest, or the newest of a name, and what was signed about it."""
    from tarl.interfaces.cli.provenance import (
        artifact_data,
        attestation_data,
        find_artifact,
        open_ledgers,
    )

    with open_ledgers(invocation) as ledgers:
        digest = find_artifact(ledgers, artifact).sha256
        found = ledgers.artifacts.registered(digest, tenant=ledgers.tenant)
        said = ledgers.attestations.about(digest, tenant=ledgers.tenant)
    if invocation.output.as_json:
        signed = [attestation_data(each) for each in said]
        data = artifact_data(found.artifact) | {"by": found.by, "recorded_at_ms": found.at_ms}
        invocation.output.document("artifacts.show", **data, attestations=signed)
        return
    data = artifact_data(found.artifact)
    facts = data.pop("facts")
    invocation.output.fields(
        [
            *((name, value or None) for name, value in data.items()),
            ("registered by", found.by),
            *((name, value) for name, value in facts.items() if name != "manifest"),
            *((each.predicate_type, ", ".join(each.signers)) for each in said),
        ]
    )
