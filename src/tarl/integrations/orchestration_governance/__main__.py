"""``python -m tarl.integrations.orchestration_governance [DIRECTORY]`` runs the demo."""

from __future__ import annotations

import sys

from tarl.integrations.orchestration_governance.demo import main

sys.exit(main(sys.argv[1:]))
