"""``tarl keys``: the keys under the home, and the keys that seal tenants' data."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli import exits
from tarl.interfaces.cli.commands.principals import rotate
from tarl.interfaces.cli.invocation import Invocation, common_options

if TYPE_CHECKING:
    from tarl.crypto.keys import Purpose

PURPOSES: tuple[Purpose, ...] = ("root", "log", "operator")


@click.group(short_help="Make, show and destroy keys.")
def keys() -> None:
    """Make, show and destroy keys. Secrets lie under TARL_HOME, never beside a journal."""


@keys.command(short_help="Make the root, log and operator keys.")
@common_options
@click.pass_obj
def init(invocation: Invocation) -> None:
    """Make the root, log and operator keys, once; existing keys are never overwritten."""
    invocation.require_operator()
    keyring = invocation.keyring.init()
    root = keyring.public("root").vkey
    if invocation.output.as_json:
        invocation.output.document("keys.init", directory=str(keyring.directory), root=root)
        return
    invocation.output.note(f"made root, log and operator keys in {keyring.directory}")
    invocation.output.note("whoever verifies your evidence needs this root key:")
    invocation.output.data(root)


@keys.command(short_help="Print a public key.")
@click.argument("purpose", type=click.Choice(PURPOSES), default="root")
@common_options
@click.pass_obj
def show(invocation: Invocation, purpose: Purpose) -> None:
    """Print a public key as verifier key text (C2SP); without a name the root's."""
    vkey = invocation.keyring.public(purpose).vkey
    if invocation.output.as_json:
        invocation.output.document("keys.show", purpose=purpose, key=vkey)
    else:
        invocation.output.data(vkey)


@keys.command(short_help="Copy what another machine needs to do the same work.")
@click.argument("directory", metavar="DIRECTORY")
@common_options
@click.pass_obj
def copy(invocation: Invocation, directory: str) -> None:
    """Copy every key that a further machine needs into the home DIRECTORY, but not the root's.

    With it as TARL_HOME a machine runs workflows, signs checkpoints, exports and verifies. It gets
    the operator's and the log's keys, what the root says of them, the keys of sealed tenants, the
    key that names redacted values, and those of the journal's agents; no person's.
    """
    from tarl.crypto.copies import copy_keys

    invocation.require_operator()
    target = Path(directory).expanduser()
    files = [*copy_keys(invocation.keyring, target), *_copy_agents(invocation, target)]
    if invocation.output.as_json:
        invocation.output.document("keys.copy", directory=str(target), files=files)
        return
    for file in files:
        invocation.output.data(file)
    invocation.output.note(f"{target} is a TARL_HOME for another machine; root.key stays here")


def _copy_agents(invocation: Invocation, target: Path) -> list[str]:
    """Copy the keys of agents that are registered and kept here."""
    from tarl.crypto.principals import PrincipalKeys
    from tarl.kernel.approvals.register import Principals

    if not invocation.has_journal():
        return []
    kept, files = PrincipalKeys(invocation.keyring.directory.parent), []
    with invocation.open_store() as store:
        register = Principals(store)
        for id in register.ids():
            found = register.get(id)
            if found.kind == "agent" and found.revoked is None and kept.has(found.key):
                files.append(kept.copy(found.key, target))
    return files


@keys.command("ls", short_help="List the keys that are kept here.")
@common_options
@click.pass_obj
def list_keys(invocation: Invocation) -> None:
    """List the keys under TARL_HOME by fingerprint; nothing secret is shown.

    A key's label is its name and its key id (C2SP). Of a principal's keys, the one counts that the
    journal has last; those before it are replaced.
    """
    found = list(_kept(invocation))
    if invocation.output.as_json:
        invocation.output.document("keys.ls", keys=found)
        return
    rows = [(key["label"], key["use"], "yes" if key["sealed"] else "no") for key in found]
    invocation.output.table(("key", "use", "passphrase"), rows)


keys.add_command(rotate)


def _kept(invocation: Invocation) -> Iterator[dict[str, Any]]:
    from contextlib import ExitStack

    from tarl.crypto.principals import PrincipalKeys
    from tarl.kernel.approvals.names import PrincipalId
    from tarl.kernel.approvals.register import Principals

    keyring = invocation.keyring
    for purpose in PURPOSES:
        if keyring.has(purpose):
            yield {"label": keyring.public(purpose).label, "use": purpose, "sealed": False}
    with ExitStack() as closing:
        register = None
        if invocation.has_journal():
            register = Principals(closing.enter_context(invocation.open_store()))
        for label, sealed in PrincipalKeys(keyring.directory.parent).labels():
            id = PrincipalId.from_stream(label.rpartition("+")[0])
            found = None if register is None else register.find(id)
            use = "not in this journal"
            if found is not None:
                use = "counts" if found.key.label == label else "replaced"
                use = use if found.revoked is None else "revoked"
            yield {"label": label, "use": use, "sealed": sealed}


@keys.group(short_help="Keys that seal a tenant's data.")
def tenant() -> None:
    """Keys that seal a tenant's data at rest."""


@tenant.command(short_help="Make the key of a tenant.")
@click.argument("name", metavar="NAME")
@common_options
@click.pass_obj
def make(invocation: Invocation, name: str) -> None:
    """Make the key of a tenant; from then on its data is sealed with it."""
    from tarl.values.ids import check_name

    invocation.require_operator()
    invocation.keyring.make_tenant_key(check_name(name, "tenant"))
    if invocation.output.as_json:
        invocation.output.document("keys.tenant.make", tenant=name)
    else:
        invocation.output.note(f"tenant {name} has a key now")


@tenant.command(short_help="Destroy the key of a tenant: its data is gone for good.")
@click.argument("name", metavar="NAME")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
@click.pass_obj
def destroy(invocation: Invocation, name: str, yes: bool) -> int:
    """Destroy the key of a tenant: what it sealed is gone for good, its chains still verify."""
    from tarl.values.ids import check_name

    invocation.require_operator()
    check_name(name, "tenant")
    if not yes:
        question = f"Everything sealed for tenant {name} becomes unreadable for good. Destroy?"
        if not sys.stdin.isatty():
            raise click.UsageError(f"This destroys what was sealed for tenant {name}: say --yes.")
        if not click.confirm(question, err=True):
            invocation.output.note("nothing was destroyed")
            return exits.DENIED
    invocation.keyring.destroy_tenant_key(name)
    if invocation.output.as_json:
        invocation.output.document("keys.tenant.destroy", tenant=name)
    else:
        invocation.output.note(f"the key of tenant {name} is destroyed")
    return exits.OK
