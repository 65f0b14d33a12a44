"""What a connection to Temporal is made with: files that are read, or refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tarl.engines.temporal.credentials import FILE_BYTES_MAX, Credentials
from tarl.errors import Denied, Invalid, Missing, Refused


def secret(path: Path, data: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(data)
    path.chmod(mode)
    return path


def test_without_anything_nothing_is_encrypted_and_nobody_is_named() -> None:
    none = Credentials()
    assert none.tls_config() is False
    assert none.api_key() is None


def test_files_are_read_and_say_that_tls_is_spoken(tmp_path: Path) -> None:
    ca = secret(tmp_path / "ca.pem", b"ca", 0o644)
    cert = secret(tmp_path / "cert.pem", b"cert", 0o644)
    key = secret(tmp_path / "key.pem", b"key")
    made = Credentials(ca_file=ca, cert_file=cert, key_file=key).tls_config()
    assert not isinstance(made, bool)
    assert (made.server_root_ca_cert, made.client_cert, made.client_private_key) == (
        b"ca",
        b"cert",
        b"key",
    )
    bare = Credentials(tls=True).tls_config()
    assert not isinstance(bare, bool)
    assert bare.server_root_ca_cert is None


def test_an_api_key_is_never_sent_without_tls(tmp_path: Path) -> None:
    key = secret(tmp_path / "api-key", b"abc.def-123\n", 0o640)
    made = Credentials(api_key_file=key)
    assert made.api_key() == "abc.def-123"
    assert made.tls_config() is not False


@pytest.mark.parametrize("data", [b"", b" \n", b"two words", b"a\nb", "schlüssel".encode()])
def test_a_file_without_a_key_is_refused(tmp_path: Path, data: bytes) -> None:
    made = Credentials(api_key_file=secret(tmp_path / "api-key", data))
    with pytest.raises(Invalid, match="holds no API key") as caught:
        made.api_key()
    assert caught.value.code == "temporal.credentials"


def test_a_secret_that_anybody_reads_is_refused(tmp_path: Path) -> None:
    key = secret(tmp_path / "key", b"key", 0o604)
    cert = secret(tmp_path / "cert", b"cert")
    for read in (
        Credentials(api_key_file=key).api_key,
        Credentials(cert_file=cert, key_file=key).tls_config,
    ):
        with pytest.raises(Denied, match="may be read by anybody") as caught:
            read()
        assert caught.value.code == "temporal.credentials"


def test_what_is_not_there_or_no_file_or_too_large_is_refused(tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(bytes(FILE_BYTES_MAX + 1))
    for path, kind in ((tmp_path / "none", Missing), (tmp_path, Denied), (large, Invalid)):
        with pytest.raises(Refused) as caught:
            Credentials(ca_file=path).tls_config()
        assert type(caught.value) is kind
        assert caught.value.code == "temporal.credentials"


@pytest.mark.parametrize("given", ["cert_file", "key_file"])
def test_a_certificate_and_its_key_go_together(tmp_path: Path, given: str) -> None:
    file = str(secret(tmp_path / "half", b"half"))
    half = Credentials(cert_file=file) if given == "cert_file" else Credentials(key_file=file)
    with pytest.raises(Invalid, match="go together"):
        half.tls_config()
