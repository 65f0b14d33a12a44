"""Runs as people write them.

``id``, ``id/n``, ``tenant/id/n``, a unique beginning of an id, or ``@last``; ``@N`` behind it names
an event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import click

from tarl.errors import Conflict, Invalid, Missing

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from tarl.journal.store import Store
    from tarl.values.ids import RunId

CANDIDATES_MAX = 10


class Point(NamedTuple):
    """A run, and an event in it if one was named."""

    run: RunId
    at: int | None


def find_point(store: Store, text: str) -> Point:
    """The run, and the event, that a text names.

    Raises:
        Invalid: the text names no run in any journal (``id.*``).
        Missing: there is no such run (``run.missing``) or event (``run.no_event``).
        Conflict: several ids begin so (``run.ambiguous``).
    """
    from tarl.kernel.history import no_run
    from tarl.tenancy.scoped import home_of
    from tarl.values.ids import LAST, RunId, parse_ref

    ref = parse_ref(text)
    if ref.workflow_id == LAST:
        newest = next(store.scan("run", order_by="started_at_ms", descending=True, limit=1), None)
        if newest is None:
            raise no_run(text)
        run = RunId(newest["tenant"], newest["workflow_id"], newest["n"])
    else:
        tenant = ref.tenant or home_of(store)
        workflow_id = _find_id(store, tenant, ref.workflow_id)
        n = ref.n
        if workflow_id is not None and n is None:
            where = {"tenant": tenant, "workflow_id": workflow_id}
            n = next(store.scan("run", where, order_by="n", descending=True, limit=1))["n"]
        if workflow_id is None or n is None:
            raise no_run(text)
        run = RunId(tenant, workflow_id, n)
    head = store.head(run.stream)
    if head is None:
        raise no_run(run.ref)
    if ref.at is not None and ref.at > head.seq:
        raise Missing(
            f"{run.ref} has {head.seq} events; there is no event {ref.at}",
            code="run.no_event",
            next_step=f"name an event from 1 to {head.seq}",
            run=run.ref,
            at=ref.at,
            events=head.seq,
        )
    return Point(run, ref.at)


def find_run(store: Store, text: str) -> RunId:
    """The run that a text names, which names no event.

    Raises:
        Invalid: it names an event (``id.unexpected_event``); and as ``find_point``.
    """
    point = find_point(store, text)
    if point.at is not None:
        raise Invalid(
            f"{text!r} names an event; this command takes a whole run",
            code="id.unexpected_event",
            next_step=f"leave @{point.at} out",
            ref=text,
        )
    return point.run


def find_event(store: Store, text: str) -> tuple[RunId, int]:
    """The run and the event that a text names.

    Raises:
        Invalid: it names no event (``id.no_event``); and as ``find_point``.
    """
    point = find_point(store, text)
    if point.at is None:
        raise Invalid(
            f"{text!r} names no event",
            code="id.no_event",
            next_step=f"say which: {point.run.ref}@N; tarl runs tail {point.run.ref} lists them",
            ref=text,
        )
    return point.run, point.at


def _find_id(store: Store, tenant: str, beginning: str) -> str | None:
    """The workflow id that this is, or the only one that begins so."""
    from tarl.values.ids import RunId, encode_segment

    if next(store.scan("run", {"tenant": tenant, "workflow_id": beginning}, limit=1), None):
        return beginning
    found: list[str] = []
    prefix = f"run/{encode_segment(tenant)}/{quote(beginning, safe='')}"
    for stream in store.streams(prefix):
        name = RunId.from_stream(stream).workflow_id
        if not found or found[-1] != name:
            found.append(name)
        if len(found) > CANDIDATES_MAX:
            break
    if len(found) > 1:
        shown = ", ".join(found[:CANDIDATES_MAX])
        more = ", ..." if len(found) > CANDIDATES_MAX else ""
        raise Conflict(
            f"several ids begin with {beginning!r}: {shown}{more}",
            code="run.ambiguous",
            next_step="write more of the id",
            candidates=found[:CANDIDATES_MAX],
        )
    return found[0] if found else None


class RunRefType(click.types.StringParamType):
    """A run on the command line; completes to the newest runs of the journal."""

    name = "run"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The newest runs that begin so; none when the journal cannot be read."""
        from click.shell_completion import CompletionItem

        from tarl.errors import TarlError
        from tarl.interfaces.cli.invocation import Invocation
        from tarl.values.ids import RunId

        invocation = ctx.find_object(Invocation) or Invocation()
        refs = []
        try:
            with invocation.open_store() as store:
                newest: Any = store.scan(
                    "run", order_by="started_at_ms", descending=True, limit=1000
                )
                refs = [RunId(r["tenant"], r["workflow_id"], r["n"]).ref for r in newest]
        except TarlError:
            return []
        return [CompletionItem(ref) for ref in ["@last", *refs] if ref.startswith(incomplete)][:50]


RUN_REF = RunRefType()
