"""``python -m tarl_verify``."""

import sys

from tarl_verify.command import main

if __name__ == "__main__":
    sys.exit(main())
