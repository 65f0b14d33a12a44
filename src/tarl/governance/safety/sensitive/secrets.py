"""Keys, tokens and passwords: by the forms that their issuers gave them, and by what names them.

Every pattern begins where a run of its characters begins and repeats a bounded number of times or
possessively, so that matching is linear in the text.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from tarl.governance.safety.sensitive.checks import entropy

Found = tuple[int, int]

_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_JWT = re.compile(r"(?<![\w-])eyJ[\w-]{8,}+\.[\w-]{8,}+(?:\.[\w-]*+){1,3}")

_ISSUED = re.compile(
    r"(?<![A-Za-z0-9_])(?:"
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])"
    r"|gh[pousr]_[A-Za-z0-9]{36,255}"
    r"|github_pat_[A-Za-z0-9_]{22,255}"
    r"|gl(?:pat|ptt|rt|soat|cbt|dt)-[\w-]{20,255}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,250}|xapp-\d-[A-Za-z0-9-]{10,250}"
    r"|(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,250}|whsec_[A-Za-z0-9+/=]{24,250}"
    r"|sk-ant-[\w-]{20,250}|sk-(?:proj-|svcacct-|admin-|or-v1-)[\w-]{20,250}"
    r"|sk-[A-Za-z0-9]{32,250}"
    r"|AIza[\w-]{35}(?![\w-])|ya29\.[\w-]{20,500}|GOCSPX-[\w-]{20,100}"
    r"|npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])|pypi-AgEI[\w-]{20,500}|hf_[A-Za-z0-9]{30,100}"
    r"|SG\.[\w-]{22}\.[\w-]{43}|dop_v1_[0-9a-f]{64}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"
    r"|hv[sb]\.[\w-]{24,500}|dckr_pat_[\w-]{20,100}|dapi[0-9a-f]{32}(?![0-9a-f])"
    r"|glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|lin_api_[A-Za-z0-9]{40}|AGE-SECRET-KEY-1[0-9A-Z]{58}"
    r"|\d{8,10}:AA[\w-]{33}(?![\w-])|(?:AC|SK)[0-9a-f]{32}(?![0-9a-f])"
    r")"
)
_SLACK_HOOK = re.compile(r"hooks\.slack\.com/services/(T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/\w{20,32})")
_BEARER = re.compile(r"(?i)(?<![a-z0-9])(bearer|basic)[ \t]{1,4}([A-Za-z0-9._~+/=-]{8,2000}+)")
_URL = re.compile(
    r"(?i)(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}+://[^\s/@:\"'<>]{0,100}+:([^\s/@\"'<>]{1,200}+)@"
)
_ASSIGNED = re.compile(
    r"(?<![\w.-])([A-Za-z_][\w.-]{1,79}+)[\"']?([ \t]{0,4}+)(?:=>|:=|==?|:)([ \t]{0,4}+)"
    r"(?:\"([^\"\n]{1,512}+)\"|'([^'\n]{1,512}+)'|([^\s\"',;&|<>(){}\[\]]{1,256}+))"
)

PASSWORDS = ("password", "passwd", "pwd", "passphrase", "passwort", "kennwort", "pass")
TOKENS = (
    "secret",
    "token",
    "api_key",
    "apikey",
    "access_key",
    "secret_key",
    "private_key",
    "account_key",
    "auth_key",
    "signing_key",
    "encryption_key",
    "credential",
    "credentials",
)
_NAMING = ("pass", "pwd", "kennwort", "secret", "token", "key", "credential")
"""One of these is in every name of a password or a secret."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PLACEHOLDER = re.compile(
    r"(?i)\*+|x{3,}|\.{3,}|-+|<.*|\$.*|%.*|\{.*|\[redacted.*|none|null|nil|true|false|undefined"
    r"|redacted|hidden|required|optional|str(?:ing)?|bytes|int|changeme|(?:your|my|the|some)[-_ ].*"
)
_UUID_OR_DATE = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\d{4}-\d\d-\d\d\S*|v?\d+(?:\.\d+)+\S*"
)
_HEX = re.compile(r"[0-9a-fA-F]+")


_ISSUED_MARKS = (
    "AKIA ASIA ABIA ACCA gh github_pat_ gl xox xapp- sk_ rk_ whsec_ sk- AIza ya29. GOCSPX- npm_"
    " pypi- hf_ SG. dop_v1_ shp hvs. hvb. dckr_pat_ dapi glsa_ lin_api_ AGE-SECRET-KEY-1 :AA AC SK"
)
_ISSUED_BEGINNINGS = tuple(_ISSUED_MARKS.split())
"""One of these is in every key of a known form: most texts need no closer look."""


