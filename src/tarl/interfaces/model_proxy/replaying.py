"""The workflow ``model_proxy`` for a process in which no model answers: it replays, and looks."""

from __future__ import annotations

from tarl.interfaces.model_proxy.wires import Wires
from tarl.interfaces.model_proxy.workflow import sessions
from tarl.kernel.definition import DECLARED

model_proxy = sessions({}, Wires())
DECLARED.add(model_proxy)
