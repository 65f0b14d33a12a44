"""Bills of materials: written from the journal, checked, signed."""

from __future__ import annotations

import json

import pytest
from tests.e2e.cli_process import Cli

pytestmark = pytest.mark.e2e


def test_a_bill_is_written_and_an_edit_is_named(cli: Cli) -> None:
    cli("run", "flow.py:squares", "--id", "a", "--input", '{"steps": 2}')
    done = cli("sbom", "a", "-o", "a.cdx.json", "--json")
    assert (done.code, done.data["format"]) == (0, "cyclonedx-1.6")
    bill = json.loads((cli.directory / "a.cdx.json").read_text())
    assert bill["metadata"]["component"]["name"] == "run/default/a/1"
    (formula,) = bill["formulation"]
    assert [task["name"] for task in formula["workflows"][0]["tasks"]] == ["step"] * 2
    packages = {each["name"] for each in bill["components"]}
    assert {"click", "msgspec"} <= packages

    assert cli("sbom", "a").out.encode() == (cli.directory / "a.cdx.json").read_bytes()
    held = cli("sbom", "verify", "a.cdx.json")
    assert (held.code, held.out.splitlines()[0]) == (
        0,
        f"ok: cyclonedx-1.6, {done.data['components']} components",
    )
    edited = (cli.directory / "a.cdx.json").read_text().replace('"msgspec"', '"msgspek"')
    (cli.directory / "b.cdx.json").write_text(edited)
    found = cli("sbom", "verify", "b.cdx.json", "--json")
    assert (found.code, found.data["verified"]) == (6, False)
    assert 'name is "msgspek", and the journal says "msgspec"' in found.data["problems"][0]


def test_a_signed_bill_names_who_signed(cli: Cli) -> None:
    cli("run", "one.py", "--id", "a")
    key = cli("principals", "create", "alice", "--json").data["keys"][0]
    words = ("sbom", "a", "--format", "spdx-2.3", "--as", "alice", "-o", "a.json")
    assert cli(*words).code == 0
    held = cli("sbom", "verify", "a.json", "--json").data
    assert (held["verified"], held["signers"]) == (True, ["alice"])
    elsewhere = cli("sbom", "verify", "a.json", "--no-journal", "--key", key)
    assert elsewhere.code == 0
    assert "checked: not the journal" in elsewhere.out
    assert cli.refused("sbom", "0" * 64) == (3, "artifact.missing")
    assert cli.refused("sbom", "verify", "none.json") == (3, "input.missing")
    assert cli.refused("sbom", "verify", "flow.py") == (2, "json.malformed")
