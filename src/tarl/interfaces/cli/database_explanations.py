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
    "journal.not_a_file": _e(
        "tarl db looks after a journal's file; this journal is in a database.",
        "Use the database's own tools: pg_dump, pg_basebackup, VACUUM.",
    ),
}
