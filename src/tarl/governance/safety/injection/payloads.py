"""What a text hides in an encoding: base64, hex, escapes, rotated or reversed letters.

Invariants:
1. Every candidate is decoded, in time linear in the text: decoys before a payload hide nothing.
2. A decoding counts only if it reads like text; noise is never scored.
3. Each payload knows the stretch of the original text that it came from.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import urllib.parse
from typing import Final, NamedTuple

BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){8,}")
ESCAPES: Final = re.compile(r"(?:\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}){4,}")
PERCENT: Final = re.compile(r"(?<![\w.~-])(?:[\w.~-]*+%[0-9a-fA-F]{2}){4,}[\w.~-]*")
ENTITIES: Final = re.compile(r"(?:&#x?[0-9a-fA-F]{2,6};){4,}")
BINARY: Final = re.compile(r"(?:[01]{8}\s?){6,}")
LETTER_PAIRS: Final = re.compile(r"[a-z]{2,}")
COMMON_WORDS: Final = (
    "the and you your to of in is it that for all this with not are be say tell me my how what now"
    " ignore instructions previous system prompt rules password secret print reveal forget show an"
    " do only from just write give prior above every please or if as on we i a"
)
COMMON: Final = frozenset(COMMON_WORDS.split())
ROTATED_MAX: Final = 400
ROTATED_SHARE: Final = 0.35
READABLE_SHARE: Final = 0.75
ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"
ROTATIONS: Final = tuple(
    str.maketrans(ALPHABET, ALPHABET[turn:] + ALPHABET[:turn]) for turn in range(1, 26)
)


class Payload(NamedTuple):
    """A decoded stretch."""

    text: str
    start: int
    end: int
    kind: str


def payloads_of(text: str) -> list[Payload]:
    """The hidden texts that were found, in order of kind."""
    found: list[Payload] = []
    for kind, pattern, decode in DECODERS:
        for match in pattern.finditer(text):
            plain = decode(match.group())
            if plain and _readable(plain):
                found.append(Payload(plain, match.start(), match.end(), kind))
    turned = _turned(text)
    if turned is not None:
        found.append(turned)
    return found


def _readable(plain: str) -> bool:
    letters = sum(1 for c in plain if c.isalpha() or c == " ")
    return len(plain) >= 6 and letters >= READABLE_SHARE * len(plain)


def _utf8(raw: bytes) -> str:
    """UTF-8, or the ASCII of UTF-16."""
    return raw.replace(b"\0", b"").decode("utf-8", errors="strict")


def _base64(run: str) -> str:
    if run.isalpha() and (run.islower() or run.isupper()):
        return ""
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    for skipped in range(4):  # the run may have been cut, or a letter may stand before it
        plain = _base64_of(body[skipped:])
        if _readable(plain):
            return plain
    return ""


def _base64_of(body: str) -> str:
    if len(body) % 4 == 1:
        body = body[:-1]
    try:
        return _utf8(base64.b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError):
        return ""  # not base64: an ordinary long word or id


def _hex(run: str) -> str:
    digits = re.sub(r"[^0-9a-fA-F]", "", run)
    try:
        return _utf8(bytes.fromhex(digits[: len(digits) // 2 * 2]))
    except ValueError:
        return ""  # not text: a digest or a colour


def _escapes(run: str) -> str:
    codes = re.findall(r"\\[xu]([0-9a-fA-F]{2,4})", run)
    return "".join(chr(int(code, 16)) for code in codes)


def _binary(run: str) -> str:
    bits = re.findall(r"[01]{8}", run)
    try:
        return _utf8(bytes(int(byte, 2) for byte in bits))
    except ValueError:
        return ""  # not text: a table of flags


DECODERS: Final = (
    ("base64", BASE64, _base64),
    ("hex", HEX, _hex),
    ("escapes", ESCAPES, _escapes),
    ("percent", PERCENT, urllib.parse.unquote),
    ("entities", ENTITIES, html.unescape),
    ("binary", BINARY, _binary),
)


def _share(words: list[str]) -> float:
    return sum(word in COMMON for word in words) / len(words) if words else 0.0


def _turned(text: str) -> Payload | None:
    """The text read with rotated letters or backwards, where that reads better by far."""
    part = text[:ROTATED_MAX].lower()
    words = LETTER_PAIRS.findall(part)
    if len(words) < 3 or _share(words) > 0.15:
        return None
    best, kind, plain = ROTATED_SHARE, "", ""
    backwards = part[::-1]
    share = _share(LETTER_PAIRS.findall(backwards))
    if share > best:
        best, kind, plain = share, "reversed", text.lower()[::-1]
    for turn, table in enumerate(ROTATIONS, start=1):
        share = _share(LETTER_PAIRS.findall(part.translate(table)))
        if share > best:
            best, kind = share, f"rotated by {turn}"
            plain = text.lower().translate(table)
    return Payload(plain, 0, len(text), kind) if kind else None
