"""How a Temporal server is spoken to: over TLS, and as whom.

1. A file that is named is read when the connection is made; one that cannot be read refuses it.
2. Secrets (a private key, an API key) are in files that nobody else may read.
3. An API key is never sent without TLS.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from msgspec import Struct
from temporalio.service import TLSConfig

from tarl.errors import Denied, Invalid, Missing

FILE_BYTES_MAX = 1024 * 1024


class Credentials(Struct, frozen=True, kw_only=True):
    """What a connection is made with; each file by its path.

    Args:
        tls: Whether to speak TLS; any file that is named says so too.
        ca_file: The certificates that the server's is checked against (PEM); the system's without.
        cert_file: The client's own certificate (PEM), for a server that asks for one.
        key_file: Its private key (PEM).
        api_key_file: The key that the server knows the caller by.
    """

    tls: bool = False
    ca_file: str | os.PathLike[str] | None = None
    cert_file: str | os.PathLike[str] | None = None
    key_file: str | os.PathLike[str] | None = None
    api_key_file: str | os.PathLike[str] | None = None

    def tls_config(self) -> TLSConfig | bool:
        """TLS as temporalio is told of it; False for none.

        Raises:
            Invalid: a certificate without its key, or a key without its certificate
                (``temporal.credentials``).
            Missing: a file that does not exist (``temporal.credentials``).
            Denied: one that cannot be read, or a private key that others can read
                (``temporal.credentials``).
        """
        if (self.cert_file is None) != (self.key_file is None):
            raise Invalid(
                "a client's certificate and its private key go together, and one is missing",
                code="temporal.credentials",
                next_step="name both: temporal_cert_file and temporal_key_file",
            )
        files = (self.ca_file, self.cert_file, self.api_key_file)
        if not self.tls and all(each is None for each in files):
            return False
        return TLSConfig(
            server_root_ca_cert=_read(self.ca_file),
            client_cert=_read(self.cert_file),
            client_private_key=_read(self.key_file, is_secret=True),
        )

    def api_key(self) -> str | None:
        """The API key; None without one.

        Raises:
            Invalid: the file holds no key (``temporal.credentials``).
            Missing: there is no such file (``temporal.credentials``).
            Denied: it cannot be read, or others can read it (``temporal.credentials``).
        """
        data = _read(self.api_key_file, is_secret=True)
        if data is None:
            return None
        key = data.decode("ascii", "replace").strip()
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise Invalid(
                f"{self.api_key_file} holds no API key",
                code="temporal.credentials",
                next_step="write the key, and nothing else, into it",
                path=str(self.api_key_file),
            )
        return key


NO_CREDENTIALS = Credentials()


def _read(file: str | os.PathLike[str] | None, *, is_secret: bool = False) -> bytes | None:
    if file is None:
        return None
    path = Path(file)
    try:
        with path.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            data = opened.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        raise Missing(
            f"there is no file {path}",
            code="temporal.credentials",
            next_step="tarl doctor --config shows which setting names it",
            path=str(path),
        ) from None
    except OSError as error:
        raise Denied(
            f"{path} cannot be read: {error.strerror}",
            code="temporal.credentials",
            next_step="let the user that runs tarl read it",
            path=str(path),
        ) from None
    if is_secret and stat.S_IMODE(mode) & 0o007:
        raise Denied(
            f"{path} holds a secret and may be read by anybody",
            code="temporal.credentials",
            next_step=f"chmod 600 {path}",
            path=str(path),
        )
    if len(data) > FILE_BYTES_MAX:
        raise Invalid(
            f"{path} is larger than a key or a certificate can be",
            code="temporal.credentials",
            next_step="name the file of the key or certificate",
            path=str(path),
        )
    return data
