"""One look at a broker: all that its devices announce.

Needs ``tarl[mqtt]``.
"""

from __future__ import annotations

from tarl.errors import Invalid
from tarl.planning.devices import mqtt_discovery, zigbee2mqtt
from tarl.planning.devices.broker import Broker
from tarl.planning.devices.found import Found, doubt
from tarl.planning.devices.payload import checked_topic
from tarl.planning.devices.retained import QUIET_S, retained


async def look(
    broker: Broker,
    *,
    prefix: str = mqtt_discovery.PREFIX,
    base: str = zigbee2mqtt.BASE,
    quiet_s: float = QUIET_S,
) -> tuple[Found, ...]:
    """What Zigbee2MQTT lists, and then what is announced by Home Assistant's discovery: Zigbee2MQTT
    announces its devices there too, in less detail.

    Raises:
        Unavailable: ``device.unreachable``.
        Exceeded: ``device.too_much``.
        Invalid: ``device.topic``.
    """
    listed = f"{checked_topic(base)}/bridge/devices"
    levels = ("+/+", "+/+/+")
    topics = [*(f"{checked_topic(prefix)}/{level}/config" for level in levels), listed]
    kept = await retained(broker, topics, quiet_s=quiet_s)
    found = []
    if (payload := kept.pop(listed, b"")) != b"":
        found.append(_listed(payload, base))
    found.append(mqtt_discovery.found_in(kept, prefix=prefix))
    return tuple(found)


def _listed(payload: bytes, base: str) -> Found:
    """A list that cannot be read is a doubt: the rest of the home is there all the same."""
    try:
        return zigbee2mqtt.found_in(payload, base=base)
    except Invalid as error:
        source = zigbee2mqtt.SOURCE
        return Found(source=source, doubts=(doubt(error.code, error.message, source=source),))
