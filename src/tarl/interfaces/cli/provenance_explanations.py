"""What the error codes of artifacts, lineage and attestations mean and what to try: a part of the
table in ``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

PROVENANCE: dict[str, _e] = {
    "artifact.missing": _e(
        "No content of that digest or name is registered; a relation needs both its ends.",
        "tarl artifacts ls; tarl artifacts register FILE --kind KIND",
    ),
    "artifact.conflict": _e(
        "Something else was said about that digest before, and a digest is described once.",
        "tarl artifacts show DIGEST; what has changed has another digest.",
    ),
    "artifact.cycle": _e(
        "The relation would let something stand on itself; the message names the path.",
        "Leave one of the relations out, or register what it has become under its new digest.",
    ),
    "artifact.digest": _e(
        "A digest is 64 hexadecimal digits in lower case.", "Take it with sha256sum FILE."
    ),
    "artifact.kind": _e("There is no such kind of artifact.", "Say one that the message names."),
    "artifact.relation": _e(
        "There is no such type of relation.", "Say one that the message names."
    ),
    "artifact.malformed": _e(
        "A package URL or a media type is none.", "Write pkg:pypi/name@1.0, or text/plain."
    ),
    "artifact.oversized": _e(
        "The facts of one artifact or relation are too large.",
        "Register what is large as an artifact of its own.",
    ),
    "artifact.too_many": _e(
        "More artifacts than one call or one question may take.",
        "Record them in several calls; ask with --depth.",
    ),
    "lineage.missing": _e(
        "No run and no artifact is called so.", "tarl runs ls; tarl artifacts ls"
    ),
    "lineage.too_many": _e(
        "Too many runs stand behind this one.", "Ask for the lineage of one of its children."
    ),
    "page.bounds": _e(
        "A page of a listing has 1 to 1,000 entries and begins where another one ended.",
        "Leave the cursor out for the first page.",
    ),
    "attestation.malformed": _e(
        "It is no in-toto statement in a DSSE envelope.",
        "Compare it with what `tarl attest -o FILE` writes.",
    ),
    "attestation.subject": _e(
        "A statement is about nothing, about one thing twice, or about something without SHA-256.",
        "Name each subject once, with its SHA-256.",
    ),
    "attestation.predicate": _e(
        "What is stated is no object, or has no type.",
        "Give the type as a URI or a name such as review, and --predicate as {...}.",
    ),
    "attestation.signatures": _e(
        "Nobody signed it, or one key did twice.", "Sign it once with each key."
    ),
    "attestation.oversized": _e(
        "A statement has more than four megabytes.",
        "Name what is large by its digest.",
    ),
    "attestation.wrong_key": _e(
        "It is signed, but with no key that counts here.",
        "tarl principals ls shows whose keys count; tarl verify FILE --key KEY names another.",
    ),
    "attestation.revoked_key": _e(
        "The key that signed it was revoked or replaced before it was recorded.",
        "Sign it anew with a key that counts.",
    ),
    "attestation.expired": _e("It says itself that it counts no more.", "Have it stated anew."),
    "attestation.expiry": _e("expiresOn is no instant.", "Write it as 2026-11-21T07:00:00Z."),
    "attestation.missing": _e("No attestation has that id.", "tarl attestations ls --json"),
    "attestation.changed": _e("Somebody else signed it at the same moment.", "Try again."),
    "input.not_object": _e("A JSON object was expected.", "Write {...}."),
    "verify.subject_changed": _e(
        "A file, or a digest in the journal, is another than what was signed.",
        "Restore what was signed, or have what is there attested.",
    ),
    "verify.subject_missing": _e(
        "Something that was signed is not there, or is not named.", "Restore it."
    ),
    "verify.component_missing": _e(
        "The journal knows something that the statement leaves out.",
        "Do not trust it; draw it anew: tarl attest RUN",
    ),
    "verify.component_changed": _e(
        "The statement says another digest or other facts of something than the journal.",
        "Do not trust it; draw it anew: tarl attest RUN",
    ),
    "verify.component_unknown": _e(
        "The statement names something that the journal does not know.",
        "Do not trust it; draw it anew: tarl attest RUN",
    ),
    "verify.relation_missing": _e(
        "The statement leaves a relation out.", "Do not trust it; draw it anew."
    ),
    "verify.relation_changed": _e(
        "The statement says another relation than the journal.", "Do not trust it; draw it anew."
    ),
    "verify.relation_unknown": _e(
        "The statement names a relation that the journal does not know.",
        "Do not trust it; draw it anew.",
    ),
    "verify.changed": _e(
        "Something else in the statement is not what the journal says.",
        "Do not trust it; draw it anew.",
    ),
    "verify.log": _e(
        "The statement was drawn from a log that this journal never had.",
        "Compare checkpoints: tarl checkpoint",
    ),
    "verify.redrawn": _e(
        "What the statement is about cannot be drawn from this journal.",
        "Ask whoever signed it which journal it is from.",
    ),
    "verify.age": _e("The statement was recorded too long ago, or never.", "Have it stated anew."),
}
