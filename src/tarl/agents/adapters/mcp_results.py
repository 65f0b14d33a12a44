"""What an MCP tool answers, as the JSON value that a run records.

- A structured answer is that value.
- An answer of texts is one text.
- Anything else is a list of blocks, ``{"type": ...}`` each, with the structured answer beside it if
  there is one: ``{"content": [...], "structured": ...}``.

Images, sounds and files stand there by digest and size; their bytes are kept only where the
server's ``keep`` says.
"""

from __future__ import annotations

import base64
import binascii
import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tarl.agents.adapters.mcp_errors import ToolFailed, malformed, too_large
from tarl.values.canonical import encode

if TYPE_CHECKING:
    from mcp_types import CallToolResult

RESULT_BYTES_MAX = 4 * 1024 * 1024
"""Of one recorded answer: what is larger belongs outside, by reference."""

ERROR_CHARS_MAX = 4_000


def result_of(
    result: CallToolResult,
    *,
    server: str,
    tool: str,
    bytes_max: int = RESULT_BYTES_MAX,
    keep: Path | None = None,
) -> Any:
    """A tool's answer as a JSON value.

    Args:
        result: What the server sent.
        server: The server, for the messages.
        tool: The tool, for the messages.
        bytes_max: The largest value that is taken.
        keep: Where bytes are kept, under their digest.

    Raises:
        ToolFailed: the tool says that it failed.
        ResultTooLarge: it is too large.
        MalformedAnswer: bytes that are no base64.
        Invalid: it has no canonical JSON form (``value.*``).
    """
    blocks = [_block(block, server, keep) for block in result.content]
    texts = [block["text"] for block in blocks if block["type"] == "text"]
    if result.is_error:
        said = "\n".join(texts) or "it says no more"
        raise ToolFailed(
            f"tool {tool} of {server} failed: {said[:ERROR_CHARS_MAX]}",
            next_step="see what the tool says; other arguments may help",
            server=server,
            tool=tool,
        )
    is_structured = "structured_content" in result.model_fields_set
    value: Any = {"content": blocks}
    if len(texts) == len(blocks):
        value = result.structured_content if is_structured else "\n".join(texts)
    elif is_structured:
        others = [block for block in blocks if block["type"] != "text"]
        value = {"content": others, "structured": result.structured_content}
    if len(encode(value)) > bytes_max:
        raise too_large(f"the answer of tool {tool} of {server}", bytes_max, server=server)
    return value


def _block(block: Any, server: str, keep: Path | None) -> dict[str, Any]:
    match block.type:
        case "text":
            return {"type": "text", "text": block.text}
        case "image" | "audio":
            return {"type": block.type, **_bytes(block.data, block.mime_type, server, keep)}
        case "resource":
            inside = block.resource
            where = {"type": "resource", "uri": str(inside.uri)}
            if hasattr(inside, "text"):
                kind = {"mime_type": inside.mime_type} if inside.mime_type else {}
                return {**where, **kind, "text": inside.text}
            return {**where, **_bytes(inside.blob, inside.mime_type, server, keep)}
        case _:
            link = {"type": block.type, "uri": str(block.uri), "name": block.name}
            return link | ({"mime_type": block.mime_type} if block.mime_type else {})


def _bytes(data: str, mime_type: str | None, server: str, keep: Path | None) -> dict[str, Any]:
    try:
        raw = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise malformed(server, f"bytes that are no base64: {error}") from None
    digest = sha256(raw).hexdigest()
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        place, part = keep / digest, keep / f"{digest}.{os.getpid()}"
        if not place.exists():
            part.write_bytes(raw)
            part.replace(place)
    kind = {"mime_type": mime_type} if mime_type else {}
    return {**kind, "sha256": digest, "size_bytes": len(raw)}
