"""``python -m tarl.integrations.orchestration_extended [DIRECTORY]`` runs the demo."""

from __future__ import annotations

import sys

from tarl.integrations.orchestration_extended.demo import main

sys.exit(main(sys.argv[1:]))
