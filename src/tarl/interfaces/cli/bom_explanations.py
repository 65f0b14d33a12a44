"""What the error codes of bills of materials mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

BILLS: dict[str, _e] = {
    "bill.card": _e(
        "A fact of a model, a data set or an evaluation has another type than its card has.",
        "Register it with the types of docs/how-to/write-a-bill-of-materials.md.",
    ),
    "bill.component": _e(
        "A component lacks its name, version or supplier, or has a kind, a digest or a package URL"
        " that is none.",
        "Give what is missing.",
    ),
    "bill.cycle": _e("The relations let something stand on itself.", "Leave one of them out."),
    "bill.declaration": _e(
        "Declarations name nobody who makes them, or one requirement is declared twice.",
        "Name the assessor, and declare each requirement once.",
    ),
    "bill.malformed": _e(
        "The file is no bill of materials that tarl can read: it reads those that it writes.",
        "Give a file that tarl sbom write makes.",
    ),
    "bill.other_journal": _e(
        "The bill was drawn from another journal.", "Name that journal: --db FILE"
    ),
    "bill.oversized": _e(
        "The file is larger than any bill.", "Give a file that tarl sbom write makes."
    ),
    "bill.ref": _e(
        "A relation names a component that is not there, or one is there twice.",
        "List each component once, and relate listed ones.",
    ),
    "bill.too_large": _e(
        "One bill would have more components or relations than a bill may.",
        "Draw bills of the parts.",
    ),
}
