"""What the error codes of sentences mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

SENTENCES: dict[str, _e] = {
    "sentence.characters": _e(
        "The sentence holds a character that hides how it reads: a control character, or one that "
        "changes the direction of writing.",
        "Leave out the character that the message names.",
    ),
    "sentence.empty": _e("There is no word in the sentence.", "Say what is wanted."),
    "sentence.too_many": _e(
        "More is wanted in one sentence than can be meant.", "Say it in several sentences."
    ),
    "sentence.too_long": _e(
        "The sentence is longer than any request; it is rather a document.",
        "Say it shorter, or in several sentences.",
    ),
}
