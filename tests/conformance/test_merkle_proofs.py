"""RFC 6962 proofs: the published vectors, good and bad."""

import base64
import json
from pathlib import Path

import pytest

from tarl.errors import Corrupt
from tarl.journal.merkle import verify_consistency, verify_inclusion

PROOFS = json.loads((Path(__file__).parent / "vectors" / "rfc6962" / "proofs.json").read_text())


def decoded(text: str | None) -> bytes:
    return base64.b64decode(text or "")


@pytest.mark.parametrize("name", sorted(PROOFS["inclusion"]))
def test_inclusion(name: str) -> None:
    case = PROOFS["inclusion"][name]

    def check() -> None:
        verify_inclusion(
            decoded(case["leafHash"]),
            index=case["leafIdx"],
            size=case["treeSize"],
            proof=[decoded(step) for step in case["proof"] or ()],
            root=decoded(case["root"]),
        )

    judge(check, wanted_error=case["wantErr"])


@pytest.mark.parametrize("name", sorted(PROOFS["consistency"]))
def test_consistency(name: str) -> None:
    case = PROOFS["consistency"][name]

    def check() -> None:
        verify_consistency(
            old_size=case["size1"],
            old_root=decoded(case["root1"]),
            size=case["size2"],
            root=decoded(case["root2"]),
            proof=[decoded(step) for step in case["proof"] or ()],
        )

    judge(check, wanted_error=case["wantErr"])


def judge(check: object, *, wanted_error: bool) -> None:
    if wanted_error:
        with pytest.raises(Corrupt):
            check()
    else:
        check()
