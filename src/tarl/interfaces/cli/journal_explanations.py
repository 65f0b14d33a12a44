"""What the error codes of a journal mean and what to try: a part of the table in
``explanations.py``. Those of PostgreSQL alone are in ``database_explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

JOURNAL: dict[str, _e] = {
    "journal.missing": _e("There is no such journal.", "--db FILE; the first tarl run makes one."),
    "journal.newer": _e(
        "A newer version of tarl wrote the file; this one does not touch it.", "Upgrade tarl."
    ),
    "journal.older": _e(
        "The journal has fewer events than were signed: an older copy, or it was cut.",
        "Restore the newest copy; if this is all that is left, see docs/how-to/back-up.md.",
    ),
    "journal.forked": _e(
        "The journal's past is not the one that was signed.", "Restore the signed one."
    ),
    "journal.foreign": _e(
        "The file is a database of something else.", "Name another file with --db."
    ),
    "journal.malformed": _e(
        "The file is damaged or is not a journal.", "tarl db check; restore a backup."
    ),
    "journal.locked": _e(
        "Another process holds the file's write lock for longer than a commit takes.",
        "Wait for it, or look for one that hangs.",
    ),
    "journal.read_only": _e("The file or its directory cannot be written.", "Check permissions."),
    "journal.read_only_old": _e(
        "An older version wrote the file, and it cannot be written to be brought up to date.",
        "Copy the file to where it can be written, and open the copy.",
    ),
    "journal.cannot_open": _e("The file cannot be opened.", "Check that its directory exists."),
    "journal.disk_full": _e(
        "No space is left; nothing acknowledged is lost.", "Free space, then tarl resume."
    ),
    "journal.io": _e("Reading or writing the disk failed.", "Check the disk, then tarl resume."),
    "journal.tables": _e(
        "A rule or a registration changed while a commit was made that rests upon it.",
        "Nothing: the commit is made again with what holds then.",
    ),
    "journal.position": _e("Another writer was faster.", "Read the run again and decide anew."),
    "journal.epoch": _e("Another process took the run over.", "Leave it to its new owner."),
    "journal.chain_broken": _e(
        "A stored event does not match its digest: it was changed or damaged.",
        "tarl db check says how far the file is sound; restore a backup.",
    ),
    "journal.gap": _e("An event is missing.", "tarl db check; restore a backup."),
    "journal.twice": _e(
        "Two events have the same place in a stream: the file was changed by something else.",
        "Restore a backup.",
    ),
    "journal.index": _e(
        "The file's index by stream is not what its events say.",
        "tarl db check; if nothing else is wrong, tarl db compact makes it anew.",
    ),
    "journal.blob_changed": _e("A large value is not what its digest says.", "Restore a backup."),
    "journal.no_blob": _e("A large value is missing.", "Restore a backup."),
    "journal.no_stream": _e("There is no such stream.", "tarl runs ls"),
    "journal.erased": _e(
        "The content is erased: its tenant's key was destroyed. Its chain still verifies.",
        "Nothing brings it back.",
    ),
    "journal.": _e(
        "The journal refuses this.", "See the message; tarl db check looks at the file."
    ),
}
