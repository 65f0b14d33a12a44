"""What the commands about trust share: the records of a tenant, and the keys that sign them here.

A command that is told to *propose* records nothing: it writes the record that it would have
recorded, with the signatures that can be made here, for others to add theirs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from tarl.errors import Denied, Invalid, Missing
from tarl.interfaces.cli.invocation import Invocation

if TYPE_CHECKING:
    from tarl.crypto.note import VerifierKey
    from tarl.engines.embedded.people import People
    from tarl.kernel.approvals.principals import Principal
    from tarl.trust.admission import Admitted
    from tarl.trust.kms import SigningService
    from tarl.trust.ledger import TrustLedger
    from tarl.trust.operations import TrustOperations

F = TypeVar("F", bound=Callable[..., Any])


class Trust(NamedTuple):
    """A tenant's records, and who can sign here."""

    tenant: str
    ledger: TrustLedger
    operations: TrustOperations
    people: People
    now_ms: int

    def until_ms(self, span_ms: int | None) -> int | None:
        """The end of a span that begins now; None for none."""
        return None if span_ms is None else self.now_ms + span_ms

    def principal(self, name: str) -> Principal:
        """A registered principal.

        Raises:
            Missing: nobody of that name (``principal.missing``).
        """
        from tarl.kernel.approvals.names import PrincipalId

        return self.people.principals.get(PrincipalId(self.tenant, name))

    def agent(self, name: str) -> Principal:
        """A registered agent.

        Raises:
            Missing: nobody of that name (``principal.missing``).
            Invalid: a human or a service (``trust.not_agent``).
        """
        try:
            found = self.principal(name)
        except Missing as error:
            if error.code != "principal.missing":
                raise
            raise Missing(
                f"no agent is registered as {name}",
                code="principal.missing",
                next_step=f"tarl agents create {name}; tarl agents ls",
                principal=name,
            ) from None
        if found.kind != "agent":
            raise Invalid(
                f"{name} is a {found.kind}, and no agent",
                code="trust.not_agent",
                next_step="tarl agents ls",
                principal=name,
            )
        return found


@contextmanager
def open_trust(
    invocation: Invocation, *, tenant: str | None = None, propose: str | None = None
) -> Iterator[Trust]:
    """The records of a tenant of the journal, which must exist, and the keys under the home.

    Args:
        invocation: The command line.
        tenant: Whose records; for whom the command acts when left out.
        propose: A file that takes the record instead of the journal.

    Raises:
        Missing: no journal, or no keys of an operator here.
    """
    from tarl.engines.embedded.clock import SystemClock
    from tarl.engines.embedded.people import People
    from tarl.stack import open_trust as ledger_on
    from tarl.trust.operations import TrustOperations

    keyring, clock = invocation.keyring, SystemClock()
    with invocation.open_store() as store:
        people, ledger = People(store, keyring), ledger_on(store, keyring)
        keys = AskedKeys(people)
        whose = invocation.home(tenant)
        operations = TrustOperations(
            ledger if propose is None else _Proposal(ledger, Path(propose)),  # type: ignore[arg-type]  # a proposal does what is used of a ledger
            keys=keys if propose is None else PartialKeys(keys),
            clock=clock,
            operator=_operator(invocation),
            tenant=whose,
        )
        yield Trust(whose, ledger, operations, people, clock.now_ms())


def one_tenant(*texts: str) -> tuple[str, tuple[str, ...]]:
    """The tenant of names (``id`` or ``tenant/id``), and the names in it.

    Raises:
        Denied: they are of several tenants (``trust.tenant``).
        Invalid: one is no name.
    """
    from tarl.interfaces.cli.people import principal_id

    ids = [principal_id(text) for text in texts]
    tenants = {id.tenant for id in ids}
    if len(tenants) > 1:
        raise Denied(
            f"authority never passes from tenant to tenant: {', '.join(sorted(tenants))}",
            code="trust.tenant",
            next_step="name agents of one tenant",
        )
    return ids[0].tenant, tuple(id.id for id in ids)


def record_digest(trust: Trust, text: str) -> str:
    """The digest of the record that a person names by its first digits.

    Raises:
        Missing: there is none (``trust.missing``).
        Invalid: several begin so (``trust.option``).
    """
    rows = trust.ledger.store.scan("trust_record", {"tenant": trust.tenant})
    found = [row["digest"] for row in rows if text and row["digest"].startswith(text.lower())]
    if len(found) == 1:
        return str(found[0])
    if found:
        raise Invalid(
            f"{len(found)} records begin with {text}",
            code="trust.option",
            next_step="write more of the digest",
        )
    raise Missing(
        f"there is no record {text[:80]}",
        code="trust.missing",
        next_step="tarl trust show AGENT shows digests",
        record=text[:80],
    )


