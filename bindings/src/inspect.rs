//! What a file of ours says, nothing secret, in JSON.

use crate::errors::raise;
use crate::job;
use intaglio_program::bytes::CompiledModel;
use intaglio_program::program::{Overflow, Program};
use intaglio_prover::{CommittedTensor, Secret};
use intaglio_verifier::{Boundary, Commitment, Evidence, Opening};
use pyo3::prelude::*;
use serde_json::{Value, json};

/// Inputs and outputs of a program.
pub(crate) fn interface(program: &Program) -> Value {
    let inputs: Vec<Value> = program
        .inputs()
        .iter()
        .map(|i| {
            json!({"name": i.name, "shape": i.shape, "exponent": i.exponent, "lo": i.lo, "hi": i.hi, "integer": i.integer})
        })
        .collect();
    let outputs: Vec<Value> = program
        .outputs()
        .iter()
        .map(|o| {
            let shape = program.value(o.value).map(|v| v.shape.clone());
            json!({"name": o.name, "shape": shape, "exponent": o.exponent, "integer": o.integer})
        })
        .collect();
    json!({"inputs": inputs, "outputs": outputs, "overflow": overflow(program)})
}

fn overflow(program: &Program) -> &'static str {
    match program.overflow() {
        Overflow::Saturate => "saturate",
        Overflow::Refuse => "refuse",
    }
}

fn program(program: &Program) -> Value {
    let nodes: Vec<Value> = program
        .nodes()
        .iter()
        .enumerate()
        .map(|(index, n)| {
            let value = program.value(program.output_of(index));
            json!({"name": n.name, "op": n.op.name(), "shape": value.map(|v| v.shape.clone()),
                   "lo": value.map(|v| v.lo), "hi": value.map(|v| v.hi)})
        })
        .collect();
    let parameters: Vec<Value> =
        program.parameters().iter().map(|p| json!({"name": p.name, "shape": p.shape, "bits": p.bits})).collect();
    json!({
        "digest": hex(&program.digest()),
        "interface": interface(program),
        "limb_bits": program.limb_bits(),
        "parameters": parameters,
        "nodes": nodes,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn boundary(b: &Boundary) -> Value {
    match b {
        Boundary::Public(cells) => json!({"level": "public", "integers": cells}),
        Boundary::Committed(rows) => json!({"level": "committed", "rows": rows.len()}),
        Boundary::Private => json!({"level": "private"}),
    }
}

/// The JSON of any file of ours.
fn describe(bytes: &[u8]) -> Result<Value, String> {
    let magic = bytes.get(..16).unwrap_or(bytes);
    match magic {
        b"INTAGLIO-COMPILE" => {
            let f = CompiledModel::from_bytes(bytes).map_err(|e| format!("program: {e}"))?;
            let metadata: Value = serde_json::from_str(&f.metadata).unwrap_or_default();
            Ok(json!({"file": "program with weights in clear: never publish it", "program": program(&f.program),
                      "fidelity": metadata.get("fidelity")}))
        }
        b"INTAGLIO-PROGRAM" => {
            let p = Program::from_bytes(bytes).map_err(|e| format!("integer program: {e}"))?;
            Ok(json!({"file": "integer program, without weights", "program": program(&p)}))
        }
        b"INTAGLIO-MODEL\0\0" => {
            let c = Commitment::from_bytes(bytes).map_err(|e| e.to_string())?;
            Ok(
                json!({"file": "model commitment, not checked", "id": hex(&c.id()), "rows": c.rows.len(), "proofs": c.proofs.len(),
                      "program": program(&c.program)}),
            )
        }
        b"INTAGLIO-EVIDENC" => {
            let e = Evidence::from_bytes(bytes).map_err(|e| e.to_string())?;
            let side = |s: &[Boundary]| s.iter().map(boundary).collect::<Vec<_>>();
            Ok(json!({"file": "evidence, not verified", "model": hex(&e.statement.model),
                      "statement": hex(&e.statement.digest()), "inputs": side(&e.statement.inputs),
                      "outputs": side(&e.statement.outputs), "nonce": e.statement.nonce.as_deref().map(hex),
                      "audience": e.statement.audience, "proof_bytes": e.proof.len()}))
        }
        b"INTAGLIO-OPENING" => {
            let o = Opening::from_bytes(bytes).map_err(|e| e.to_string())?;
            Ok(json!({"file": "opening, not verified", "name": o.statement.name, "shape": o.statement.shape,
                      "elements": o.statement.elements, "exponent": o.statement.exponent}))
        }
        b"INTAGLIO-SECRET\0" => {
            let encrypted = bytes.get(18) == Some(&1);
            let mut said = json!({"file": "secret: never publish it", "encrypted": encrypted, "bytes": bytes.len()});
            if !encrypted {
                let s = Secret::from_bytes(bytes, None).map_err(|e| e.to_string())?;
                said["id"] = hex(s.id()).into();
                said["program"] = program(s.program());
            }
            Ok(said)
        }
        b"INTAGLIO-OPENERS" => {
            let encrypted = bytes.get(18) == Some(&1);
            let mut said = json!({"file": "openings: never publish it", "encrypted": encrypted, "bytes": bytes.len()});
            if !encrypted {
                let tensors = CommittedTensor::from_bytes(bytes, None).map_err(|e| e.to_string())?;
                let shown = |t: &CommittedTensor| json!({"name": t.name, "shape": t.shape, "exponent": t.exponent});
                said["tensors"] = tensors.iter().map(shown).collect();
            }
            Ok(said)
        }
        _ => Err("this is no file of ours".into()),
    }
}

/// What a file is and says, in JSON.
#[pyfunction]
pub(crate) fn inspect(py: Python<'_>, bytes: Vec<u8>) -> PyResult<String> {
    let described = job::run(py, None, move |_| describe(&bytes))?;
    described.map(|v| v.to_string()).map_err(|e| raise(py, "FormatError", (e,)))
}
