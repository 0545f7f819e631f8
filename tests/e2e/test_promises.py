"""Promises of the command line that need more than one file: exit codes, chained proofs, receipts, progress, limits."""

from __future__ import annotations

import json
import os
import pty
import re
import resource
import select
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import intaglio
import numpy as np
import pytest
from commands import INPUT, MODEL, NONCE, environment, run, words
from intaglio.cli.progress import remaining
from onnx import TensorProto, helper, numpy_helper
from onnx import save as save_onnx


def given(folder: Path, target: Path, *names: str) -> Path:
    """A folder with copies of these files."""
    target.mkdir(exist_ok=True)
    for name in names:
        shutil.copy(folder / name, target / name)
    return target


# ---- chained proofs


def test_an_input_keeps_the_commitment_of_an_earlier_proof(folder: Path, tmp_path: Path) -> None:
    place = given(folder, tmp_path / "c", "model.secret", "one.npz", "run.openings", "run.evidence", "model.commitment")
    known = intaglio.verify(
        (folder / "run.evidence").read_bytes(),
        commitment=intaglio.Commitment.load(folder / "model.commitment"), nonce=bytes.fromhex(NONCE),
    ).input_commitment[INPUT]  # fmt: skip
    prove = "prove model.secret --input one.npz --input-visibility committed --openings again.openings -o e"
    for form in ("run.openings", f"{INPUT}=run.openings", f"{INPUT}=run.openings:{INPUT}", f"run.openings:{INPUT}"):
        done = run(f"{prove} --input-commitment {form}", folder=place)
        assert done.code == 0, done
        found = intaglio.verify(
            (place / "e").read_bytes(), commitment=intaglio.Commitment.load(place / "model.commitment")
        )
        assert found.input_commitment[INPUT] == known
    # the control: without it the same input has a commitment of its own
    assert run(prove, folder=place).code == 0
    found = intaglio.verify((place / "e").read_bytes(), commitment=intaglio.Commitment.load(place / "model.commitment"))
    assert found.input_commitment[INPUT] != known


def test_a_commitment_to_another_value_is_invalid_input(folder: Path, tmp_path: Path) -> None:
    place = given(folder, tmp_path / "c", "model.secret", "run.openings")
    np.savez(place / "other.npz", **{INPUT: np.full((1, 64), 0.5, np.float32)})
    prove = "prove model.secret --input other.npz --openings o -o e --json"
    done = run(f"{prove} --input-visibility committed --input-commitment run.openings", folder=place)
    assert (done.code, done.data["error"]) == (2, "InvalidInput")
    assert "other values" in done.data["message"]
    assert INPUT in done.data["message"]
    private = run(f"{prove} --input-commitment run.openings", folder=place)
    assert (private.code, private.data["error"]) == (2, "InvalidInput")
    for wrong in ("absent.openings", "other.npz", "nothing=run.openings", f"{INPUT}=run.openings:nothing"):
        assert run(f"{prove} --input-visibility committed --input-commitment {wrong}", folder=place).code == 2
    assert not (place / "e").exists()


def test_visibility_is_given_by_name_too(folder: Path, tmp_path: Path) -> None:
    place = given(folder, tmp_path / "v", "model.secret", "one.npz", "model.commitment")
    prove = (
        f"prove model.secret --input one.npz -o e --input-visibility {INPUT}=public --output-visibility logits=private"
    )
    assert run(prove, folder=place).code == 0
    data = run("verify e --commitment model.commitment --json", folder=place).data
    assert data["outputs"] == {"logits": None}
    assert json.loads(run("inspect e --json", folder=place).out)["inputs"][0]["level"] == "public"
    for wrong in ("nothing=public", f"{INPUT}=open", f"{INPUT}="):
        assert run(f"prove model.secret --input one.npz -o f --input-visibility {wrong}", folder=place).code == 2


# ---- targets


