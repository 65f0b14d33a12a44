"""What each error code means and what to try: the text behind ``tarl explain CODE``.

A test compares this table with the codes in the source, both ways. A name that ends in a dot covers
every code that begins so and has no line of its own.
"""

from __future__ import annotations

from tarl.interfaces.cli.a2a_explanations import A2A
from tarl.interfaces.cli.adapter_explanations import ADAPTERS
from tarl.interfaces.cli.agent_explanations import AGENTS
from tarl.interfaces.cli.bom_explanations import BILLS
from tarl.interfaces.cli.class_explanations import CLASSES
from tarl.interfaces.cli.command_explanations import COMMANDS
from tarl.interfaces.cli.compliance_explanations import COMPLIANCE
from tarl.interfaces.cli.consent_explanations import CONSENT
from tarl.interfaces.cli.database_explanations import DATABASE
from tarl.interfaces.cli.device_explanations import DEVICES
from tarl.interfaces.cli.explanation import Explanation
from tarl.interfaces.cli.explanation import Explanation as _e
from tarl.interfaces.cli.governance_explanations import GOVERNANCE
from tarl.interfaces.cli.http_explanations import HTTP
from tarl.interfaces.cli.injection_explanations import INJECTION
from tarl.interfaces.cli.journal_explanations import JOURNAL
from tarl.interfaces.cli.key_explanations import KEYS
from tarl.interfaces.cli.lending_explanations import LENDING
from tarl.interfaces.cli.mcp_explanations import MCP
from tarl.interfaces.cli.model_explanations import MODELS
from tarl.interfaces.cli.notice_explanations import NOTICES
from tarl.interfaces.cli.pattern_explanations import PATTERNS
from tarl.interfaces.cli.plan_safety_explanations import PLAN_SAFETY
from tarl.interfaces.cli.planning_class_explanations import PLANNING_CLASSES
from tarl.interfaces.cli.planning_explanations import PLANNING
from tarl.interfaces.cli.policy_explanations import POLICY
from tarl.interfaces.cli.promotion_explanations import PROMOTION
from tarl.interfaces.cli.provenance_explanations import PROVENANCE
from tarl.interfaces.cli.pydantic_explanations import PYDANTIC
from tarl.interfaces.cli.routing_explanations import ROUTING
from tarl.interfaces.cli.safety_explanations import SAFETY
from tarl.interfaces.cli.sentence_explanations import SENTENCES
from tarl.interfaces.cli.solver_explanations import SOLVER
from tarl.interfaces.cli.sources_explanations import SOURCES
from tarl.interfaces.cli.spending_explanations import SPENDING
from tarl.interfaces.cli.taint_explanations import TAINT
from tarl.interfaces.cli.teamwork_explanations import TEAMWORK
from tarl.interfaces.cli.temporal_explanations import TEMPORAL
from tarl.interfaces.cli.time_explanations import TIME
from tarl.interfaces.cli.trust_explanations import TRUST
from tarl.interfaces.cli.violation_explanations import VIOLATIONS
from tarl.interfaces.cli.work_explanations import WORK

