"""Notices to an MQTT broker, as JSON, for whatever shows or speaks them in the house.

The broker has said that it has it (QoS 1) when telling returns. Nothing is retained: what was told
last night is not told again to who comes in the morning.

Needs ``tarl[mqtt]``.
"""

from __future__ import annotations

from tarl.errors import Invalid, Unavailable
from tarl.planning.devices.broker import Broker, aiomqtt, client_of
from tarl.planning.notices.notice import Notice
from tarl.values.canonical import encode
from tarl.values.plain import plain

TOPIC = "tarl/notices"
_ONCE_AT_LEAST = 1


class MqttNotifier:
    """Publishes each notice to ``<topic>/<kind>``.

    Args:
        broker: Where it is.
        topic: The beginning of the topics.
        name: See :class:`~tarl.planning.notices.notice.Notifier`.

    Raises:
        Invalid: nothing can be published to such a topic (``notice.topic``).
    """

    def __init__(self, broker: Broker, *, topic: str = TOPIC, name: str = "mqtt") -> None:
        if not topic or topic.startswith("$") or set(topic) & set("+#\0"):
            raise Invalid(
                f"nothing can be published to {topic!r}",
                code="notice.topic",
                next_step="give a topic without wildcards, like tarl/notices",
            )
        self.name = name
        self._broker = broker
        self._topic = topic.rstrip("/")

    async def notify(self, notice: Notice) -> None:
        """See :meth:`tarl.planning.notices.notice.Notifier.notify`.

        Raises:
            Unavailable: the broker does not take it (``notice.unreachable``).
        """
        try:
            async with client_of(self._broker) as client:
                await client.publish(
                    f"{self._topic}/{notice.kind.value}",
                    encode(plain(notice)),
                    qos=_ONCE_AT_LEAST,
                )
        except aiomqtt.MqttError as error:
            raise Unavailable(
                f"the broker at {self._broker!r} does not take a notice: {error}",
                code="notice.unreachable",
                next_step="see whether the broker runs and lets this user publish",
            ) from error
