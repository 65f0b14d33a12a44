"""What the error codes of homes and their devices mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

DEVICES: dict[str, _e] = {
    "device.action": _e(
        "The device has no such capability; nothing was sent.",
        "The message lists what it can do.",
    ),
    "device.argument": _e(
        "An argument of a command is missing, malformed or outside the device's limits; nothing was"
        " sent.",
        "Give what the capability and the limits of the device allow.",
    ),
    "device.broker_address": _e(
        "The address of an MQTT broker is none.", "Write it as mqtt://user@host:1883."
    ),
    "device.channel": _e(
        "Nothing, or nothing that can be understood, says how the device is reached.",
        "See `channel` in the reference of devices.",
    ),
    "device.contradicts": _e(
        "The device was told to do something, and says that it is in another state, or its meter"
        " denies what it says.",
        "Look at the device; it may be blocked, or broken.",
    ),
    "device.no_channel": _e(
        "The device is reached in a way that nothing here is connected for.",
        "Connect its broker or its hub, or describe another channel.",
    ),
    "device.offline": _e(
        "The device is not connected, as its broker or hub says.",
        "Check its power and its network; nothing was sent.",
    ),
    "device.payload": _e(
        "A message of a device or of a hub is too large, or not what such messages look like."
        " Nothing of it was used.",
        "Look at what the device sends.",
    ),
    "device.refused": _e("The device says that it does not obey, and why.", "Look at the device."),
    "device.too_much": _e(
        "A broker or a hub tells more than a home has to say.",
        "Look for who publishes it, or name a narrower prefix.",
    ),
    "device.topic": _e(
        "An MQTT topic does not name one thing: it is empty, too long, the broker's own, or has"
        " wildcards.",
        "Correct the topic, or the device that announced it.",
    ),
    "device.unconfirmed": _e(
        "The device was told to do something and has not said in time that it did. It may have.",
        "Look at the device before it is told again.",
    ),
    "device.unreachable": _e(
        "The broker or hub behind which the device is does not answer.",
        "Check that it runs, and its address and password.",
    ),
    "home_assistant.address": _e(
        "The address of a Home Assistant is none, or holds a password.",
        "Write it as http://homeassistant.local:8123; the token is given apart from it.",
    ),
    "home_assistant.token": _e(
        "Home Assistant does not take the token, or it is none.",
        "Make a long-lived access token in your profile of Home Assistant.",
    ),
    "household.duplicate": _e(
        "Two devices, areas or floors of the home have one id.", "Give each an id of its own."
    ),
    "household.kind": _e(
        "A device in a household file is of a kind that nothing here knows: it would take no part"
        " where devices are spoken of by kind.",
        "Write the kind that is meant; `other` for what none fits, which is spoken of by its name.",
    ),
    "household.malformed": _e(
        "A field of the home is missing, unknown or of another type; the message names it.",
        "Compare it with the example in the reference of devices.",
    ),
    "household.no_area": _e(
        "A device lies in an area, or an area on a floor, that the home does not have.",
        "Add it, or correct its id.",
    ),
    "household.no_device": _e("The home has no such device.", "tarl home devices"),
    "household.program": _e(
        "A program of a device has no phases, or none that can be run.",
        "Give each a duration, and watts from 0.",
    ),
    "household.value": _e(
        "A household file says something that cannot be so: a battery that gives back more than it"
        " takes, a limit whose lower end is the higher one, a priority beyond 10.",
        "Write what the message allows, in the line that it names.",
    ),
    "household.routine": _e(
        "A routine in a household file is not understood, or leaves a question open: it could"
        " never be planned.",
        "Try the sentence with `tarl preview SENTENCE`; say it in other words, or name the device.",
    ),
    "household.time_zone": _e(
        "The IANA database has no such time zone.", "Write it as Europe/Helsinki."
    ),
    "household.too_large": _e("The home has too many devices.", "Plan for a part of it."),
    "household.file": _e(
        "The file that describes a home is not YAML as it is taken here; the message names the"
        " line.",
        "Compare it with the example in the reference of devices.",
    ),
    "td.malformed": _e(
        "This is no Thing Description of the Web of Things that can be used; the message says why.",
        "Compare it with https://www.w3.org/TR/wot-thing-description11/.",
    ),
    "td.model": _e(
        "A Thing Model describes a kind of thing, and nothing that can be reached.",
        "Give the Thing Description of the device itself.",
    ),
    "household.no_file": _e(
        "The file that describes the home cannot be read.", "Correct its name."
    ),
}
