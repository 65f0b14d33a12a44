"""What the error codes of services over HTTP mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

HTTP: dict[str, _e] = {
    "http.host": _e(
        "The request's Host is none of the service's names.",
        "Use the address that the service printed; name others with --host-name.",
    ),
    "http.origin": _e(
        "A page in a browser asked, and its origin is not allowed.",
        "Call the service from a program, or allow the origin when it is started.",
    ),
    "http.token": _e(
        "The request does not bear the service's token.",
        "Send `Authorization: Bearer TOKEN`; the service says in which file the token is.",
    ),
    "http.token_file": _e("The file holds no token.", "Remove it; the service makes another."),
    "http.body_too_large": _e("The request carries more than is taken.", "Send less."),
    "http.body_late": _e("The request's body did not come in time.", "Send it again."),
    "http.unguarded": _e(
        "A service was to be made without a token or a name.", "Give it both: make_token()."
    ),
    "http.not_loopback": _e(
        "The service would be reachable from other machines, and nobody said so.",
        "Listen at 127.0.0.1, or say --public and put TLS in front of it.",
    ),
    "http.port": _e("The service cannot listen at that address.", "Choose another --port."),
    "serve.request": _e(
        "A request to `tarl serve` cannot be read: its body, its query string or its path.",
        "docs/reference/http.md says what each request has.",
    ),
    "serve.path": _e("`tarl serve` has no such path.", "docs/reference/http.md lists its paths."),
    "serve.method": _e("The path takes another method.", "Send the one that the answer names."),
    "serve.busy": _e(
        "`tarl serve` answers as many requests as it takes at once.",
        "Ask again in a moment; --concurrency raises it.",
    ),
    "extra.missing": _e(
        "A library that is not installed is needed for this.",
        "Install what the message names, as pip install 'tarl[a2a]'.",
    ),
}