EXPLANATIONS: dict[str, Explanation] = {
    **CLASSES,
    # --- runs and steps
    "run.failed": _e(
        "The workflow's own code raised; the error is recorded in its history.",
        "tarl runs show RUN shows it; mend code or input and start a new run, or tarl fork RUN@N.",
    ),
    "run.exists": _e(
        "The id has a run with another workflow or input.",
        "Choose another --id, or start a further run of it with --new-run.",
    ),
    "run.missing": _e("The journal has no such run.", "tarl runs ls; check --db and the tenant."),
    "run.no_event": _e("The run has fewer events.", "tarl runs tail RUN lists them."),
    "run.no_start": _e("The stream does not begin as a run does.", "tarl db check"),
    "run.ambiguous": _e("Several ids begin so.", "Write more of the id."),
    "run.owned": _e(
        "Another process is running it; a run has one owner at a time.",
        "Wait for it (tarl runs tail RUN -f), or stop that process; its end frees the run.",
    ),
    "run.interrupted": _e("The process stopped before the run's end.", "tarl resume RUN"),
    "run.after_end": _e("Events follow the run's end.", "tarl db check; restore a backup."),
    "run.history_too_long": _e(
        "The run has more events than history_events_max allows.",
        "Split the work into several runs, or raise the setting and resume.",
    ),
    "step.failed": _e("An activity raised; the failure is recorded.", "tarl runs show RUN"),
    "step.denied": _e(
        "The gate or the workflow's manifest refused the effect, which did not run.",
        "Grant the capability or declare it: @workflow(capabilities={...}).",
    ),
    "step.unknown_outcome": _e(
        "A non-idempotent step was cut off between its intent and its outcome: whether it took"
        " effect is unknown, so it is not tried again by itself.",
        "Find out, then: tarl resolve RUN STEP --result JSON | --failed TEXT | --retry",
    ),
    "step.decided": _e("The step has an outcome already.", "tarl runs show RUN"),
    "step.missing": _e("The run has no such step.", "tarl runs show RUN lists its steps."),
    "step.not_an_activity": _e(
        "ctx.call takes activities only.", "Decorate the function with @activity."
    ),
    "snapshot.missing": _e("The run has no such snapshot.", "tarl runs show RUN"),
    "snapshot.running": _e("The workflow has not ended yet.", "Wait for it, then take it."),
    "task.": _e("The task is not one that can run here.", "See the message."),
    "agent.": _e("The agents are not wired so that the work can go on.", "See the message."),
    "graph.": _e("The steps wait for one another in a circle.", "Take one dependency out."),
    "artifact.": _e("The artifact is not registered, or has no usable id.", "Register it first."),
    "name.": _e("The name would leave its directory.", "Use a plain name without separators."),
    "demo.": _e("The demonstration did not go as it should.", "tarl doctor; then tarl demo again."),
    # --- workflows and their code
    "workflow.": _e("The workflow's definition is not one that can run.", "See the message."),
    "workflow.unknown": _e(
        "No loaded code defines a workflow of this name; journals hold no paths to code.",
        'Add --code FILE, or list its module: [tarl] modules = ["pkg.mod"] in tarl.toml.',
    ),
    "workflow.ambiguous": _e("Two loaded files define it.", "Rename one: @workflow(name=...)."),
    "workflow.unnamed": _e("The file defines several workflows.", "Name one: tarl run FILE:NAME"),
    "workflow.not_a_workflow": _e("It is not a workflow.", "Decorate the function with @workflow."),
    "workflow.not_async": _e(
        "A workflow is an async def.", "Write async def; await ctx.call(...)."
    ),
    "workflow.parameters": _e(
        "A workflow takes a context and at most one input.", "async def f(ctx, input)"
    ),
    "workflow.local": _e(
        "A lambda or a local function cannot be found again by another process.",
        "Define it at the top level of a module.",
    ),
    "activity.": _e("The activity's definition or use is wrong.", "See the message."),
    "activity.options": _e("These options contradict each other.", "See the message."),
    "activity.outside": _e("No activity is running here.", "Call it inside an @activity function."),
    "definition.type": _e(
        "A type in the signature is unknown.", "Import it at the module's top level."
    ),
    "workflow.nondeterministic": _e(
        "The workflow's code would not replay: it reads a clock, dice, files or the like.",
        "Move that into an activity, use ctx.now(), ctx.random() or ctx.uuid(), or accept the"
        " finding with @workflow(allow={CODE}). tarl check FILE lists all findings.",
    ),
    "workflow.manifest": _e(
        "The code calls what its manifest does not hold.", "Declare it: capabilities={...}."
    ),
    "manifest.": _e(
        "The effect lies outside the workflow's manifest.", "Declare it: capabilities={...}."
    ),
    "context.": _e("The context was asked for something it does not give.", "See the message."),
    "guard.": _e(
        "Workflow code reached for the world outside while it ran.",
        "Move that into an activity; ctx has time, chance and sleep that replay.",
    ),
    "gate.": _e("The gate did not allow the effect.", "See the reasons: tarl runs show RUN"),
    "verdict.": _e("Nobody has allowed it.", "Configure a gate that answers."),
    # --- code, input and settings on the command line
    "code.missing": _e(
        "There is no such file.", "Check the path; FILE:NAME names a workflow in a file."
    ),
    "code.not_python": _e("The file is not a Python module.", "Name a .py file."),
    "code.name": _e("Another module has the file's name.", "Rename the file."),
    "code.load": _e(
        "The file raised while it was loaded.", "Mend it; --debug shows the traceback."
    ),
    "input.missing": _e("There is no such input file.", "Check the path."),
    "input.unreadable": _e("The input file cannot be read.", "Check its permissions."),
    "input.not_text": _e("The file is not the small text it should be.", "Name another file."),
    "input.too_large": _e("The input is larger than any value may be.", "Pass a reference to it."),
    "input.type": _e(
        "The input does not fit what the workflow declares.", "See its second parameter."
    ),
    "input.required": _e(
        "The workflow needs an input.", "--input JSON, --input @file or --input -"
    ),
    "input.terminal": _e(
        "A file was to come from standard input, which is a terminal.",
        "Name the file, or pipe it in: tarl ... - < FILE.",
    ),
    "input.unwanted": _e("The workflow takes no input.", "Leave --input out."),
    "output.shared": _e(
        "Standard output was to hold both the answer of --json and the file of -o.",
        "Leave --json out, or name a file: -o FILE.",
    ),
    "output.terminal": _e(
        "A file for programs was to go to a terminal.",
        "Name a file: -o FILE; or pipe it on: -o - | PROGRAM.",
    ),
    "output.": _e("The output file cannot be written.", "Check its directory and permissions."),
    "settings.malformed": _e(
        "A settings file is not TOML.", "Mend it; tarl doctor --config names it."
    ),
    "settings.type": _e("A setting has a value of another type.", "tarl doctor --config"),
    "settings.unknown": _e(
        "A settings file sets something that is not a setting.", "Check the spelling."
    ),
    "settings.unreadable": _e("A settings file cannot be read.", "Check its permissions."),
    # --- values and names
    "json.": _e("The JSON text is refused.", "See the place that the message names."),
    "json.malformed": _e(
        "It is not JSON (RFC 8259).", "Check quotes and commas; strings take double quotes."
    ),
    "json.duplicate_key": _e("An object has a member twice; readers would disagree.", "Keep one."),
    "json.not_finite": _e("NaN and Infinity are not JSON.", "Use null or a string."),
    "json.integer_range": _e(
        "An integer beyond 2^53-1, on which readers disagree.", "Use a string."
    ),
    "json.lone_surrogate": _e(
        "A lone surrogate is no Unicode character.", "Repair the text's encoding."
    ),
    "json.encoding": _e("The text is not UTF-8.", "Convert it."),
    "json.depth": _e("Nested too deeply.", "Flatten it."),
    "value.": _e("A value cannot be recorded, or not read back the same.", "See the message."),
    "value.too_large": _e(
        "A value is larger than the limit.", "Keep it outside and pass a reference."
    ),
    "value.type": _e("JSON does not have this type.", "Use JSON values or annotate the type."),
    "value.unserialisable": _e(
        "The value has no JSON form.", "Return JSON values, or annotate the type."
    ),
    "value.round_trip": _e("It would come back as something else.", "Annotate the type."),
    "value.mismatch": _e(
        "A recorded value does not fit its declared type.", "Mend the annotation."
    ),
    "value.reserved": _e("$blob and $digest are tarl's own.", "Give the member another name."),
    "value.digest_only": _e(
        "The arguments of a step were recorded by their digest alone.",
        'Let the activity say capture="full", for runs to come.',
    ),
    "id.": _e(
        "The text does not name a run.", "id, id/n, tenant/id/n, @last; @N behind it for an event."
    ),
    "id.no_event": _e("The command needs an event.", "RUN@N; tarl runs tail RUN lists events."),
    "id.unexpected_event": _e("The command takes a whole run.", "Leave @N out."),
    # --- the journal
    **JOURNAL,
    "backup.": _e(
        "The copy cannot be made there: the file exists, or its directory cannot be written.",
        "Name another file.",
    ),
    "log.signer_busy": _e("Another process signs this journal.", "Wait a second, or stop it."),
    "log.": _e("The log does not hold what was signed, or a proof of it fails.", "tarl db check"),
    "seal.": _e(
        "Sealed content does not open: it was changed, or the key is another.", "Restore a backup."
    ),
    # --- tenants and quotas
    "tenant.missing": _e(
        "Nobody registered such a tenant.", "tarl tenants ls; tarl tenants create TENANT"
    ),
    "tenant.exists": _e(
        "The tenant is registered already, or is the default one.",
        "Change it: tarl quota set TENANT RESOURCE=AMOUNT, tarl tenants isolation TENANT shared.",
    ),
    "tenant.erased": _e(
        "The tenant was closed and erased; its id is never given again.", "Choose another id."
    ),
    "tenant.default": _e(
        "The default tenant always exists.", "tarl keys tenant destroy default erases its content."
    ),
    "tenant.clear": _e(
        "Some of the tenant's streams were never sealed: destroying its key does not erase them.",
        "tarl tenants erase TENANT --leave-clear erases the rest; the others are named.",
    ),
    "tenant.key_gone": _e(
        "What the tenant has is sealed under a key that is not here; beside another key it would"
        " look damaged.",
        "Bring the key back into TARL_HOME, or choose another id.",
    ),
    "tenant.isolation": _e("There is no such isolation.", "strict, shared or none"),
    "tenant.metadata": _e("Metadata is a JSON object of at most 16 KiB.", "Keep less of it."),
    "tenant.hidden": _e(
        "The caller's tenant has nothing of that name.", "Check the name and TARL_TENANT."
    ),
    "tenant.denied": _e(
        "It is another tenant's, whose isolation does not permit this.",
        "Act for that tenant, or ask its operator: tarl tenants isolation TENANT shared.",
    ),
    "tenant.operator": _e(
        "It belongs to no tenant; only the operator may see or change it.",
        "Leave --as-tenant and TARL_TENANT out.",
    ),
    "quota.exceeded": _e(
        "The tenant would have more than its quota. The facts say how much it has, what was asked,"
        " and for a rate when to come back (retry_after_ms).",
        "Wait until some of it has ended, or tarl quota set TENANT RESOURCE=N.",
    ),
    "quota.closed": _e("The tenant is closed and takes no new work.", "Use another tenant."),
    "quota.unregistered": _e(
        "Only registered tenants get anything here.", "tarl tenants create TENANT"
    ),
    "quota.uncounted": _e(
        "The tenant's counters are gone, so nothing is given.", "tarl quota recount TENANT"
    ),
    "quota.amount": _e(
        "It is no amount: not a whole number, negative, or beyond 2^53-1.", "Give a whole number."
    ),
    "quota.resource": _e(
        "There are no quotas of that.",
        "workflows, concurrent_executions, queue_depth, storage_bytes or rate_per_minute",
    ),
    "quota.words": _e(
        "The word is not RESOURCE=AMOUNT, or a resource stands twice.",
        "tarl quota set TENANT workflows=100 queue_depth=none",
    ),
    # --- replay, keys, evidence
    "replay.diverged": _e(
        "The code does something else than its recorded history; the message shows both sides.",
        "Restore the code, or guard the change with ctx.patched(...).",
    ),
    "replay.erased": _e("A replay needs content that is erased.", "It can only be verified now."),
    "replay.unknown_kind": _e("A newer version recorded this.", "Replay with that version."),
    "replay.": _e("The replay cannot be done so.", "See the message."),
    **KEYS,
    # --- people who approve
    "approval.request": _e("Nobody could decide this request.", "Change what the message names."),
    "approval.missing": _e("The journal has no such request.", "tarl approvals ls"),
    "approval.exists": _e("The id has another request.", "Choose another id."),
    "approval.as": _e(
        "It is not clear in whose name you speak: several keys are kept here, or none.",
        "Say it: --as NAME; or tarl principals create NAME",
    ),
    "approval.malformed": _e(
        "What came is not a signed vote or delegation in its one form.",
        "Votes are made with tarl approve and tarl reject.",
    ),
    "approval.another": _e(
        "What was signed is about another request, or about another content of it.",
        "tarl approvals show ID, and sign what it shows.",
    ),
    "approval.signature": _e(
        "The vote is not signed with the key that counts for this principal now.",
        "tarl principals show NAME shows that key; sign where it is kept.",
    ),
    "approval.not_human": _e(
        "The principal is an agent or a service; only humans approve.", "Ask a person."
    ),
    "approval.revoked": _e(
        "The principal was revoked; what they sign now counts for nothing.",
        "Ask somebody else; their earlier votes stand.",
    ),
    "approval.stranger": _e(
        "The request does not ask this principal.", "tarl approvals show ID says who may vote."
    ),
    "approval.delegated": _e(
        "The principal has handed the vote to somebody else.", "The new holder votes."
    ),
    "approval.voted": _e("Everybody votes once.", "tarl approvals show ID"),
    "approval.reason": _e("The vote must say why, in a text of bounded length.", "--reason TEXT"),
    "approval.decided": _e(
        "The request is approved or rejected already, and stays so.", "tarl approvals show ID"
    ),
    "approval.expired": _e("The request's time is up.", "Ask again in a new request."),
    "approval.withdrawn": _e("Whoever asked took the question back.", "tarl approvals show ID"),
    "approval.delegation_cycle": _e(
        "The vote would come back to somebody who has held it.", "Hand it to somebody else."
    ),
    "approval.delegation_named": _e(
        "The request asks that person already, and nobody has two votes.",
        "Hand it to somebody whom the request does not name.",
    ),
    "approval.delegation_depth": _e(
        "The vote was handed on as often as it can be.", "Its holder votes."
    ),
    "approval.unproved": _e(
        "The request's history does not follow from its signatures and times: somebody wrote to"
        " the journal past the rules.",
        "tarl db check; restore a backup, and ask again.",
    ),
    "principal.missing": _e("Nobody of that name is registered.", "tarl principals create NAME"),
    "principal.exists": _e(
        "Somebody of that name is registered.", "Choose another name, or rotate the key."
    ),
    "principal.malformed": _e(
        "It is not a statement about this principal's key.", "tarl principals create NAME"
    ),
    "principal.signature": _e(
        "A key statement lacks the signature of the new key, or of the key before it.",
        "Rotate where the earlier key is kept, or say why it is lost: --lost REASON",
    ),
    "principal.reason": _e("A reason is needed, in a text of bounded length.", "Say why."),
    "principal.revoked": _e(
        "The principal is revoked, for good.", "Register the person under another name."
    ),
    "principal.changed": _e("The principal changed at the same moment.", "Try again."),
    "principal.unproved": _e(
        "The principal's history does not follow from its signatures.",
        "tarl db check; restore a backup.",
    ),
    "key.malformed": _e(
        "It is not a verifier key.", "Copy the whole text that tarl keys show prints."
    ),
    "note.": _e(
        "The signed note is not one, or a signature on it does not verify.", "Get it again."
    ),
    "checkpoint.origin": _e("The checkpoint is of another log.", "Name one of this journal's own."),
    "checkpoint.forked": _e(
        "The checkpoint is not a past of this journal: it is another copy, or was changed.",
        "Find out which copy was signed: tarl db check",
    ),
    "recording.": _e("The file is not a recording, or is damaged.", "tarl export RUN -o FILE"),
    "checkpoint.malformed": _e(
        "The text is not a checkpoint.", "tarl checkpoint -o NOTE makes one."
    ),
    "envelope.malformed": _e("It is not a DSSE envelope of this type.", "Get it again."),
    "signature.invalid": _e("A signature does not verify.", "Do not trust what it signs."),
    "witness.": _e("The witness must not cosign this.", "See the message."),
    "evidence.file": _e(
        "The file of the evidence cannot be read.",
        "Check the path; tarl export RUN -o FILE writes such a file.",
    ),
    "evidence.key": _e(
        "What was given as a key is none, nor the path of a file that holds one.",
        "Give it as tarl keys show root prints it, or a file with that.",
    ),
    "evidence.note": _e(
        "What was given as a checkpoint is not a file with a signed one.",
        "Give a file as tarl checkpoint -o NOTE writes it.",
    ),
    "evidence.terminal": _e(
        "The evidence was to come from standard input, which is a terminal.",
        "Name its file, or pipe it in: tarl-verify - --root KEY < FILE.",
    ),
    "evidence.": _e(
        "The evidence does not hold, or is not of this format; the message names the first line.",
        "Ask its maker for an untouched copy.",
    ),
    "fork.": _e(
        "The run cannot be forked there.", "See the message; tarl runs tail RUN lists events."
    ),
    **VIOLATIONS,
    **WORK,
    **TIME,
    **ROUTING,
    **POLICY,
    **COMPLIANCE,
    **CONSENT,
    **PLANNING,
    **DATABASE,
    **TEMPORAL,
    **DEVICES,
    **LENDING,
    **NOTICES,
    **PATTERNS,
    **PROVENANCE,
    **PYDANTIC,
    **TRUST,
    **TAINT,
    **SOLVER,
    **COMMANDS,
    **SENTENCES,
    **SPENDING,
    **SOURCES,
    **PLAN_SAFETY,
    **PLANNING_CLASSES,
    **HTTP,
    **MODELS,
    **ADAPTERS,
    **GOVERNANCE,
    **PROMOTION,
    **INJECTION,
    **SAFETY,
    **A2A,
    **AGENTS,
    **TEAMWORK,
    **MCP,
    **BILLS,
}


def explain(code: str) -> Explanation | None:
    """The explanation of a code: its own, or the one of the longest family it belongs to."""
    found = EXPLANATIONS.get(code)
    while found is None and "." in code:
        code = code.rstrip(".").rpartition(".")[0]
        found = EXPLANATIONS.get(f"{code}.") if code else None
    return found
