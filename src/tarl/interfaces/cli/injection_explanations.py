"""What the error codes of the injection detector mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

INJECTION: dict[str, _e] = {
    "injection.channel_unknown": _e(
        "The detector weighs a text by where it comes from, and does not know this channel.",
        "Name user, tool_output or document.",
    ),
    "injection.weights_corrupt": _e(
        "The file of the detector's weights cannot be read, or belongs to another version of it.",
        "Install tarl again, or train anew with tools/train_injection.py.",
    ),
}
