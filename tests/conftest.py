"""What every test stands on: an empty environment of its own, and the size of random tests.

``TARL_SOAK=1`` (``make soak``) runs the tests marked ``soak`` and raises Hypothesis's number of
examples; without it those tests are skipped by name.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from tests.opened import closed_at_the_end

SOAK = os.environ.get("TARL_SOAK") == "1"
SOURCE = Path(__file__).parents[1] / "src"

# No deadline: a slow moment of the machine is not a failure. The blob repeats a failing example.
settings.register_profile("quick", deadline=None, print_blob=True)
settings.register_profile("soak", deadline=None, print_blob=True, max_examples=2_000)
settings.load_profile("soak" if SOAK else "quick")


def pytest_configure() -> None:
    """What tests start is of the tree they stand in, as they are, whatever is installed; and Ctrl-C
    ends it also where the tests themselves were started in the background, for which a shell has it
    ignored.
    """
    further = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(SOURCE), *map(os.path.abspath, further)])
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what is marked ``soak`` unless the full counts are asked for."""
    if SOAK:
        return
    for item in items:
        if item.get_closest_marker("soak"):
            item.add_marker(pytest.mark.skip(reason="full counts: make soak"))


def pytest_collection_finish() -> None:
    """The thousands of tests and modules stay: looking for garbage need not look through them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def leftovers(tmp_path: Path) -> Iterator[None]:
    """What the test said it leaves open is closed, while its folder is still there."""
    with closed_at_the_end():
        yield


@pytest.fixture(autouse=True)
def tarl_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A TARL_HOME of the test's own, not yet made, and no other setting from outside."""
    for name in os.environ:
        if name.startswith("TARL_") and name != "TARL_SOAK":
            monkeypatch.delenv(name)
    home = tmp_path / ".tarl"
    monkeypatch.setenv("TARL_HOME", str(home))
    return home
