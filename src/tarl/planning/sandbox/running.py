"""Calling a function in the sandbox.

1. Where the machine cannot isolate, nothing runs: ``sandbox.unavailable``, unless a consent names
   an override; then it runs in a process of its own, within the same bounds, but not isolated.
2. Whether it can is found out by doing it; each time the process looks around itself too.
3. The answer is data from somebody who is not trusted: bounded, JSON, nothing else.
4. However it ends, all that the function has started is killed with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tarl.errors import ActivityFailed, Denied, Exceeded, Invalid, TarlError
from tarl.planning.sandbox.places import files_for
from tarl.planning.sandbox.syscalls import program
from tarl.values.canonical import encode
from tarl.values.plain import plain

NOT_SHUT_IN, BY_SIGNAL = 70, 100
"""Statuses of the process, as ``child.py`` gives them; that runs alone and is not imported."""

ARGUMENTS_BYTES_MAX = 1 << 20
ERROR_BYTES_MAX = 4_096
_FUNCTION = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_CHILD = Path(__file__).with_name("child.py")
_ENVIRONMENT = {"LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class SandboxLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a function may use: address space, processor time, time on the clock, and the bytes of
    its answer."""

    memory_mb: int = 256
    cpu_s: int = 5
    wall_s: float = 10.0
    output_bytes: int = 1 << 20

    def __post_init__(self) -> None:
        if min(self.memory_mb - 63, self.cpu_s, self.wall_s, self.output_bytes) <= 0:
            raise Invalid(
                "limits of a sandbox are positive, and memory is at least 64 MB",
                code="sandbox.limits",
                next_step="give the function enough to start",
            )


class Sandbox:
    """The sandbox of this machine. That it can isolate is remembered; where it cannot, it is tried
    again, as a machine that is busy may look so."""

    def __init__(self) -> None:
        self._can_isolate = False

    async def is_available(self) -> bool:
        """Whether functions can be isolated here."""
        return not await self.hindrance()

    async def hindrance(self) -> str:
        """Why functions cannot be isolated here; empty where they can."""
        if self._can_isolate:
            return ""
        hindrance = await _tried()
        self._can_isolate = not hindrance
        return hindrance

    async def run(
        self,
        function: str,
        arguments: dict[str, Any],
        *,
        limits: SandboxLimits | None = None,
        override: str | None = None,
    ) -> Any:
        """What a function answers that runs shut in.

        Args:
            function: ``package.module:function``.
            arguments: Its keyword arguments, JSON values.
            limits: What it may use.
            override: The name under which a consent lets it run where nothing can be isolated.

        Raises:
            Denied: ``sandbox.unavailable``.
            Invalid: ``sandbox.function``, ``sandbox.arguments``, ``sandbox.result``.
            Exceeded: ``sandbox.memory``, ``sandbox.cpu``, ``sandbox.wall_time``,
                ``sandbox.output``.
            ActivityFailed: ``sandbox.failed``: it raised; ``sandbox.crashed``: it ended otherwise.
        """
        bounds = limits or SandboxLimits()
        hindrance = await self.hindrance()
        if hindrance and not override:
            raise _unavailable(hindrance)
        request = _request(function, arguments, bounds, isolate=not hindrance)
        return _answer(await _called(request, bounds), function, bounds)


class _Ended(NamedTuple):
    """How the process ended: its status, what it wrote, what it complained of."""

    status: int
    output: bytes
    complaint: str


async def _tried() -> str:
    """Why the machine cannot isolate; empty when a function that does nothing came through."""
    if sys.platform != "linux":
        return f"{sys.platform} has no namespaces"
    if program() is None:
        return "the numbers of this machine's system calls are not known"
    bounds = SandboxLimits(wall_s=30.0)
    try:
        ended = await _called(_request("builtins:dict", {}, bounds, isolate=True), bounds)
    except (Exceeded, OSError) as error:
        return str(error)
    if ended.status == 0 and ended.output == b'{"value":{}}':
        return ""
    return ended.complaint or f"the process ended with status {ended.status}"


def _unavailable(why: str) -> Denied:
    return Denied(
        f"nothing can be isolated on this machine: {why}",
        code="sandbox.unavailable",
        next_step="allow unprivileged user namespaces, or record a consent with the override "
        "`unsandboxed`",
        reason=why,
    )


