"""The process that the crash test of roles kills; see ``worker``."""

from __future__ import annotations

from tests.crash.role_mix import ROLE_MIX
from tests.crash.worker import main

if __name__ == "__main__":
    main(ROLE_MIX)
