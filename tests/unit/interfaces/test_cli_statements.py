"""Files on the command line: which are statements, and which files a statement may name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tarl.errors import Denied, Invalid, Missing
from tarl.interfaces.cli.provenance import digest_of_file
from tarl.interfaces.cli.statements import (
    ENVELOPE_BYTES_MAX,
    _is_file,
    _place,
    is_statement,
    read_envelope,
)


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "a/../../b", "", "a\0b", "..", "/", "//x"]
)
def test_a_subject_names_no_file_elsewhere(tmp_path: Path, name: str) -> None:
    assert _place(tmp_path, name) is None


@pytest.mark.parametrize("name", ["a" * 300, "a/" * 3_000, "\ud800"])
def test_a_name_that_no_file_can_have_is_no_file(tmp_path: Path, name: str) -> None:
    place = _place(tmp_path, name)
    assert place is not None
    assert not _is_file(place)


def test_a_device_has_no_digest() -> None:
    with pytest.raises(Denied) as refused:
        digest_of_file(Path("/dev/zero"))
    assert refused.value.code == "input.unreadable"


def test_a_subject_names_a_file_below(tmp_path: Path) -> None:
    assert _place(tmp_path, "dist/a.whl") == tmp_path / "dist" / "a.whl"


@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        (b'{"payload":"", "payloadType":"x"}', True),
        (b'\n {"payload":1}', True),
        (b'{"evidence":"tarl/2"}\n{"event":{}}\n', False),
        (b"[]", False),
        (b"", False),
    ],
)
def test_what_is_meant_as_a_statement(tmp_path: Path, content: bytes, is_one: bool) -> None:
    (tmp_path / "f").write_bytes(content)
    assert is_statement(tmp_path / "f") is is_one


def test_what_cannot_be_read(tmp_path: Path) -> None:
    assert not is_statement(tmp_path)
    with pytest.raises(Missing):
        read_envelope(tmp_path / "gone")
    (tmp_path / "large").write_bytes(b"{" + b" " * ENVELOPE_BYTES_MAX)
    with pytest.raises(Invalid) as refused:
        read_envelope(tmp_path / "large")
    assert refused.value.code == "attestation.malformed"
