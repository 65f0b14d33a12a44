"""What the error codes of a journal on PostgreSQL mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

DATABASE: dict[str, _e] = {
    "journal.unreachable": _e(
        "The database server does not answer, or stopped answering and did not come back in half a"
        " minute. Nothing acknowledged is lost.",
        "tarl doctor; start the server, or name the one that took its place; then tarl resume.",
    ),
    "journal.login": _e(
        "The database server does not let this user in.",
        "Check the user in the URL, and the password (PGPASSWORD, or a password file).",
    ),
    "journal.encoding": _e(
        "The database's encoding cannot hold every name.",
        "CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0",
    ),
    "journal.closed": _e(
        "Something was asked of a journal after it had been closed.", "Open it again."
    ),
    "journal.undecided": _e(
        "The answer to a commit was lost, and the server has not decided about it since.",
        "Look for a transaction that hangs in pg_stat_activity, end it, and resume the run.",
    ),
    "journal.not_a_url": _e(
        "A database was to be named.", "Write postgresql://user@host/name, as libpq takes it."
    ),
    "journal.not_empty": _e(
        "A journal is moved to an empty database, and this one holds one.",
        "CREATE DATABASE another; or open the journal that is there: --db URL",
    ),
    "journal.unsound": _e(
        "A journal that is to be moved is checked first, and something was found.",
        "tarl db check shows it; restore a backup and move that.",
    ),
    "journal.not_movable": _e(
        "A text in the file has a character that PostgreSQL cannot keep (the null character).",
        "Stay with the file.",
    ),
    "journal.not_arrived": _e(
        "What was copied was read again and is not what the file holds; nothing was changed.",
        "Try again; look for triggers or rules in the database.",
    ),
    "journal.moved": _e(
        "The journal goes on in a database; its file can still be read.",
        "Name the database: --db postgresql://... or the setting db.",
    ),
    "journal.not_a_file": _e(
        "tarl db looks after a journal's file; this journal is in a database.",
        "Use the database's own tools: pg_dump, pg_basebackup, VACUUM.",
    ),
}
