"""Every command as a process: what it says, what it leaves, how it ends."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import time
from pathlib import Path

import intaglio
import numpy as np
import onnx
import pytest
from commands import AUDIENCE, INPUT, MODEL, NONCE, environment, run, words
from onnx import TensorProto, helper

FILES = (
    "model.program", "model.secret", "locked.secret", "model.commitment", "plain.evidence", "run.evidence",
    "run.openings", "element.opening",
)  # fmt: skip


def copied(folder: Path, target: Path, *names: str) -> Path:
    """A folder with these files and nothing else."""
    target.mkdir(exist_ok=True)
    for name in names:
        shutil.copy(folder / name, target / name)
    return target


# ---- what each command says with --json


def test_compile_says_what_scripts_rely_on(folder: Path, tmp_path: Path) -> None:
    done = run(f"compile {MODEL} --calibration {folder}/calibration.npz -o out.program --json", folder=tmp_path)
    assert done.code == 0
    assert set(done.data) == {"fidelity", "parameters", "nodes"}
    fidelity = done.data["fidelity"]
    keys = {"label_agreement", "label_interval", "max_error", "p999_error", "mean_error", "samples", "saturated"}
    assert set(fidelity["calibration"]) == set(fidelity["held_out"]) == keys
    assert {"met", "limiting"} <= set(fidelity)
    assert (fidelity["calibration"]["samples"], fidelity["held_out"]["samples"]) == (16, 8)
    assert done.data["parameters"] == 64 * 32 + 32 + 32 * 10 + 10
    assert fidelity["held_out"]["max_error"] < 1e-3


def test_estimate_says_what_scripts_rely_on(folder: Path) -> None:
    data = run("estimate model.program --json", folder=folder).data
    assert set(data) == {"prove_seconds", "verify_seconds", "memory_bytes", "proof_bytes"}
    assert all(value > 0 for value in data.values())


def test_commit_says_what_scripts_rely_on(folder: Path, tmp_path: Path) -> None:
    done = run(f"commit {folder}/model.program -o s --public p --json", folder=tmp_path)
    assert set(done.data) == {"id", "public_bytes", "seconds"}
    assert done.data["public_bytes"] == (tmp_path / "p").stat().st_size
    assert done.data["id"] == intaglio.Commitment.load(tmp_path / "p").id.hex()


def test_prove_says_what_scripts_rely_on(folder: Path, tmp_path: Path) -> None:
    done = run(f"prove {folder}/model.secret --input {folder}/one.npz -o e --json", folder=tmp_path)
    assert {"seconds", "proof_bytes", "evidence_bytes", "peak_memory_bytes"} <= set(done.data)
    assert done.data["evidence_bytes"] == (tmp_path / "e").stat().st_size > done.data["proof_bytes"] > 0
    assert done.data["peak_memory_bytes"] > 2**20


def test_verify_and_run_say_the_same_outputs(folder: Path) -> None:
    verified = run("verify plain.evidence --commitment model.commitment --json", folder=folder)
    assert verified.code == 0
    keys = {"verified", "check", "reason", "outputs", "security_bits", "unproven_nodes", "seconds"}
    assert set(verified.data) == keys
    assert verified.data["verified"] is True
    assert verified.data["check"] is None
    assert verified.data["unproven_nodes"] == []
    assert verified.data["security_bits"] >= 120
    plain = run("run model.program --input one.npz --json", folder=folder)
    assert set(plain.data) == {"outputs"}
    assert plain.data["outputs"] == verified.data["outputs"]
    model = intaglio.load(folder / "model.program")
    with np.load(folder / "one.npz") as arrays:
        np.testing.assert_array_equal(plain.data["outputs"]["logits"], model.run(arrays[INPUT])["logits"])


def test_without_json_people_read_the_outputs_and_what_is_not_proven(folder: Path) -> None:
    done = run("verify plain.evidence --commitment model.commitment", folder=folder)
    assert "verified" in done.out
    assert "logits" in done.out
    assert "not proven" in done.out


@pytest.mark.parametrize("file", FILES)
def test_inspect_knows_every_file_and_shows_no_secret(folder: Path, file: str) -> None:
    done = run(f"inspect {file} --json", folder=folder)
    assert done.code == 0
    assert done.data["file"]
    assert json.loads(run(f"inspect {file}", folder=folder).out) == done.data
    if "secret" in file or "openings" in file:
        told = {"model.secret": {"id", "program"}, "locked.secret": set(), "run.openings": {"tensors"}}[file]
        assert set(done.data) == {"file", "bytes", "encrypted"} | told
        assert done.data["encrypted"] == file.startswith("locked")
        assert done.data["bytes"] == (folder / file).stat().st_size


# ---- --quiet, help and usage


@pytest.mark.parametrize(
    "command",
    [
        f"compile {MODEL} --calibration calibration.npz -o again.program --quiet",
        "estimate model.program --quiet",
        "commit model.program -o again.secret --public again.commitment --quiet",
        "prove model.secret --input one.npz -o again.evidence --quiet",
        "verify plain.evidence --commitment model.commitment --quiet",
        "run model.program --input one.npz --quiet",
        "open run.openings --name logits -o again.opening --quiet",
        f"verify-opening whole.opening --evidence run.evidence --commitment model.commitment --nonce {NONCE} --quiet",
        "inspect model.program --quiet",
    ],
)
def test_quiet_says_nothing_but_errors(folder: Path, tmp_path: Path, command: str) -> None:
    place = copied(folder, tmp_path / "q", *(path.name for path in folder.iterdir()))
    done = run(command, folder=place)
    assert (done.code, done.out, done.err) == (0, "", "")
    failed = run("inspect absent --quiet", folder=place)
    assert (failed.code, failed.out) == (2, "")
    assert "absent" in failed.err


@pytest.mark.parametrize(
    "command",
    [
        "",
        "no-such-command",
        "verify",
        "prove --input",
        "estimate absent.program",
        "verify plain.evidence --commitment model.commitment --nonce xyz",
        "run model.program --input calibration.npz",
        "run model.program --input model.program",
        "run plain.evidence --input one.npz",
        "inspect calibration.npz",
        "prove model.secret --input one.npz -o absent/run.evidence",
        "prove model.secret --input one.npz --output-visibility committed -o e",
        "prove model.secret --input one.npz --output-visibility open -o e",
        "prove model.secret --input one.npz --threads -1 -o e",
        "open run.openings --name nothing -o o",
        "open run.openings --name logits --element 10 -o o",
        "open run.openings --name logits --element=-1 -o o",
        f"compile {MODEL} --calibration calibration.npz --overflow wrap -o p",
        f"compile {MODEL} --calibration calibration.npz --activation-bits 10 -o p",
        f"compile {MODEL} --calibration calibration.npz --shape image=1,x -o p",
        f"compile {MODEL} --calibration calibration.npz --shape {INPUT}=2,64 -o p",
        "compile absent.onnx --calibration calibration.npz -o p",
        "compile model.program --calibration calibration.npz -o p",
    ],
)
def test_wrong_usage_and_wrong_files_end_with_2(folder: Path, command: str) -> None:
    before = sorted(folder.iterdir())
    done = run(command, folder=folder)
    assert done.code == 2, done
    assert done.err or not command
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("command", ["estimate absent.program", "run plain.evidence --input one.npz"])
def test_an_error_is_one_object_too(folder: Path, command: str) -> None:
    done = run(f"{command} --json", folder=folder)
    assert done.code == 2
    assert set(done.data) == {"error", "message", "nodes"}
    assert done.data["message"] in done.err


def test_the_console_script_is_the_same_program(folder: Path) -> None:
    script = Path(words("")[0]).parent / "intaglio"
    made = subprocess.run(
        [script, "inspect", "model.program", "--json"], cwd=folder, capture_output=True, text=True, check=True
    )
    assert json.loads(made.stdout) == run("inspect model.program --json", folder=folder).data


# ---- verification from files alone


def test_a_process_that_has_only_evidence_and_commitment_verifies(folder: Path, tmp_path: Path) -> None:
    place = copied(folder, tmp_path / "verifier", "plain.evidence", "model.commitment")
    assert run("verify plain.evidence --commitment model.commitment", folder=place).code == 0


@pytest.mark.parametrize(
    ("asked", "code", "check"),
    [
        (f"--nonce {NONCE}", 0, None), ("--nonce 00ff11", 1, "statement"), ("", 1, "statement"),
        (f"--nonce {NONCE} --audience somebody", 1, "statement"),
    ],
)  # fmt: skip
def test_the_nonce_and_audience_must_be_what_was_asked_for(folder: Path, asked: str, code: int, check: str) -> None:
    done = run(f"verify run.evidence --commitment model.commitment {asked} --json", folder=folder)
    assert (done.code, done.data["check"], done.data["verified"]) == (code, check, code == 0)
    assert bool(done.data["reason"]) == (code == 1)


def test_an_audience_is_carried_and_demanded(folder: Path, tmp_path: Path) -> None:
    place = copied(folder, tmp_path / "a", "model.secret", "one.npz", "model.commitment")
    assert run(f"prove model.secret --input one.npz --audience '{AUDIENCE}' -o e", folder=place).code == 0
    assert run(f"verify e --commitment model.commitment --audience '{AUDIENCE}'", folder=place).code == 0
    assert run("verify e --commitment model.commitment", folder=place).code == 1


def test_evidence_of_another_model_ends_with_1(folder: Path) -> None:
    done = run("verify plain.evidence --commitment locked.commitment --json", folder=folder)
    assert (done.code, done.data["verified"]) == (1, False)


def test_tampered_and_undecodable_evidence_end_with_1(folder: Path, tmp_path: Path) -> None:
    place = copied(folder, tmp_path / "t", "plain.evidence", "model.commitment")
    whole = (place / "plain.evidence").read_bytes()
    middle = len(whole) // 2
    changed = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    checks = {}
    for name, data in {
        "tampered": changed, "cut": whole[:middle], "longer": whole + b"\0", "empty": b"", "text": b"what is this",
    }.items():  # fmt: skip
        (place / name).write_bytes(data)
        done = run(f"verify {name} --commitment model.commitment --json", folder=place)
        assert (done.code, done.data["verified"], done.data["outputs"]) == (1, False, None)
        checks[name] = done.data["check"]
    assert checks["empty"] == checks["text"] == checks["cut"] == checks["longer"] == "decode"
    assert checks["tampered"] != "decode"
    assert "REJECTED" in run("verify cut --commitment model.commitment", folder=place).out


def test_a_policy_file_is_applied(folder: Path, tmp_path: Path) -> None:
    place = copied(folder, tmp_path / "p", "run.evidence", "model.commitment")
    (place / "strict.toml").write_text("require_public_outputs = true\n")
    (place / "fair.toml").write_text("min_security_bits = 110\n")
    (place / "broken.toml").write_text("min_security_bits = ")
    command = f"verify run.evidence --commitment model.commitment --nonce {NONCE} --json --policy"
    assert run(f"{command} fair.toml", folder=place).code == 0
    strict = run(f"{command} strict.toml", folder=place)
    assert (strict.code, strict.data["check"]) == (1, "policy")
    assert run(f"{command} broken.toml", folder=place).code == 2
    assert run(f"{command} absent.toml", folder=place).code == 2
    (place / "poor.toml").write_text("max_work = 1000\n")
    poor = run(f"{command} poor.toml --no-receipts", folder=place)
    assert (poor.code, poor.data["error"]) == (4, "ResourceLimit")


# ---- openings


def test_openings_are_checked_against_evidence(folder: Path) -> None:
    outputs = run("run model.program --input one.npz --json", folder=folder).data["outputs"]["logits"][0]
    rest = f"--evidence run.evidence --commitment model.commitment --nonce {NONCE} --json"
    part = run(f"verify-opening element.opening {rest}", folder=folder)
    assert part.code == 0
    assert part.data["elements"] == {"3": outputs[3], "5": outputs[5]}
    whole = run(f"verify-opening whole.opening {rest}", folder=folder)
    assert whole.data["elements"] == {str(i): value for i, value in enumerate(outputs)}
    assert whole.data["name"] == "logits"


def test_an_opening_that_does_not_fit_ends_with_1(folder: Path, tmp_path: Path) -> None:
    place = copied(folder, tmp_path / "o", "run.evidence", "plain.evidence", "model.commitment", "element.opening")
    whole = (place / "element.opening").read_bytes()
    (place / "tampered").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    (place / "cut").write_bytes(whole[:40])
    rest = f"--evidence run.evidence --commitment model.commitment --nonce {NONCE} --json"
    for name in ("tampered", "cut", "model.commitment"):
        done = run(f"verify-opening {name} {rest}", folder=place)
        assert (done.code, done.data["verified"]) == (1, False), name
    other = "--evidence plain.evidence --commitment model.commitment --json"
    assert run(f"verify-opening element.opening {other}", folder=place).code == 1


# ---- secrets


def test_a_locked_secret_needs_its_passphrase_file(folder: Path, tmp_path: Path) -> None:
    place = copied(folder, tmp_path / "s", "locked.secret", "locked.commitment", "one.npz", "passphrase")
    (place / "wrong").write_text("incorrect horse\n")
    (place / "windows").write_bytes(b"correct horse\r\n")
    (place / "empty").write_text("\n")
    command = "prove locked.secret --input one.npz -o e"
    for bad in ("", "--passphrase-file wrong", "--passphrase-file empty", "--passphrase-file absent"):
        done = run(f"{command} {bad}", folder=place)
        assert done.code == 2
        assert "passphrase" in done.err or "absent" in done.err
        assert not (place / "e").exists()
    for good in ("passphrase", "windows"):
        assert run(f"{command} --passphrase-file {good}", folder=place).code == 0
    assert run("verify e --commitment locked.commitment", folder=place).code == 0


def test_openings_of_a_locked_secret_are_locked_too(folder: Path, tmp_path: Path) -> None:
    place = copied(folder, tmp_path / "l", "locked.secret", "one.npz", "passphrase")
    more = "--output-visibility committed --openings o --passphrase-file passphrase"
    assert run(f"prove locked.secret --input one.npz -o e {more}", folder=place).code == 0
    assert run("inspect o --json", folder=place).data["encrypted"] is True
    assert run("open o --name logits -o x", folder=place).code == 2
    assert run("open o --name logits -o x --passphrase-file passphrase", folder=place).code == 0


def test_secret_files_are_for_their_owner_only(folder: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    for name in ("model.program", "model.secret", "locked.secret", "run.openings"):
        assert modes[name] == 0o600, name
    for name in ("model.commitment", "run.evidence"):
        assert modes[name] == 0o644, name


@pytest.mark.parametrize("name", ["model.program", "model.secret", "model.commitment", "run.openings"])
def test_a_damaged_file_ends_with_2(folder: Path, tmp_path: Path, name: str) -> None:
    place = copied(folder, tmp_path / "d", "one.npz", "plain.evidence", name)
    whole = (place / name).read_bytes()
    (place / name).write_bytes(whole[: len(whole) // 2])
    command = {
        "model.program": "run model.program --input one.npz",
        "model.secret": "prove model.secret --input one.npz -o e",
        "model.commitment": "verify plain.evidence --commitment model.commitment",
        "run.openings": "open run.openings --name logits -o o",
    }[name]
    done = run(command, folder=place)
    assert done.code == 2
    assert done.err.startswith("FormatError")


# ---- models and limits


def unsupported(path: Path) -> None:
    nodes = [
        helper.make_node("Cos", ["x"], ["a"], name="first"),
        helper.make_node("Relu", ["a"], ["b"], name="fine"),
        helper.make_node("Sin", ["b"], ["y"], name="second"),
    ]
    shapes = [helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, 2)) for name in "xy"]
    graph = helper.make_graph(nodes, "g", shapes[:1], shapes[1:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def test_a_model_that_is_not_supported_ends_with_3_and_names_every_node(tmp_path: Path) -> None:
    unsupported(tmp_path / "m.onnx")
    np.savez(tmp_path / "c.npz", x=np.ones((8, 1, 2), np.float32))
    done = run("compile m.onnx --calibration c.npz -o p --json", folder=tmp_path)
    assert (done.code, done.data["error"]) == (3, "UnsupportedModel")
    told = [(node["name"], node["operator"], node["opset"]) for node in done.data["nodes"]]
    assert told == [("first", "Cos", 17), ("second", "Sin", 17)]
    assert all(node["what"] and node["remedy"] for node in done.data["nodes"])
    assert not (tmp_path / "p").exists()


def test_a_missed_target_is_a_warning_and_with_strict_ends_with_3(folder: Path, tmp_path: Path) -> None:
    command = f"compile {MODEL} --calibration {folder}/calibration.npz --max-error 1e-12 -o p --json"
    done = run(command, folder=tmp_path)
    assert (done.code, done.data["fidelity"]["met"]) == (0, False)
    assert "warning" in done.err
    strict = run(f"{command} --strict", folder=tmp_path)
    assert (strict.code, strict.data["fidelity"]["met"]) == (3, False)


@pytest.mark.parametrize(
    ("command", "target"),
    [
        (f"compile {MODEL} --calibration calibration.npz -o out", "out"),
        ("commit model.program -o out --public other", "out"),
        ("prove model.secret --input one.npz -o out", "out"),
    ],
)
def test_no_space_ends_with_4_and_leaves_the_old_file(folder: Path, tmp_path: Path, command: str, target: str) -> None:
    place = copied(folder, tmp_path / "f", "calibration.npz", "model.program", "model.secret", "one.npz")
    (place / target).write_bytes(b"the old file")
    before = sorted(place.iterdir())

    def allow_little() -> None:
        # the kernel refuses to write more, as on a full disk
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))

    done = run(command, folder=place, before=allow_little, extra={"PYTHONDONTWRITEBYTECODE": "1"})
    assert done.code == 4, done
    assert done.err.startswith("ResourceLimit")
    assert (place / target).read_bytes() == b"the old file"
    assert sorted(place.iterdir()) == before


# ---- interrupts and two processes at once


@pytest.mark.parametrize("quiet", ["--quiet", ""])
def test_an_interrupt_ends_a_long_proof_with_130_and_leaves_nothing(large: Path, tmp_path: Path, quiet: str) -> None:
    command = f"prove {large}/model.secret --input {large}/one.npz --output-visibility private -o e {quiet}"
    start = time.monotonic()
    assert run(command, folder=tmp_path).code == 0
    whole = time.monotonic() - start
    # earlier each time: how long the whole takes changes with what else the machine does
    for attempt in range(12):
        place = tmp_path / f"{attempt}"
        place.mkdir()
        process = subprocess.Popen(
            words(command), cwd=place, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        time.sleep(0.75 * whole * 0.8**attempt)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode in (0, 130), err
        assert "Traceback" not in err
        assert os.listdir(place) == ([] if process.returncode == 130 else ["e"])
        if process.returncode == 130:
            return
    pytest.fail("no signal came before the proof was done")


def test_two_processes_that_write_one_file_leave_a_whole_one(folder: Path, tmp_path: Path) -> None:
    place = copied(folder, tmp_path / "two", "model.secret", "one.npz", "model.commitment")
    processes = [
        subprocess.Popen(words("prove model.secret --input one.npz -o e --quiet"), cwd=place, env=environment())
        for _ in range(3)
    ]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    assert run("verify e --commitment model.commitment", folder=place).code == 0
    assert sorted(os.listdir(place)) == ["e", "model.commitment", "model.secret", "one.npz"]
