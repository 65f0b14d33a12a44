"""The words of errors as events carry them."""

from __future__ import annotations

ERROR_CHARS_MAX = 8_192
"""An error's recorded text is cut to this: it is for people, and lies in the event itself."""


def printable(text: str) -> str:
    """The text with what is no Unicode character escaped, cut to ``ERROR_CHARS_MAX``."""
    if len(text) > ERROR_CHARS_MAX:
        text = f"{text[:ERROR_CHARS_MAX]}... ({len(text)} characters)"
    return text.encode("utf-8", "backslashreplace").decode()
