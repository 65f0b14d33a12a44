"""The library that reads exported tokens, on the published sample tokens of Biscuit."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

biscuit = pytest.importorskip("biscuit_auth", reason="biscuit-python has no wheel for this Python")
Algorithm = biscuit.Algorithm
AuthorizationError = biscuit.AuthorizationError
AuthorizerBuilder = biscuit.AuthorizerBuilder
Biscuit = biscuit.Biscuit
BiscuitValidationError = biscuit.BiscuitValidationError
PublicKey = biscuit.PublicKey

SAMPLES = Path(__file__).parent / "vectors" / "biscuit"
DATA: Any = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
ROOT: Any = PublicKey.from_bytes(bytes.fromhex(DATA["root_public_key"]), Algorithm.Ed25519)
CASES = [
    pytest.param(case["filename"], wanted, id=f"{case['title']} {name}".strip())
    for case in DATA["testcases"]
    for name, wanted in case["validations"].items()
]


@pytest.mark.parametrize(("name", "wanted"), CASES)
def test_a_sample_token_is_read_and_answered_as_published(name: str, wanted: Any) -> None:
    try:
        found = Biscuit.from_bytes((SAMPLES / name).read_bytes(), ROOT)
        assert found.revocation_ids == wanted["revocation_ids"]
        asked = AuthorizerBuilder(wanted["authorizer_code"])
        limits = asked.limits()
        limits.max_time = timedelta(seconds=10)  # a millisecond by itself: a busy machine takes it
        asked.set_limits(limits)
        asked.build(found).authorize()
    except (BiscuitValidationError, AuthorizationError):
        answer = "Err"
    else:
        answer = "Ok"

    assert answer == wanted["result"]
