"""The shipped weights, and files that are none."""

import json
import zlib
from importlib.resources import files

import pytest

from tarl.errors import Corrupt
from tarl.governance.safety.injection import model as module
from tarl.governance.safety.injection.model import model, unpack

PACKED = files(module.__package__).joinpath(module.FILE).read_bytes()
SIZE_MAX = 2_000_000


def test_the_weights_are_small_and_named_by_their_digest() -> None:
    assert len(PACKED) < SIZE_MAX
    assert len(model().digest) == 64
    assert unpack(PACKED).digest == model().digest


def _with(**changes: object) -> bytes:
    line, _, body = zlib.decompress(PACKED).partition(b"\n")
    head = json.loads(line) | changes
    return zlib.compress(json.dumps(head).encode() + b"\n" + body)


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"weights", id="no zlib"),
        pytest.param(PACKED[:-100], id="cut off"),
        pytest.param(zlib.compress(b"{}\n"), id="empty"),
        pytest.param(_with(size=3), id="another size"),
        pytest.param(_with(names=["whole"]), id="other evidence"),
    ],
)
def test_a_file_that_is_not_of_this_code_is_refused(packed: bytes) -> None:
    with pytest.raises(Corrupt) as caught:
        unpack(packed)
    assert caught.value.code == "injection.weights_corrupt"


def test_the_trees_end_and_the_score_rises_with_the_whole() -> None:
    learned = model()
    zero = [0.0] * len(module.NAMES)
    low, high = [-5.0, *zero[1:]], [5.0, *zero[1:]]
    assert learned.raw(low) <= learned.raw(zero) <= learned.raw(high)
    assert learned.probability(-1e9) < 0.01
    assert learned.probability(1e9) > 0.99


@pytest.mark.parametrize("name", ["whole", "a.max", "hidden", "decoded", "has.override"])
def test_what_can_only_speak_for_an_attack_never_lowers_the_score(name: str) -> None:
    learned = model()
    low = [0.0] * len(module.NAMES)
    high = list(low)
    high[module.NAMES.index(name)] = 8.0
    assert learned.raw(high) >= learned.raw(low)
    assert all(w >= 0 for at, _, _, w in learned.linear if module.NAMES[at] == name)
