from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from tarl.agents.model import Price
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.spending import Budget
from tarl.errors import Conflict, Invalid, TarlError
from tarl.interfaces.cli.main import main
from tarl.interfaces.model_proxy.offering import micro, offer, read_pins, read_prices

LOCAL = ("--upstream", "http://127.0.0.1:9/v1", "--port", "0")


def refused(
    capsys: pytest.CaptureFixture[str], directory: Path, *words: str
) -> tuple[int, dict[str, Any]]:
    code = main(["model-proxy", "--db", str(directory / "t.db"), "--json", *words])
    return code, json.loads(capsys.readouterr().out)["error"]


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        (LOCAL, 2, "proxy.models"),
        (("--model", "m", "--port", "0"), 2, "model.key"),
        ((*LOCAL, "--model", "m", "--api-key-env", "NO_SUCH"), 2, "model.key"),
        ((*LOCAL, "--model", "m", "--model", "m"), 2, "proxy.models"),
        ((*LOCAL, "--model", "m", "--price", "x=1/2"), 3, "proxy.model"),
        ((*LOCAL, "--model", "m", "--price", "m=1"), 2, "proxy.price"),
        ((*LOCAL, "--model", "m", "--pin", "m"), 2, "proxy.pin"),
        ((*LOCAL, "--model", "m", "--budget-cost", "much"), 2, "proxy.price"),
        ((*LOCAL, "--model", "m", "--budget-calls", "0"), 2, "usage"),
        ((*LOCAL, "--model", "m", "--task", "t"), 2, "usage"),
        ((*LOCAL, "--model", "m", "--agent", "nobody"), 3, "principal.missing"),
        ((*LOCAL, "--model", "m", "--session", "a/b"), 2, "proxy.session"),
        ((*LOCAL, "--model", "m", "--host", "0.0.0.0"), 4, "http.not_loopback"),
        (("--upstream", "file:///etc/passwd", "--model", "m"), 2, "model.address"),
        (("--upstream", "http://user:pw@h/v1", "--model", "m"), 2, "model.address"),
        ((*LOCAL, "--replay", "nobody"), 3, "run.missing"),
        ((*LOCAL, "--replay", "x", "--model", "m"), 2, "usage"),
        ((*LOCAL, "--code", "no-such.py"), 3, "code.missing"),
    ],
)
def test_what_is_refused_before_it_serves(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    exit_code: int,
    code: str,
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    left, error = refused(capsys, tmp_path, *words)

    assert (left, error["code"]) == (exit_code, code), error
    assert "pw" not in error["message"]


def test_a_port_that_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        words = ("--upstream", "http://127.0.0.1:9/v1", "--model", "m", "--port", port)
        left, error = refused(capsys, tmp_path, *words)

    assert (left, error["code"]) == (10, "http.port")


def test_a_token_that_others_may_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    token = tmp_path / "token"
    token.write_text("a-token-that-others-may-read\n")
    token.chmod(0o644)

    left, error = refused(capsys, tmp_path, *LOCAL, "--model", "m", "--token-file", str(token))

    assert (left, error["code"]) == (4, "keys.permissions")


def test_a_token_that_would_name_a_session(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = tmp_path / "token"
    token.write_text("a-token-with:a-colon\n")
    token.chmod(0o600)

    left, error = refused(capsys, tmp_path, *LOCAL, "--model", "m", "--token-file", str(token))

    assert (left, error["code"]) == (2, "http.token_file")


def test_a_run_in_which_no_model_was_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = tmp_path / "quiet_flow.py"
    flow.write_text(
        "from tarl import Context, workflow\n\n\n"
        "@workflow\nasync def quiet(ctx: Context) -> int:\n    return 1\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert main(["run", str(flow), "--id", "q", "--db", str(tmp_path / "t.db"), "-q"]) == 0
    capsys.readouterr()

    left, error = refused(capsys, tmp_path, "--replay", "q")

    assert (left, error["code"]) == (3, "proxy.replay")


def test_prices_and_pins() -> None:
    price = Price(input_micro_per_million=250_000, output_micro_per_million=2_000_000)
    assert read_prices(["a=b=0.25/2"]) == {"a=b": price}
    assert read_pins(["m=v=1"]) == {"m": "v=1"}
    assert micro("0.000001", "") == 1
    for text in ("-1", "1e400", "NaN", "Infinity", "0.0000001", "", "1,5"):
        with pytest.raises(Invalid):
            micro(text, text)


def test_an_offer() -> None:
    one, other = ScriptedModel("m", "a"), ScriptedModel("m", "b")

    assert offer([one, one], Budget()).models == {"m": one}
    with pytest.raises(Conflict):
        offer([one, other], Budget())
    with pytest.raises(TarlError):
        offer([], Budget())
