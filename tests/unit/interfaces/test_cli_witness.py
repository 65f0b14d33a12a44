"""What a witness reads: a signed note, or a request with a proof before it."""

from __future__ import annotations

import base64

import pytest

from tarl.errors import Invalid
from tarl.interfaces.cli.commands.witness import PROOF_LINES_MAX, Request, parse_request

STEP = bytes(range(32))
LINE = base64.b64encode(STEP).decode() + "\n"
NOTE = "tarl/1\n5\nAAAA\n\n— key abcd\n"


def test_a_note_alone_proves_nothing() -> None:
    assert parse_request(NOTE) == Request(0, [], NOTE)


def test_a_request_has_the_older_size_and_its_proof() -> None:
    assert parse_request(f"old 3\n{LINE}{LINE}\n{NOTE}") == Request(3, [STEP, STEP], NOTE)
    assert parse_request(f"old 5\n\n{NOTE}") == Request(5, [], NOTE)


@pytest.mark.parametrize(
    "text",
    [
        "old 3\n",
        f"old \n{LINE}\n{NOTE}",
        f"old -1\n{LINE}\n{NOTE}",
        f"old ٣\n{LINE}\n{NOTE}",
        f"old 3\nAAAA\n\n{NOTE}",
        f"old 3\n!{LINE}\n{NOTE}",
        f"old 3\n{LINE * (PROOF_LINES_MAX + 1)}\n{NOTE}",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_request(text)
    assert caught.value.code == "witness.request"
