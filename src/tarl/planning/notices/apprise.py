"""Notices to telephones, chats and mailboxes, through the services that Apprise knows.

What is more private than the service may carry is told discreetly: that there is something to look
at, and nothing of what. The service's address has its secrets in it and is never shown.

Needs ``tarl[notify]``.
"""

from __future__ import annotations

import asyncio
import warnings
from typing import Any

from tarl.errors import Invalid, Unavailable
from tarl.planning.notices.notice import Notice, NoticeKind, body_of, discreet
from tarl.planning.task import PrivacyClass

SEND_S = 30.0
"""A service that has not taken it by then has not."""

_URGENCY = {
    NoticeKind.APPROVAL_WANTED: "info",
    NoticeKind.CONFLICT: "warning",
    NoticeKind.DRIFT: "warning",
    NoticeKind.FAILURE: "failure",
    NoticeKind.SAFETY: "failure",
}
_ORDER = list(PrivacyClass)


class AppriseNotifier:
    """Sends each notice to one service; several are several notifiers, so that each is tried again
    by itself.

    Args:
        url: The service as Apprise writes it, ``ntfys://topic``, ``mailto://...``.
        name: See :class:`~tarl.planning.notices.notice.Notifier`; two services have two.
        carries: The most private text that it may be given.

    Raises:
        Invalid: Apprise knows no such service (``notice.service``).
        Unavailable: Apprise is not installed (``extra.missing``).
    """

    def __init__(
        self, url: str, *, name: str = "apprise", carries: PrivacyClass = PrivacyClass.INTERNAL
    ) -> None:
        self.name = name
        self._carries = carries
        self._service = _service(url, name)

    async def notify(self, notice: Notice) -> None:
        """See :meth:`tarl.planning.notices.notice.Notifier.notify`.

        Raises:
            Unavailable: the service does not take it (``notice.undelivered``).
        """
        if _ORDER.index(notice.privacy_class) > _ORDER.index(self._carries):
            notice = discreet(notice)
        sent: object = False
        try:
            async with asyncio.timeout(SEND_S):
                sent = await self._service.async_notify(
                    title=notice.title,
                    body=body_of(notice) or notice.title,
                    notify_type=_URGENCY[notice.kind],
                    body_format="text",
                )
        except TimeoutError:
            pass  # said below
        if not sent:
            raise Unavailable(
                f"the service {self.name!r} does not take a notice",
                code="notice.undelivered",
                next_step="try its address with the apprise command; see whether it is reachable",
                notifier=self.name,
            )


def _service(url: str, name: str) -> Any:
    try:
        from apprise import Apprise, AppriseAsset
    except ImportError as error:
        raise Unavailable(
            "apprise is not installed",
            code="extra.missing",
            next_step="pip install 'tarl[notify]'",
        ) from error
    service = Apprise(asset=AppriseAsset(app_id="tarl", storage_mode="memory"))
    with warnings.catch_warnings():
        # It loads its plugins now, some of which ask for modules that Python is to lose.
        warnings.simplefilter("ignore", DeprecationWarning)
        known = service.add(url) and len(service) == 1
    if not known:
        raise Invalid(
            f"the address of the service {name!r} is none that Apprise knows",
            code="notice.service",
            next_step="give one address of one service, as Apprise's documentation writes it",
            notifier=name,
        )
    return service
