"""An MQTT broker of the demonstration's own: another process, on a free port of this machine alone.

It ends with the process that started it, whose end closes its standard input. The broker is
mosquitto where it is installed and asked for, and amqtt otherwise.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any, Literal

from tarl.errors import Unavailable
from tarl.planning.devices.broker import Broker

HOST = "127.0.0.1"
START_S = 20.0
END_S = 5.0
READY = b"ready\n"
STARTS_MAX = 3
"""Somebody else may take the free port first."""

Kind = Literal["amqtt", "mosquitto"]


class BrokerProcess:
    """A running broker. ``address`` is where, ``pid`` its process."""

    def __init__(self, process: asyncio.subprocess.Process, address: Broker) -> None:
        self._process = process
        self.address = address

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    async def end(self) -> None:
        """Ends it: asked at first, killed when it does not listen."""
        if self._process.returncode is not None:
            return
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(END_S):
                await self._process.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """Ends it as a power cut does."""
        self._signal(signal.SIGKILL)
        await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)


@contextlib.asynccontextmanager
async def running_broker(
    *, kind: Kind = "amqtt", port: int | None = None
) -> AsyncIterator[BrokerProcess]:
    """A broker while it is inside.

    Raises:
        Unavailable: ``extra.missing``, ``demo.broker``.
    """
    process = await start_broker(kind=kind, port=port)
    try:
        yield process
    finally:
        await process.end()


async def start_broker(*, kind: Kind = "amqtt", port: int | None = None) -> BrokerProcess:
    """A broker that answers; whoever starts it ends it.

    Raises:
        Unavailable: ``extra.missing``, ``demo.broker``.
    """
    for _ in range(STARTS_MAX):
        chosen = port or _free_port()
        process = await asyncio.create_subprocess_exec(
            *_command(kind, chosen),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE if kind == "amqtt" else asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        started = BrokerProcess(process, Broker(host=HOST, port=chosen))
        try:
            if await _answers(process, chosen):
                return started
        except BaseException:
            await started.kill()
            raise
        await started.end()
    raise Unavailable(
        f"{kind} does not start",
        code="demo.broker",
        next_step=f"run it by hand to see why: {' '.join(_command(kind, 1883))}",
    )


def _command(kind: Kind, port: int) -> list[str]:
    if kind == "mosquitto":
        program = shutil.which("mosquitto")
        if program is not None:
            return [program, "-p", str(port)]
    elif importlib.util.find_spec("amqtt") is not None:
        return [sys.executable, "-m", "tarl.interfaces.demo.home.broker", str(port)]
    raise Unavailable(
        f"{kind} is not installed",
        code="extra.missing",
        next_step="pip install 'tarl[demo]'",
    )


async def _answers(process: asyncio.subprocess.Process, port: int) -> bool:
    """Waits until it listens; False when it ended, or is too slow. On a port that is taken somebody
    else would answer, so amqtt is asked itself: it says so when it does."""
    try:
        async with asyncio.timeout(START_S):
            if process.stdout is not None:
                return await process.stdout.readline() == READY
            while process.returncode is None:
                try:
                    _, writer = await asyncio.open_connection(HOST, port)
                except OSError:
                    await asyncio.sleep(0.05)
                    continue
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
                await asyncio.sleep(0.2)  # one whose port is taken has ended by now
                return process.returncode is None
    except TimeoutError:
        pass
    return False


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        return int(listening.getsockname()[1])


class _Steady(dict[str, Any]):
    """Is gone through as it was when that began.

    amqtt 0.12 waits while it goes through what clients have subscribed to; where one leaves
    meanwhile, it would lose another one that connects, whose subscriptions nobody answers.
    """

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self))

    def items(self) -> Any:
        return dict(self).items()


async def _serve(port: int) -> None:
    from amqtt.broker import Broker as Amqtt  # type: ignore[import-untyped]  # it has no types

    config = {
        "listeners": {"default": {"type": "tcp", "bind": f"{HOST}:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
    broker = Amqtt(config)
    broker._subscriptions = _Steady()
    await broker.start()
    sys.stdout.buffer.write(READY)
    sys.stdout.flush()
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), over.set)
    loop.add_signal_handler(signal.SIGTERM, over.set)
    await over.wait()
    loop.remove_reader(sys.stdin.fileno())
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
