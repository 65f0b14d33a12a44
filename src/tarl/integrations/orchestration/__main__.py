"""``python -m tarl.integrations.orchestration [DIRECTORY]`` runs the demo."""

from __future__ import annotations

import sys

from tarl.integrations.orchestration.demo import main

sys.exit(main(sys.argv[1:]))
