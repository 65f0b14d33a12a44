"""Telling people, durably: what a home has to say waits in its journal until it has arrived.

Quiet hours hold everything back but danger; they are those of the home's own calendar, as far as a
snapshot reaches.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tarl.engines.embedded.clock import Clock
from tarl.engines.embedded.runtime import Runtime
from tarl.engines.embedded.timekeeping import keep_time
from tarl.planning.context_puller import ContextPuller
from tarl.planning.notices.notice import Notifier
from tarl.planning.notices.outbox import Outbox
from tarl.planning.notices.quiet import quiet_of
from tarl.work.timers.handlers import Handlers
from tarl.work.timers.ledger import Timers


@asynccontextmanager
async def outbox_of(
    runtime: Runtime,
    notifiers: Sequence[Notifier],
    *,
    puller: ContextPuller,
    clock: Clock,
    tenant: str,
) -> AsyncIterator[Notifier]:
    """A notifier that posts to all of these; what is due is told while it is open.

    Raises:
        Invalid: see ``Outbox``.
    """
    quiet = quiet_of(await puller.get_snapshot())
    outbox = Outbox(
        Timers(runtime.journal, clock=clock), tuple(notifiers), quiet=quiet, tenant=tenant
    )
    handlers = Handlers()
    outbox.register(handlers)
    keeping = asyncio.create_task(keep_time(runtime, handlers=handlers))
    try:
        yield outbox
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


def notifier_at(address: str) -> Notifier:
    """A notifier by its address: ``mqtt://host/topic``, or a URL of Apprise for the usual services.

    Raises:
        Invalid: ``device.broker_address``, ``notice.service``.
        Unavailable: the library is not installed (``extra.missing``).
    """
    scheme, _, rest = address.partition("://")
    if scheme in ("mqtt", "mqtts"):
        from tarl.planning.devices.broker import broker_at
        from tarl.planning.notices.mqtt import TOPIC, MqttNotifier

        host, _, topic = rest.partition("/")
        return MqttNotifier(broker_at(f"{scheme}://{host}"), topic=topic or TOPIC)
    from tarl.planning.notices.apprise import AppriseNotifier

    return AppriseNotifier(address)
