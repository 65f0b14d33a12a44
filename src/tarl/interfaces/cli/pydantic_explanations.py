"""What the error codes of pydantic-ai agents mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

PYDANTIC: dict[str, _e] = {
    "adapter.unfit": _e(
        "A pydantic-ai agent is made so that no run could record what it does.",
        "Give the agent a model and a name, its toolsets ids, its tools metadata that steps have.",
    ),
}
