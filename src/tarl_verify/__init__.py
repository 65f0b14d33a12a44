"""tarl-verify: checks the evidence of one run, offline, knowing nothing but a root public key.

This package is the whole program. It imports the standard library and PyNaCl (Ed25519) and nothing
of tarl, so that whoever does not trust the maker of the evidence has only this to read. The format
of the file, what success proves and what it cannot prove: ``docs/reference/evidence.md``.

    checks.py      requirements, and the encodings that everything is read from
    keys.py        keys, signatures, envelopes, certificates
    log.py         checkpoints, Merkle trees, leaves
    narrowing.py   whether one grant lies within another
    records.py     what is taken from records of other streams
    authority.py   who holds what, from the operator down
    effects.py     permits and outcomes of what agents did
    ballots.py     what people were asked, and their votes
    trust.py       the last three, held against the run
    evidence.py    the file, line by line
    command.py     the command

1. The file is read once, line by line; every line must have the one spelling there is (RFC 8785).
2. Every signature leads to the root key: root signs the log's and the operator's key, the operator
   signs the run's head and, at the end, every byte of the file; the log signs its checkpoint.
3. Every event is hashed into a chain that ends in the head, and is found in the log.
4. Records of other streams (authority, permits, approvals) are judged in the order of the log:
   authority only narrows, nothing revoked acts, every effect of an agent has permit and outcome.
5. Nothing is printed as proved that was not checked; whatever is unexpected is refused.

Units: ``at`` is milliseconds and a cosignature's time is seconds since 1970 UTC; blobs are measured
in bytes, logs in leaves. Memory: 40 bytes an event, the digests of blobs, one line, and the records
of other streams.
"""

from tarl_verify.checks import Failure, Usage
from tarl_verify.command import check_file, main
from tarl_verify.evidence import Evidence
from tarl_verify.keys import Key, parse_vkey
from tarl_verify.log import Checkpoint, parse_checkpoint

__all__ = [
    "Checkpoint",
    "Evidence",
    "Failure",
    "Key",
    "Usage",
    "check_file",
    "main",
    "parse_checkpoint",
    "parse_vkey",
]
