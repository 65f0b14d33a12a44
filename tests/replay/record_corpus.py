"""Prints the last digest of every workflow of the corpus, for comparison between processes."""

from __future__ import annotations

from tests.corpus import CORPUS
from tests.lab import record

if __name__ == "__main__":
    for workflow, given in CORPUS:
        recorded = record(workflow, given)
        print(workflow.name, len(recorded.events), recorded.events[-1].digest.hex())
