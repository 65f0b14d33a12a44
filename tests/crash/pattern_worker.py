"""The process that the crash test of patterns kills; see ``worker``."""

from __future__ import annotations

from tests.crash.pattern_mix import PATTERN_MIX
from tests.crash.worker import main

if __name__ == "__main__":
    main(PATTERN_MIX)
