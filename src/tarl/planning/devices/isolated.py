"""What is done for devices that are not trusted, inside the sandbox: functions of JSON values.

A device of a low tier brings its own schemas. A schema may hold a pattern that takes for ever, so
it is applied where time and memory are bounded and nothing can be reached.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tarl.planning.devices.channel import check_command
from tarl.planning.household import Device


def read_arguments(
    device: dict[str, Any], action: str, arguments: dict[str, Any]
) -> dict[str, Any]:
    """The arguments, if the device takes them for the action.

    Raises:
        Invalid: ``device.action``, ``device.argument``.
    """
    check_command(msgspec.convert(device, Device), action, arguments)
    return arguments