def private_keys(text: str) -> Iterator[Found]:
    """PEM and PGP private keys, with all that is in them; one without an end to the text's end."""
    at = 0
    while (begin := _KEY_BEGINS.search(text, at)) is not None:
        end = text.find("-----END ", begin.end())
        close = -1 if end < 0 else text.find("-----", end + 9)
        at = len(text) if close < 0 else close + 5
        yield begin.start(), at


def jwts(text: str) -> Iterator[Found]:
    """JSON web tokens, whose header says an algorithm."""
    for found in _JWT.finditer(text) if "eyJ" in text else ():
        head = found.group().partition(".")[0]
        try:
            header = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
        except (binascii.Error, ValueError):
            continue
        if b'"alg"' in header or b'"typ"' in header or b'"enc"' in header:
            yield found.span()


def api_keys(text: str) -> Iterator[Found]:
    """Keys and tokens in the forms that their issuers gave them, and bearer tokens."""
    may_hold = any(each in text for each in _ISSUED_BEGINNINGS)
    for found in _ISSUED.finditer(text) if may_hold else ():
        if entropy(found.group()) > 2.5:  # no row of one letter
            yield found.span()
    for found in _SLACK_HOOK.finditer(text):
        yield found.span(1)
    lowered = text.lower()
    for found in _BEARER.finditer(text) if "bearer" in lowered or "basic" in lowered else ():
        kind, value = found.group(1).lower(), found.group(2)
        if (kind == "bearer" and len(value) >= 16 and _looks_drawn(value)) or (
            kind == "basic" and _is_user_and_password(value)
        ):
            yield found.span(2)


def passwords(text: str) -> Iterator[Found]:
    """What is assigned to a name of a password or a secret, and passwords in addresses."""
    for found in _URL.finditer(text) if "://" in text else ():
        if not _PLACEHOLDER.fullmatch(found.group(1)):
            yield found.span(1)
    lowered = text.lower()
    if not any(word in lowered for word in _NAMING):
        return
    at = 0
    while (assigned := _ASSIGNED.search(text, at)) is not None:
        group = assigned.lastindex or 0
        if _is_secret_value(text, assigned, group):
            yield assigned.span(group)
            at = assigned.end()
        else:
            at = max(assigned.end(1), assigned.start(group))


def names_secret(name: str) -> str:
    """Whether a name is one of a password or a secret: ``password``, ``token`` or nothing."""
    joined = "_".join(_WORDS.findall(name)).lower()
    for kind, words in (("password", PASSWORDS), ("token", TOKENS)):
        if any(joined == word or joined.endswith("_" + word) for word in words):
            return kind
    return ""


def is_secret(kind: str, value: str, *, is_quoted: bool) -> bool:
    """Whether a value that was given a name of that kind is one; not where it only stands for
    one.
    """
    if len(value) < 4 or _PLACEHOLDER.fullmatch(value):
        return False
    if is_quoted and kind == "password":
        return " " not in value or len(value) < 80
    if " " in value or (value.isdigit() and kind == "token"):
        return False
    if kind == "password":
        return len(value) >= 6 and not (value.isalpha() and value.islower())
    return len(value) >= 8 and _looks_drawn(value)


def _is_secret_value(text: str, assigned: re.Match[str], group: int) -> bool:
    kind, value = names_secret(assigned.group(1)), assigned.group(group)
    if not kind:
        return assigned.group(1).lower().endswith("key") and _is_weakly_named(value)
    if group == 6 and text[assigned.end() : assigned.end() + 1] in ("(", "[", "{"):
        return False  # a call or an index
    is_tight = (
        not (assigned.group(2) or assigned.group(3)) and text[assigned.start(group) - 1] == "="
    )
    return is_secret(kind, value, is_quoted=group != 6 or (is_tight and kind == "password"))


def _is_weakly_named(value: str) -> bool:
    """Whether a value that is merely called a key is a secret: long, mixed, and no identifier."""
    if len(value) < 24 or _UUID_OR_DATE.fullmatch(value) or _HEX.fullmatch(value):
        return False
    mixed = any(map(str.isdigit, value)) and any(map(str.isupper, value))
    return mixed and any(map(str.islower, value)) and entropy(value) >= 3.8 and " " not in value


def _looks_drawn(value: str) -> bool:
    """Whether a value has more to it than a word."""
    if value.isalpha() and (value.islower() or value.isupper() or value.istitle()):
        return len(value) >= 20 and entropy(value) >= 3.5
    return entropy(value) >= 2.5 and not value.startswith(("self.", "os.", "settings.", "config."))


def _is_user_and_password(value: str) -> bool:
    try:
        return b":" in base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