def _request(
    function: str, arguments: dict[str, Any], bounds: SandboxLimits, *, isolate: bool
) -> bytes:
    places = files_for(function.partition(":")[0]) if _FUNCTION.fullmatch(function) else None
    if places is None:
        raise _no_function(function, "there is no such module")
    files, path = places
    request = {
        "function": function,
        "arguments": arguments,
        "limits": {"memory_mb": bounds.memory_mb, "cpu_s": bounds.cpu_s},
        "files": files,
        "path": path,
        "isolate": isolate,
        "calls": program(),
    }
    try:
        said = encode(plain(arguments))
        text = json.dumps(request, allow_nan=False).encode()
    except (TypeError, ValueError, TarlError) as error:
        raise _odd_arguments(f"they are no JSON: {error}") from error
    if len(said) > ARGUMENTS_BYTES_MAX or not isinstance(arguments, dict):
        raise _odd_arguments(f"they are more than {ARGUMENTS_BYTES_MAX} bytes, or no object")
    return text


def _odd_arguments(why: str) -> Invalid:
    return Invalid(
        f"a function in the sandbox cannot be given these arguments: {why}",
        code="sandbox.arguments",
        next_step="give keyword arguments made of JSON values, in reasonable size",
    )


def _no_function(function: str, why: str) -> Invalid:
    return Invalid(
        f"{function[:200]!r} names no function that can run in the sandbox: {why}",
        code="sandbox.function",
        next_step="name it as package.module:function, of a package that is installed",
        function=function[:200],
    )


# --- the process


async def _called(request: bytes, bounds: SandboxLimits) -> _Ended:
    """The process, from its start to its end.

    Raises:
        Exceeded: ``sandbox.wall_time``, ``sandbox.output``.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",  # neither the user's directory nor the environment has a say
        "-S",  # no .pth file runs outside the sandbox
        "-B",
        str(_CHILD),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_ENVIRONMENT,
        cwd="/",
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(bounds.wall_s):
            return await _spoken_with(process, request, bounds)
    except TimeoutError as error:
        raise Exceeded(
            f"it did not end within {bounds.wall_s} s",
            code="sandbox.wall_time",
            next_step="let it do less, or allow it more time",
            wall_s=bounds.wall_s,
        ) from error
    finally:
        await asyncio.shield(_end(process))


async def _spoken_with(
    process: asyncio.subprocess.Process, request: bytes, bounds: SandboxLimits
) -> _Ended:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    complaint = asyncio.ensure_future(process.stderr.read(ERROR_BYTES_MAX))
    try:
        with contextlib.suppress(ConnectionError):
            process.stdin.write(request)
            await process.stdin.drain()
        process.stdin.close()
        output = b""
        while chunk := await process.stdout.read(65_536):
            output += chunk
            if len(output) > bounds.output_bytes + len(b'{"value":}'):
                raise Exceeded(
                    f"it answers more than {bounds.output_bytes} bytes",
                    code="sandbox.output",
                    next_step="let it answer less, or allow it more",
                    output_bytes=bounds.output_bytes,
                )
        status = await process.wait()
        return _Ended(status, output, (await complaint).decode("utf-8", "replace"))
    finally:
        complaint.cancel()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Whatever is left of it is killed: with its first process ends all that it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    transport = getattr(process, "_transport", None)  # asyncio has no public way to it
    # `wait` waits for the pipes too, and nobody reads any more what is still in them.
    for fd in (0, 1, 2):
        pipe = transport.get_pipe_transport(fd) if transport is not None else None
        if pipe is not None:
            pipe.close()
    await process.wait()


# --- the answer


def _answer(ended: _Ended, function: str, bounds: SandboxLimits) -> Any:
    if ended.status == NOT_SHUT_IN:
        raise _unavailable(ended.complaint or "it found itself not shut in")
    if ended.status in (BY_SIGNAL + signal.SIGXCPU, -signal.SIGXCPU):
        raise Exceeded(
            f"it used more than {bounds.cpu_s} s of processor time",
            code="sandbox.cpu",
            next_step="let it do less, or allow it more",
            cpu_s=bounds.cpu_s,
        )
    try:
        answer = msgspec.json.decode(ended.output, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise ActivityFailed(
            f"{function} ended without an answer",
            code="sandbox.crashed",
            type="Crashed",
            status=ended.status,
        ) from error
    return _value(answer, function, bounds)


def _value(answer: dict[str, Any], function: str, bounds: SandboxLimits) -> Any:
    if "value" in answer:
        return answer["value"]
    if "no_function" in answer:
        raise _no_function(function, str(answer["no_function"]))
    if "memory" in answer:
        raise Exceeded(
            f"it needs more than {bounds.memory_mb} MB",
            code="sandbox.memory",
            next_step="let it do less, or allow it more",
            memory_mb=bounds.memory_mb,
        )
    if "no_json" in answer:
        raise Invalid(
            f"{function} answers what is no JSON: {answer['no_json']}",
            code="sandbox.result",
            next_step="let it answer JSON values",
        )
    raise ActivityFailed(
        f"{function} raised {answer.get('raised')}: {answer.get('message')}",
        code="sandbox.failed",
        type=str(answer.get("raised")),
    )