def test_strict_alone_asks_for_the_usual_target(folder: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    # nothing like what it will be judged by: every third sample is held out
    pixels = rng.random((24, 1, 64), np.float32) * 1e-3
    pixels[2::3] *= 1000
    np.savez(tmp_path / "c.npz", **{INPUT: pixels})
    command = f"compile {MODEL} --calibration c.npz -o p --json"
    plain = run(command, folder=tmp_path)
    assert (plain.code, plain.data["fidelity"]["met"], plain.err) == (0, True, "")
    assert plain.data["fidelity"]["held_out"]["max_error"] > 1e-3
    strict = run(f"{command} --strict", folder=tmp_path)
    assert (strict.code, strict.data["fidelity"]["met"]) == (3, False)
    assert strict.data["fidelity"]["limiting"]
    assert "warning" in strict.err
    # what is said replaces the usual figure, the other one stays
    loose = run(f"{command} --strict --max-error 0 --label-agreement 0", folder=tmp_path)
    assert (loose.code, loose.data["fidelity"]["met"]) == (0, True)
    assert run(f"{command} --strict --max-error 0.5", folder=tmp_path).code == 3


# ---- exit codes and --json


@pytest.mark.parametrize(
    "command",
    ["verify --json", "no-such-command --json", "prove model.secret --threads -1 --json", "verify a b --json"],
)
def test_wrong_usage_is_one_object_too(folder: Path, command: str) -> None:
    done = run(command, folder=folder)
    assert done.code == 2
    assert set(done.data) == {"error", "message", "nodes"}
    assert done.data["error"] == "usage"
    assert done.data["message"] in done.err


def test_a_commitment_that_does_not_hold_is_rejected_at_model(folder: Path, tmp_path: Path) -> None:
    place = given(folder, tmp_path / "m", "model.commitment", "plain.evidence")
    data = (place / "model.commitment").read_bytes()
    (place / "model.commitment").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    done = run("verify plain.evidence --commitment model.commitment --json", folder=place)
    assert (done.code, done.data["verified"], done.data["check"]) == (1, False, "model")


def test_a_result_that_cannot_be_written_is_no_success(folder: Path) -> None:
    for command in ("inspect model.commitment", "verify plain.evidence --commitment model.commitment --json"):
        with open("/dev/full", "w") as full:
            made = subprocess.run(
                words(command),
                cwd=folder,
                env=environment(),
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert made.returncode == 4
        assert "Traceback" not in made.stderr
        assert "cannot write the result" in made.stderr


@pytest.mark.parametrize(
    "command",
    [
        "commit model.program -o same --public same",
        "commit model.program -o same --public ./same",
        "prove model.secret --input one.npz --output-visibility committed --openings same -o same",
        "commit model.program -o absent/s --public p",
        "commit model.program -o s --public absent/p",
        "prove model.secret --input one.npz --output-visibility committed --openings absent/o -o e",
    ],
)
def test_outputs_are_looked_at_before_the_work(folder: Path, tmp_path: Path, command: str) -> None:
    place = given(folder, tmp_path / "w", "model.program", "model.secret", "one.npz")
    before = sorted(place.iterdir())
    done = run(command, folder=place)
    assert (done.code, sorted(place.iterdir())) == (2, before)
    assert "cannot write" in done.err


def test_a_folder_without_permission_is_named(folder: Path, tmp_path: Path) -> None:
    place = given(folder, tmp_path / "w", "model.secret", "one.npz")
    if os.getuid() == 0:
        # permissions do not stop root; a path through a file stops everybody
        target = "one.npz/e"
    else:
        (place / "closed").mkdir(mode=0o500)
        target = "closed/e"
    done = run(f"prove model.secret --input one.npz -o {target}", folder=place)
    assert done.code == 2
    assert target in done.err


# ---- memory


def tight() -> None:
    """Less address space than a proof of the large model needs, enough for Python and the small one."""
    limit = 1700 * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


@pytest.fixture(scope="module")
def huge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of a model whose proof takes gigabytes; compiling it takes little."""
    folder = tmp_path_factory.mktemp("huge")
    rng = np.random.default_rng(0)
    weight = numpy_helper.from_array(rng.normal(size=(24, 1, 3, 3)).astype(np.float32), "w")
    nodes = [helper.make_node("Conv", ["x", "w"], ["a"], pads=[1] * 4), helper.make_node("Relu", ["a"], ["y"])]
    shape = (1, 1, 256, 256)
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 24, 256, 256))], [weight],
    )  # fmt: skip
    save_onnx(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), folder / "m.onnx")
    sample = rng.random(shape, np.float32)
    intaglio.compile(folder / "m.onnx", calibration=sample[None]).save(folder / "model.program")
    return folder


def test_a_model_too_large_for_memory_ends_with_4_before_anything_is_done(huge: Path, folder: Path) -> None:
    done = run("estimate model.program --json", folder=huge, before=tight, extra={"RAYON_NUM_THREADS": "1"})
    assert done.code == 4, done
    assert set(done.data) == {"prove_seconds", "verify_seconds", "memory_bytes", "proof_bytes"}
    assert "ResourceLimit" in done.err
    done = run(
        "commit model.program -o s --public p --json", folder=huge, before=tight, extra={"RAYON_NUM_THREADS": "1"}
    )
    assert (done.code, done.data["error"]) == (4, "ResourceLimit")
    assert not (huge / "s").exists()
    # the control: the limit lets small models through
    small = run("estimate model.program --json", folder=folder, before=tight, extra={"RAYON_NUM_THREADS": "1"})
    assert small.code == 0, small


# ---- receipts


def with_cache(cache: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(cache), "INTAGLIO_NO_RECEIPTS": ""}


def test_verify_leaves_a_receipt_and_can_be_told_not_to(folder: Path, tmp_path: Path) -> None:
    verify = "verify plain.evidence --commitment model.commitment --json"
    receipts = tmp_path / "intaglio" / "receipts"
    for command, extra in (
        (f"{verify} --no-receipts", with_cache(tmp_path)),
        (verify, {**with_cache(tmp_path), "INTAGLIO_NO_RECEIPTS": "1"}),
    ):
        assert run(command, folder=folder, extra=extra).code == 0
        assert not receipts.exists()
    for _ in range(2):
        assert run(verify, folder=folder, extra=with_cache(tmp_path)).data["verified"] is True
    files = list(receipts.iterdir())
    assert len(files) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_two_processes_share_one_cache(folder: Path, tmp_path: Path) -> None:
    command = words("verify plain.evidence --commitment model.commitment --quiet")
    running = [
        subprocess.Popen(command, cwd=folder, env=environment(with_cache(tmp_path)), stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    assert [process.wait(timeout=60) for process in running] == [0] * 4
    files = sorted(path.name for path in (tmp_path / "intaglio" / "receipts").iterdir())
    assert len(files) == 2
    assert files[-1] == "key"


# ---- progress


def test_what_takes_longer_than_a_second_says_how_long_it_will_take(large: Path, tmp_path: Path) -> None:
    command = f"prove {large}/model.secret --input {large}/one.npz --output-visibility private -o e --json"
    start = time.monotonic()
    done = run(command, folder=tmp_path)
    # the whole process includes Python's start: only a long one must have said something
    if time.monotonic() - start > 4:
        assert re.search(r"^\w+ \d+% about \d+ s left$", done.err, re.MULTILINE), done.err
    assert set(done.data) >= {"seconds", "proof_bytes"}
    assert run(f"{command} --quiet", folder=tmp_path).err == ""


def test_short_work_says_nothing(folder: Path, tmp_path: Path) -> None:
    assert run(f"inspect {folder}/model.commitment --json", folder=tmp_path).err == ""


def test_a_terminal_gets_a_bar_on_stderr(large: Path, tmp_path: Path) -> None:
    command = words(f"prove {large}/model.secret --input {large}/one.npz --output-visibility private -o e --json")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**environment(), "TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            part = os.read(ours, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    assert process.stdout is not None
    told = json.loads(process.stdout.read())
    assert process.wait(timeout=60) == 0
    if told["seconds"] > 2:
        assert "━".encode() in shown
        assert b"left" in shown
    os.close(ours)


def test_the_time_that_is_left_is_said_in_words() -> None:
    assert remaining(3.0, 0.0) == ""
    assert remaining(3.0, 0.25) == "about 9 s left"
    assert remaining(30.0, 0.25) == "about 1 min 30 s left"
    assert remaining(30.0, 1.0) == "about 0 s left"


# ---- interrupts


@pytest.mark.parametrize("work", ["compile", "commit", "prove", "verify", "run", "estimate"])
def test_an_interrupt_at_any_time_ends_with_130_or_a_whole_file(
    huge: Path, large: Path, tmp_path: Path, work: str
) -> None:
    np.savez(tmp_path / "c.npz", x=np.random.default_rng(0).random((6, 1, 1, 256, 256), np.float32))
    np.savez(tmp_path / "x.npz", x=np.random.default_rng(0).random((1, 1, 256, 256), np.float32))
    command, files = {
        "compile": (f"compile {huge}/m.onnx --calibration c.npz -o out", {"out"}),
        "commit": (f"commit {huge}/model.program -o out --public p", {"out", "p"}),
        "prove": (f"prove {large}/model.secret --input {large}/one.npz --output-visibility private -o out", {"out"}),
        "verify": (f"verify {large}/model.commitment --commitment {large}/model.commitment", set[str]()),
        "run": (f"run {huge}/model.program --input x.npz", set[str]()),
        "estimate": (f"estimate {huge}/model.program", set[str]()),
    }[work]
    given_files = {"c.npz", "x.npz"}
    codes = []
    for delay in (0.02, 0.15, 0.35, 0.6, 0.9, 1.3):
        process = subprocess.Popen(
            words(command), cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        code = process.returncode
        codes.append(code)
        left = set(os.listdir(tmp_path)) - given_files
        assert left <= files, left
        if code != -2 and delay > 0.3:
            assert code in ((1, 130) if work == "verify" else (0, 130)), err
            assert "Traceback" not in err
        for name in left:
            (tmp_path / name).unlink()
    # -2: Python was interrupted before it came to our code, which a shell shows as 130 too
    assert {130, -2} & set(codes)


INTERRUPTED_LOADING = """
import signal, sys
from intaglio.cli import main

class Native:
    # what a module of C++ does with an interrupt while it loads
    def find_spec(self, name, path=None, target=None):
        if name == WANTED:
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt as error:
                raise ImportError("initialization failed") from error

sys.meta_path.insert(0, Native())
main()
"""


@pytest.mark.parametrize("module", ["typer", "intaglio.cli.app", "onnx", "onnxruntime"])
def test_an_interrupt_that_a_loading_module_turns_into_its_own_error_is_an_interrupt(
    folder: Path, tmp_path: Path, module: str
) -> None:
    command = f"compile {MODEL} --calibration {folder}/calibration.npz -o {tmp_path}/out"
    script = INTERRUPTED_LOADING.replace("WANTED", repr(module))
    done = subprocess.run(
        [sys.executable, "-c", script, *command.split()], env=environment(), capture_output=True, text=True
    )
    assert done.returncode == 130, done
    assert "internal error" not in done.stderr
    assert not (tmp_path / "out").exists()
