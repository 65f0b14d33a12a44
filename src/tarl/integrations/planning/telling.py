"""Telling people, durably: what a home has to say waits in its journal until it has arrived.

Quiet hours hold everything back but danger; they are those of the home's own calendar, as far as a
snapshot reaches.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from tarl.engines.embedded.clock import Clock
from tarl.engines.embedded.post import jumps
from tarl.errors import TarlError
from tarl.journal.store import Store
from tarl.planning.notices.notice import Notifier
from tarl.planning.notices.outbox import Outbox
from tarl.planning.notices.quiet import QuietHours
from tarl.storage import draw_id
from tarl.work.timers.firing import Firing
from tarl.work.timers.handlers import Handlers
from tarl.work.timers.ledger import Timers

FLYING_POLL_S = 30.0
"""How often the journal is looked at where time flies: each look holds it up."""


@asynccontextmanager
async def outbox_of(
    store: Store,
    notifiers: Sequence[Notifier],
    *,
    quiet: QuietHours,
    clock: Clock,
    tenant: str,
) -> AsyncIterator[Outbox]:
    """A notifier that posts to all of these; what is due is told while it is open, and has been
    told, or will be tried again, when it closes.

    Raises:
        Invalid: see ``Outbox``.
    """
    timers = Timers(store, clock=clock)
    outbox = Outbox(timers, tuple(notifiers), quiet=quiet, tenant=tenant)
    handlers = Handlers()
    outbox.register(handlers)
    loop = asyncio.get_running_loop()
    firing = Firing(
        timers,
        handlers,
        holder=draw_id("telling"),
        monotonic=loop.time,
    )
    keeping = asyncio.create_task(_fly(firing) if jumps(loop) else firing.keep_firing())
    try:
        try:
            yield outbox
        except TarlError:
            await outbox.settled()
            raise
        await outbox.settled()
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


async def _fly(firing: Firing) -> None:
    """Tell what is due where time flies: time and the loop stand still meanwhile, since a journal
    is used by one thread at a time.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="tarl-telling") as beside:
        while True:
            beside.submit(firing.fire_due).result()
            await asyncio.sleep(FLYING_POLL_S)


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
