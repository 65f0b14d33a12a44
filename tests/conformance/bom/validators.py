"""The validators of others that every bill passes, offline; each says what is wrong, or nothing."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
NODE_MODULES = ROOT / ".build" / "node" / "node_modules"
NO_SKIP = os.environ.get("TARL_NO_SKIP") == "1"
NODE_SCRIPT = ROOT / "tests" / "node" / "validate.mjs"


def cyclonedx_python(data: bytes, spec: str) -> str:
    """cyclonedx-python-lib, strict."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    found = JsonStrictValidator(SchemaVersion.from_version(spec)).validate_str(data.decode())
    return "" if found is None else str(found)


def cyclonedx_editor(data: bytes, spec: str) -> str:
    """cyclonedx-editor-validator: what ``cdx-ev validate`` asks of a file's content."""
    from cdxev.validator.helper import validate_instance

    found = validate_instance(json.loads(data), spec, "default", None)
    return "; ".join(sorted(f"{issue.location}: {issue.message}" for issue in found.errors))


def why_no_node() -> str:
    """What the tests with npm's packages lack here, if anything."""
    if shutil.which("node") is None:
        return "node is missing, and with it npm's CycloneDX library: install nodejs and npm"
    if not NODE_MODULES.is_dir():
        return "npm's CycloneDX library is missing: install npm; make test then fetches it"
    return ""


class NodeValidator:
    """@cyclonedx/cyclonedx-library, in one process for many documents."""

    def __init__(self) -> None:
        node = shutil.which("node")
        assert node is not None
        self._process = subprocess.Popen(
            [node, str(NODE_SCRIPT), str(NODE_MODULES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __call__(self, data: bytes, spec: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"spec": spec, "document": data.decode()}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        found = json.loads(line)
        return "" if found is None else json.dumps(found)

    def close(self) -> None:
        self._process.communicate()


def spdx_tools(path: Path) -> str:
    """spdx-tools, as ``pyspdxtools`` asks."""
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    found = validate_full_spdx_document(parse_file(str(path)))
    return "; ".join(message.validation_message for message in found)


def spdx_model(data: bytes) -> str:
    """spdx-python-model: read, every reference resolved, and written again with nothing lost."""
    from spdx_python_model.bindings import v3_0_1 as spdx3

    objects = spdx3.SHACLObjectSet()
    spdx3.JSONLDDeserializer().read(io.BytesIO(data), objects)
    missing = objects.link()
    again = io.BytesIO()
    spdx3.JSONLDSerializer().write(objects, again)
    lost = _canonical(json.loads(data)) != _canonical(json.loads(again.getvalue()))
    return f"unresolved: {sorted(missing)[:3]}" if missing else "written otherwise" if lost else ""


def ntia(path: Path, spec: str) -> str:
    """ntia-conformance-checker: conformant, and nothing adrift or pointing nowhere."""
    import ntia_conformance_checker as checker

    found: Any = checker.SbomChecker(str(path), sbom_spec=spec)
    adrift = [*found.floating_component_ids, *found.unknown_pointer_edges]
    said = [str(message) for message in found.validation_messages] + found.parsing_errors
    if found.compliant and not adrift and not said:
        return ""
    return f"{found.all_components_without_info} {adrift} {said} {found.table_elements}"


def _canonical(document: Any) -> Any:
    graph = sorted(document["@graph"], key=lambda each: each.get("spdxId", each.get("@id", "")))
    return json.loads(json.dumps(graph, sort_keys=True))
