"""What the error codes of promotion mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

PROMOTION: dict[str, _e] = {
    "promotion.pipeline": _e(
        "The file is no pipeline: the message names the gate, the step or the member.",
        "tarl promote init writes one to begin with.",
    ),
    "promotion.condition": _e(
        "A condition on a predicate is a JSON pointer and exactly one comparison.",
        'Write { at = "/result", is = "PASSED" }.',
    ),
    "promotion.step": _e(
        "The pipeline declares no such step, and none is skipped without being declared.",
        "Go through the environments between, or declare the step in the pipeline.",
    ),
    "promotion.verifier": _e(
        "Decisions are signed by a principal that the pipeline names as a verifier.",
        "Sign as one of them: --as NAME.",
    ),
    "promotion.revoker": _e(
        "Only the pipeline's revokers take decisions back, and lift that again.",
        "Sign as one of them: --as NAME.",
    ),
    "promotion.author": _e(
        "Whoever made an artifact neither approves it nor lifts its revocation.",
        "Have somebody else look at it.",
    ),
    "promotion.author_unknown": _e(
        "Nobody has said who made the artifact, so nobody can be sure not to be its author.",
        "State it: an attestation of authorship, or register the artifact with who made it.",
    ),
    "promotion.not_human": _e(
        "Approvals are people's: what an agent or a service signs is not counted as one.",
        "Have a person approve.",
    ),
    "promotion.signer": _e(
        "The statement is by somebody who is revoked or not registered any more.",
        "Have it stated by somebody whose key counts.",
    ),
    "promotion.evidence": _e(
        "Fewer statements of trusted signers are there than the gate needs.",
        "The message names the type and the signers; tarl attest records a statement.",
    ),
    "promotion.said": _e("Enough of those whose word counts say so.", "Nothing: the gate passed."),
    "promotion.opposed": _e(
        "Somebody whose word counts says otherwise, in their newest statement.",
        "Mend what they object to, and have them state it anew.",
    ),
    "promotion.unsaid": _e(
        "The newest statement does not say what the gate asks for.",
        "Look at the predicate: the place that the gate names is missing, or of another type.",
    ),
    "promotion.undated": _e(
        "The gate goes by the date in the predicate, and there is none.",
        "State it with the date at the place that dated_by names.",
    ),
    "promotion.future": _e(
        "The statement is dated later than now, beyond what clocks may differ.",
        "Set the clocks right, then have it stated anew.",
    ),
    "promotion.expired": _e(
        "The statement is older than the gate, or it itself, permits.", "Have it stated anew."
    ),
    "promotion.place": _e(
        "What decides is how the artifact stands in the environment that it comes from.",
        "Promote it there first: tarl promote status SUBJECT shows where it stands.",
    ),
    "promotion.revoked": _e(
        "The artifact was revoked in the environment, and nobody has lifted that.",
        "tarl promote reinstate SUBJECT --in ENVIRONMENT --reason TEXT, signed by one of the"
        " pipeline's revokers.",
    ),
    "promotion.not_revoked": _e(
        "There is no revocation to lift in this environment.", "tarl promote status SUBJECT"
    ),
    "promotion.reason": _e(
        "Revocations and reinstatements are kept for good, with their reason.", "Say why."
    ),
    "promotion.decision": _e("People approve or reject.", "Say one of the two."),
    "promotion.missing": _e(
        "Nobody has asked in this journal that the artifact be promoted.",
        "Name the pipeline: --pipeline FILE.",
    ),
    "promotion.undecided": _e(
        "No decision that counts is about the artifact in this environment.",
        "tarl promote request SUBJECT --from ENVIRONMENT --to ENVIRONMENT --pipeline FILE",
    ),
    "promotion.subject": _e(
        "What is promoted is named by a file or by its SHA-256.",
        "Name a file, or sha256: and 64 hexadecimal digits.",
    ),
    "promotion.as": _e(
        "It is not clear who signs: the keys of nobody, or of several, are here.",
        "Say who: --as NAME.",
    ),
    "promotion.summary": _e(
        "The statement is no verification summary of SLSA 1.0; the message names the place.",
        "Get it again from whoever decided.",
    ),
    "promotion.check": _e(
        "A check takes a key whose word is trusted, and a bounded number of statements.",
        "tarl promote verify FILE --key KEY --artifact FILE --in ENVIRONMENT",
    ),
    "promotion.changed": _e(
        "Something was said about the artifact while its gates were asked.",
        "Nothing: it is asked again by itself.",
    ),
    "promotion.unproved": _e(
        "The journal has a decision that no signed statement bears out: somebody wrote it there.",
        "tarl db check --deep; find out who can write the journal.",
    ),
    "promotion.given_up": _e(
        "The request was never decided, and another took its place.", "Nothing."
    ),
    "promotion.broken": _e(
        "Asking the gate raised an error: it has said neither yes nor no.",
        "Report what the message says; nothing was promoted.",
    ),
    "promotion.function": _e(
        "A gate function has a name of its own, under which pipelines ask for it.",
        "Register it under another name, and something that can be called.",
    ),
    "promotion.function_said": _e("The gate's function answered.", "Nothing."),
    "promotion.function_missing": _e(
        "The gate asks for a function that this process does not know.",
        "Load the code that registers it: --code FILE.",
    ),
    "promotion.function_raised": _e(
        "The gate's function raised an error: it has said neither yes nor no.",
        "Mend it; the message has the error.",
    ),
    "promotion.function_timeout": _e(
        "The gate's function has not answered within its time.",
        "Give it more with within, or make it faster.",
    ),
    "promotion.function_unsure": _e(
        "The gate's function returned neither True nor False.", "Return one of them."
    ),
}