class AskedKeys:
    """The key files here, as a service; a passphrase is asked for where one is needed."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._open: dict[str, SigningService] = {}

    def signer(self, key: VerifierKey) -> SigningService:
        """The signer of a key file, read once.

        Raises:
            Missing, Denied, Corrupt: as ``PrincipalKeys.signer``.
        """
        from tarl.interfaces.cli.people import passphrase_for
        from tarl.trust.kms import LocalSigner

        found = self._open.get(key.label)
        if found is None:
            try:
                secret = passphrase_for(self._people, key)
                found = LocalSigner(self._people.keys.signer(key, passphrase=secret))
            except Missing as error:
                error.next_step = (
                    "do it where the key is, or write the record for its holder: --propose FILE"
                )
                raise
            self._open[key.label] = found
        return found


class _Absent:
    """A key that somebody else has: its signature stays empty."""

    def __init__(self, key: VerifierKey) -> None:
        self.verifier = key

    def sign(self, message: bytes) -> bytes:
        """Nothing."""
        return b""


class PartialKeys:
    """Keys of which some are elsewhere, for a record that others are to sign as well."""

    def __init__(self, keys: AskedKeys) -> None:
        self._keys = keys

    def signer(self, key: VerifierKey) -> SigningService:
        """The signer, or one that signs nothing."""
        try:
            return self._keys.signer(key)
        except Missing:
            return _Absent(key)


class Proposed(Exception):
    """A record was written to a file instead of recorded."""


class _Proposal:
    """A ledger that is read, and whose records go to a file."""

    def __init__(self, ledger: TrustLedger, file: Path) -> None:
        self._ledger = ledger
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def record(self, envelope: Any, *, at_ms: int, beside: Any = None) -> Admitted:
        """Write it, and stop there."""
        write_envelope(self._file, envelope)
        raise Proposed


def propose_option(command: F) -> F:
    """The option that writes a record for others to sign instead of recording it."""
    return click.option(
        "--propose",
        metavar="FILE",
        help="Record nothing: write the record to FILE, for others to sign (tarl trust sign).",
    )(command)


def told_proposal(invocation: Invocation, command: str, file: str) -> None:
    """Say what became of a proposal."""
    envelope = read_envelope(file)
    signed = [signature["keyid"] for signature in envelope["signatures"]]
    if invocation.output.as_json:
        invocation.output.document(command, proposed=file, signed=signed)
        return
    invocation.output.note(f"wrote {file}; signed so far by {len(signed)}: {', '.join(signed)}")
    invocation.output.note(f"others sign it: {invocation.command('trust', 'sign', file)}")
    invocation.output.note(f"then: {invocation.command('trust', 'record', file)}")


def write_envelope(file: Path, envelope: Any) -> None:
    """Write an envelope with the signatures that it has."""
    from tarl.interfaces.cli.files import write_whole
    from tarl.values.canonical import encode

    signatures = [signature for signature in envelope["signatures"] if signature["sig"]]
    write_whole(file, [encode({**envelope, "signatures": signatures}) + b"\n"])


def read_envelope(file: str) -> Any:
    """The envelope in a file, which may have no signature yet.

    Raises:
        Missing, Denied: the file cannot be read.
        Invalid: it holds no envelope (``trust.envelope``).
    """
    from tarl.interfaces.cli.files import read_text

    try:
        envelope = json.loads(read_text(file, what="record"))
    except ValueError:
        envelope = None
    if not isinstance(envelope, dict) or not isinstance(envelope.get("signatures"), list):
        raise Invalid(
            f"{file} holds no record that could be signed",
            code="trust.envelope",
            next_step="make one with --propose FILE",
            path=file,
        )
    return envelope


def confirmed(invocation: Invocation, question: str, *, yes: bool, refusal: str) -> bool:
    """Whether a person agrees; who cannot be asked must have said --yes.

    Raises:
        click.UsageError: nobody can be asked.
    """
    import sys

    if yes:
        return True
    if not sys.stdin.isatty():
        raise click.UsageError(refusal)
    return click.confirm(question, err=True)


def instant(at_ms: int | None) -> str | None:
    """An instant for a person; None for never."""
    from tarl.values.instants import isoformat_ms

    return None if at_ms is None or at_ms > 253_402_300_799_999 else isoformat_ms(at_ms)


class _OperatorsKey:
    """The operator's key, which signs nothing for whoever acts for a tenant."""

    def __init__(self, invocation: Invocation, signer: SigningService) -> None:
        self.verifier = signer.verifier
        self._invocation = invocation
        self._signer = signer

    def sign(self, message: bytes) -> bytes:
        """The signature of a message.

        Raises:
            Denied: a tenant is set (``tenant.operator``).
        """
        self._invocation.require_operator()
        return self._signer.sign(message)


def _operator(invocation: Invocation) -> SigningService | None:
    from tarl.trust.kms import LocalSigner

    try:
        signer = LocalSigner(invocation.keyring.signer("operator"))
    except Missing:
        return None
    return _OperatorsKey(invocation, signer)
