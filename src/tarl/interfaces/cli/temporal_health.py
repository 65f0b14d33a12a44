"""What ``tarl doctor`` finds about the engine on Temporal: the server, the namespace, the workers,
and whether journal and clocks suit several machines.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tarl.errors import TarlError
from tarl.interfaces.cli.engines import credentials_of
from tarl.interfaces.cli.findings import Finding

if TYPE_CHECKING:
    from temporalio.client import Client

    from tarl.engines.temporal.probing import Probe
    from tarl.interfaces.cli.invocation import Invocation

CLOCK_MOST_S = 5.0
"""Permits, grants and deadlines are judged by each machine's own clock."""


async def temporal_findings(invocation: Invocation, *, mend: bool) -> list[Finding]:
    """Every check; what follows from the server's silence is left out.

    Args:
        invocation: Says which server.
        mend: Whether search attributes that are missing are registered.
    """
    found = [_journal(invocation)]
    try:
        import temporalio

        from tarl.engines.temporal.connecting import reached
        from tarl.engines.temporal.probing import Probe
    except ImportError:
        install = "pip install 'tarl[temporal]'"
        return [*found, Finding("temporalio", "problem", "not installed", install)]
    found.append(Finding("temporalio", "ok", temporalio.__version__))
    settings = invocation.settings
    address, namespace = settings["temporal"].value, settings["temporal_namespace"].value
    try:
        client = await reached(address, namespace=namespace, credentials=credentials_of(invocation))
    except TarlError as error:
        return [*found, _refused("temporal", error)]
    told = _server(invocation, client, Probe(client), mend=mend)
    return [*found, *[finding async for finding in told]]


def _journal(invocation: Invocation) -> Finding:
    """A file is seen by one machine, and Temporal's workers may be on several."""
    if isinstance(invocation.db, Path):
        move = "for workers on other machines: tarl db migrate postgresql://..."
        return Finding("shared journal", "warning", "a file: this machine alone sees it", move)
    return Finding("shared journal", "ok", "a database: workers may be on several machines")


async def _server(
    invocation: Invocation, client: Client, probe: Probe, *, mend: bool
) -> AsyncIterator[Finding]:
    place = invocation.settings["temporal"].value

    async def version() -> Finding:
        return Finding("temporal", "ok", f"{await probe.version()} at {place}")

    yield await _asked("temporal", version)
    namespace = await _asked("namespace", lambda: _namespace(client, probe))
    yield namespace
    if namespace.status == "problem":
        return
    yield await _asked("payloads", lambda: _payloads(invocation, probe))
    queue = invocation.settings["task_queue"].value
    yield await _asked("task queue", lambda: _queue(probe, queue))
    yield await _asked("search attributes", lambda: _attributes(client, mend=mend))
    yield await _asked("clocks", lambda: _clocks(probe))


async def _asked(check: str, ask: Callable[[], Awaitable[Finding]]) -> Finding:
    """What a question finds; a refusal of the server's is a finding too."""
    from temporalio.service import RPCError, RPCStatusCode

    from tarl.engines.temporal.silence import plain

    try:
        return await ask()
    except RPCError as error:
        if error.status in (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED):
            said = f"the server does not let this client ask: {error.message}"
            return Finding(check, "warning" if check != "namespace" else "problem", said)
        said = f"the server does not answer: {plain(error.message)}"
        return Finding(check, "problem", said)
    except TarlError as error:
        return _refused(check, error)


def _refused(check: str, error: TarlError) -> Finding:
    return Finding(check, "problem", f"{error.message} ({error.code})", error.next_step or "")


async def _namespace(client: Client, probe: Probe) -> Finding:
    found = await probe.namespace()
    if found is None:
        make = f"temporal operator namespace create {client.namespace}"
        return Finding("namespace", "problem", f"there is no {client.namespace}", make)
    days = found.kept_s / 86_400
    return Finding(
        "namespace", "ok", f"{client.namespace}, keeps histories {days:g} d after their end"
    )


async def _payloads(invocation: Invocation, probe: Probe) -> Finding:
    """A value up to the journal's inline bound travels in a payload, one a call."""
    found = await probe.namespace()
    allowed = 0 if found is None else found.payload_bytes_max
    needed = invocation.limits.inline_bytes_max
    if not allowed:
        return Finding("payloads", "ok", "the server does not say how large they may be")
    said = f"up to {allowed // 1024} KiB; values of up to {needed // 1024} KiB are in them"
    if allowed < 2 * needed:
        return Finding("payloads", "warning", said, "raise limit.blobSize.error on the server")
    return Finding("payloads", "ok", said)


async def _queue(probe: Probe, queue: str) -> Finding:
    found = await probe.pollers(queue)
    if found.workflows and found.steps:
        said = f"{queue}: {found.workflows} workers take workflows, {found.steps} steps"
        return Finding("task queue", "ok", said)
    what = "workflows" if found.steps else "steps" if found.workflows else "work"
    start = f"tarl worker --engine temporal --task-queue {queue} --code FILE"
    return Finding("task queue", "warning", f"nobody takes {what} from {queue}", start)


async def _attributes(client: Client, *, mend: bool) -> Finding:
    from tarl.engines.temporal.attributes import TYPES, register, registered

    names = ", ".join(TYPES)
    if await registered(client):
        return Finding("search attributes", "ok", names)
    if mend:
        made = await register(client)
        return Finding("search attributes", "ok", f"registered now: {', '.join(made)}")
    said = f"not all of {names}: tarl runs ls finds runs by less"
    mended = "tarl doctor --engine temporal --mend"
    return Finding("search attributes", "warning", said, mended)


async def note_if_nobody_works(invocation: Invocation, client: Client) -> None:
    """Say so when a run that is waited for will not begin."""
    from temporalio.service import RPCError

    from tarl.engines.temporal.probing import Probe

    try:
        found = await _queue(Probe(client), invocation.settings["task_queue"].value)
    except RPCError:
        return  # a hint: who waits is told nothing wrong without it
    if found.status != "ok":
        invocation.output.note(f"{found.found}: {found.next_step}")


async def _clocks(probe: Probe) -> Finding:
    ahead_s = await probe.clock_ahead_s()
    if ahead_s is None:
        return Finding("clocks", "ok", "the server does not show its clock")
    said = f"the server's is {abs(ahead_s):.1f} s {'ahead' if ahead_s >= 0 else 'behind'}"
    if abs(ahead_s) > CLOCK_MOST_S:
        return Finding("clocks", "warning", said, "set both by the same time service")
    return Finding("clocks", "ok", said)
