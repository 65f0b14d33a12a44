"""A process that promotes: python -m tests.crash.promotion_worker JOURNAL MODE MARK

MODE ``dies`` kills itself while the gates are asked, ``waits`` begins when the file MARK is there.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from tests.unit.governance.promotion.promotion_parts import RELEASE, SUBJECT, Yard
from tests.unit.provenance.provenance_parts import signer

from tarl.governance.promotion.functions import Question
from tarl.governance.promotion.pipeline_file import parse
from tarl.storage import open_store

PIPELINE = parse(RELEASE + '[[gate]]\nname = "smoke"\nfunction = "smoke"\n')
WAIT_S = 20


def main(journal: str, mode: str, mark: str) -> None:
    store = open_store(journal)
    yard = Yard(store)
    yard.clock.at_ms += 60_000

    def smoke(question: Question) -> bool:
        if mode == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        return True

    yard.functions.register("smoke", smoke)
    print("ready", flush=True)
    deadline = time.monotonic() + WAIT_S
    while mode == "waits" and not Path(mark).exists():
        assert time.monotonic() < deadline
        time.sleep(0.001)
    made = yard.promotions.promote(SUBJECT, "dev", "stage", PIPELINE, signer=signer("ci"))
    print(json.dumps([made.request.id, made.outcome, made.decided.statement]), flush=True)
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
