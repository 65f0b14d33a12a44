"""What the verifier accepts, and exactly what it then says."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import evidence_builder as build
import pytest
from evidence_builder import Happening

import tarl_verify

ROOT = tarl_verify.parse_vkey(build.ROOT.vkey, 1)


def proved(data: bytes, *, note: str | None = None, witness: bool = False) -> list[str]:
    """The statements about an accepted file."""
    evidence = tarl_verify.Evidence(
        io.BytesIO(data),
        ROOT,
        reference=tarl_verify.parse_checkpoint(note) if note else None,
        witnesses=[tarl_verify.parse_vkey(build.WITNESS.vkey, 4)] if witness else [],
    )
    evidence.check()
    return evidence.statements()


def test_a_closed_run_is_proved_statement_by_statement() -> None:
    draft = build.draft(build.closed_run())

    assert proved(draft.data()) == [
        f"signed by: {build.ROOT.label}, which certified {build.LOG.label}"
        f" and {build.OPERATOR.label}",
        "stream: run/default/prices/1",
        "events: 4, an unbroken chain to the signed head "
        "9e9695de6a623cabe07bd8344b20dde149105600981e9b1ae7744481b8b98fd4",
        "state: closed by its last event, run.completed/1",
        "log: every event is included in log example.org/log of size 11, root "
        + build.b64(build.tree(draft.leaves)),
        "blobs: 0",
        "erased: 0",
        f"file: every byte is as {build.OPERATOR.label} signed it",
        "times: the recorded times are claims by the holder of the log key",
        "freshness: not proved",
    ]


def test_an_open_run_is_said_to_be_open() -> None:
    said = proved(build.draft(build.closed_run()[:3]).data())

    assert "state: open at log size 10; later events are not in this file" in said


@pytest.mark.parametrize("kind", ["run.completed/1", "run.failed/1", "run.cancelled/1"])
def test_each_terminal_kind_closes_a_run(kind: str) -> None:
    run = [*build.closed_run()[:2], Happening(kind, "{}")]

    assert f"state: closed by its last event, {kind}" in proved(build.draft(run).data())


@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("after", range(6))
def test_a_run_anywhere_in_a_log_of_any_size_is_found(before: int, after: int) -> None:
    run = [Happening("run.completed/1", "{}")]

    said = proved(build.draft(run, before=before, after=after).data())

    assert any(f"of size {before + 1 + after}," in line for line in said)


def test_a_proof_may_take_several_lines() -> None:
    run = [Happening("note/1", "{}", index=64 * n) for n in range(1, 220)]
    draft = build.draft(run)

    lengths = [len(line["inclusion"]) for line in draft.lines if "inclusion" in line]
    assert len(lengths) == 2
    assert lengths[0] == 1024
    assert proved(draft.data())


@pytest.mark.parametrize("count", [1, 1023, 1024])
def test_a_proof_line_may_be_full(count: int) -> None:
    verifier = tarl_verify.Evidence(io.BytesIO(_inclusion(count)), ROOT)
    verifier.lines.advance()
    verifier.lines.advance()

    assert len(list(verifier.inclusion_hashes())) == count


def _inclusion(count: int) -> bytes:
    lines = [{}, {"inclusion": [build.b64(bytes(32))] * count}, {"end": {}}]
    return b"".join(build.canonical(line) + b"\n" for line in lines)


def sealed_run(*, erased: tuple[int, ...] = ()) -> list[Happening]:
    """The closed run with every body sealed, and some of them erased."""
    run = build.closed_run()
    for seq, event in enumerate(run, start=1):
        event.opening = bytes([seq]) * 32
        event.is_erased = seq in erased
    return run


def test_sealed_bodies_open_with_the_key_beside_them() -> None:
    assert "erased: 0" in proved(build.draft(sealed_run()).data())


def test_erased_bodies_leave_a_chain_that_is_still_proved() -> None:
    said = proved(build.draft(sealed_run(erased=(2, 3))).data())

    erased = "body erased, digest chain still proved; erased or withheld is not proved"
    assert f"erased: 2 ({erased})" in said


def run_with_blobs(*blobs: dict[str, object]) -> list[Happening]:
    """A run whose steps gave these references as results."""
    steps = [
        Happening("step.completed/1", build.canonical({"result": blob, "step": n}).decode())
        for n, blob in enumerate(blobs)
    ]
    return [*steps, Happening("run.completed/1", "{}")]


def test_blobs_are_compared_with_their_digests() -> None:
    small, large, key = b"small", b"l" * 100_000, b"k" * 32
    run = run_with_blobs(
        build.blob_reference(small),
        build.blob_reference(large),
        build.blob_reference(small),
        build.blob_reference(small, key),
    )
    lines = [build.blob_line(small), build.blob_line(large), build.blob_line(small, key)]

    said = proved(build.draft(run, blobs=lines).data())

    assert "blobs: 3, each matches its digest in the chain" in said


def test_the_blob_of_an_erased_body_stays_away() -> None:
    run = run_with_blobs(build.blob_reference(b"gone"))
    run[0].is_erased, run[0].opening = True, b"k" * 32

    assert "blobs: 0" in proved(build.draft(run).data())


def test_what_looks_like_a_reference_deeper_down_is_data() -> None:
    run = run_with_blobs({"page": build.blob_reference(b"a trap"), "$blob": 1, "!": 2})

    assert "blobs: 0" in proved(build.draft(run).data())


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 7, 8, 10, 11])
def test_a_reference_that_the_log_extends_proves_freshness(size: int) -> None:
    middle = (size,) if 0 < size < 11 else ()
    draft = build.draft(build.closed_run(), consistent_with=middle)
    note = build.checkpoint(size, build.tree(draft.leaves[:size]))

    said = proved(draft.data(), note=note)

    assert said[-1] == f"freshness: at least as new as the checkpoint of size {size}"


def test_the_reference_is_found_among_several_proofs() -> None:
    draft = build.draft(build.closed_run(), consistent_with=(1, 2, 3, 5, 8, 10))
    note = build.checkpoint(8, build.tree(draft.leaves[:8]))

    assert proved(draft.data(), note=note)[-1].endswith("of size 8")


def test_a_witness_proves_when_it_saw_the_log() -> None:
    cosigned = ((build.WITNESS, 1_763_712_005), (build.WITNESS, 1_763_712_001))
    draft = build.draft(build.closed_run(), cosigned=cosigned)

    assert proved(draft.data(), witness=True)[-1] == (
        "freshness: witness example.org/witness saw this log at 2025-11-21T08:00:05Z (size 11)"
    )


def test_a_witness_beyond_the_calendar_is_given_in_seconds() -> None:
    draft = build.draft(build.closed_run(), cosigned=((build.WITNESS, 2**63 - 1),))

    assert "at 9223372036854775807 s after 1970" in proved(draft.data(), witness=True)[-1]


def test_signatures_of_unknown_keys_are_not_checked_and_that_is_said() -> None:
    cosigned = ((build.STRANGER, 5), (build.WITNESS, 6))
    draft = build.draft(build.closed_run(), cosigned=cosigned)

    alone = proved(draft.data())
    assert "not checked: 2 signature(s) on the checkpoint" in alone
    assert alone[-1] == "freshness: not proved"
    assert "not checked: 1 signature(s) on the checkpoint" in proved(draft.data(), witness=True)


def test_both_references_give_both_statements() -> None:
    draft = build.draft(build.closed_run(), consistent_with=(4,), cosigned=((build.WITNESS, 6),))
    note = build.checkpoint(4, build.tree(draft.leaves[:4]))

    said = proved(draft.data(), note=note, witness=True)

    assert [line.split()[1] for line in said if line.startswith("freshness")] == ["at", "witness"]


def test_the_command_says_the_same_for_people_and_for_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = build.draft(build.closed_run(), consistent_with=(4,), cosigned=((build.WITNESS, 6),))
    names = ("run.evidence", "root.pub", "note", "witness.pub")
    file, root, note, witness = (tmp_path / name for name in names)
    file.write_bytes(draft.data())
    root.write_text(build.ROOT.vkey + "\n")
    note.write_text(build.checkpoint(4, build.tree(draft.leaves[:4])))
    witness.write_text(build.WITNESS.vkey)
    options = [str(file), "--root", str(root), "--checkpoint", str(note), "--witness", str(witness)]

    assert tarl_verify.main(options) == 0
    lines = capsys.readouterr().out.splitlines()
    assert tarl_verify.main([*options, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)

    assert lines == ["PROVED", *(f"  {line}" for line in data["proved"])]
    assert data["verified"] is True
    assert data["events"] == 4
    assert data["open"] is False
    assert data["log_size"] == 11
    assert data["reference_size"] == 4
    assert data["witnessed"] == [{"name": "example.org/witness", "time": 6}]


def test_keys_can_be_given_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "run.evidence"
    file.write_bytes(build.draft(build.closed_run()).data())

    assert tarl_verify.main([str(file), "--root", build.ROOT.vkey]) == 0
    assert "freshness: not proved" in capsys.readouterr().out


def test_names_from_outside_cannot_pose_as_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    origin = "log\u2028\u202e\u009bfreshness: witnessed \u20ac"
    file = tmp_path / "run.evidence"
    file.write_bytes(build.draft(build.closed_run(), origin=origin).data())

    assert tarl_verify.main([str(file), "--root", build.ROOT.vkey]) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    assert r"log log\u2028\u202e\x9bfreshness: witnessed \u20ac of size" in out


@pytest.mark.parametrize(
    "number", ["9007199254740991", "-9007199254740991", "1.7976931348623157e+308", "5e-324", "-0"]
)
def test_a_body_may_hold_every_number_of_canonical_json(number: str) -> None:
    run = [Happening("run.completed/1", f'{{"a":{number}}}')]

    assert proved(build.draft(run).data())


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_reader_that_has_gone_changes_nothing_about_what_was_found(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "run.tarl"
    file.write_bytes(build.draft(build.closed_run()).data())
    read_end, write_end = os.pipe()
    os.close(read_end)
    code = "import sys, tarl_verify; sys.exit(tarl_verify.main(sys.argv[1:]))"
    arguments = [sys.executable, "-c", code, str(file), "--root", build.ROOT.vkey, *words]
    done = subprocess.run(arguments, stdout=write_end, stderr=subprocess.PIPE, check=False)
    os.close(write_end)
    assert (done.returncode, done.stderr) == (0, b"")
