"""What the error codes of key files mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

KEYS: dict[str, _e] = {
    "keys.missing": _e(
        "The key was never made here, or is kept elsewhere.",
        "tarl keys init makes keys; where others are, bring what tarl keys copy makes.",
    ),
    "keys.certificates": _e(
        "Evidence begins with what the root key says of the log's and the operator's keys. Neither"
        " root.key nor certificates.json is here. Running and verifying do not need them.",
        "On the machine that has root.key: tarl keys copy DIRECTORY; bring its certificates.json"
        " and root.pub.",
    ),
    "keys.exist": _e(
        "There are keys already; they are never overwritten.", "Choose another TARL_HOME."
    ),
    "keys.permissions": _e("Others may read a secret key.", "chmod 600 FILE"),
    "keys.malformed": _e("A key file is damaged.", "Restore it from a backup of TARL_HOME."),
    "keys.tenant_missing": _e("The tenant has no key.", "tarl keys tenant make NAME"),
    "keys.name": _e("A key file cannot be called so.", "Use a plain name."),
    "keys.passphrase": _e(
        "The key file is sealed with a passphrase, and none or another one was given.",
        "Type it when asked; in a script, give it as the first line of standard input.",
    ),
}
