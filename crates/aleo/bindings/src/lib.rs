//! Python bindings of everything about Aleo: convert, release the GIL, map errors. No decisions are taken here.

mod accounts;
mod contracts;
mod errors;
mod instructions;
mod job;
mod openings;
mod transactions;

use errors::{circuit, invalid, varuna};
use intaglio_aleo::circuit::{Inputs, Request, Weights, field_of, model_digest, shape, synthesise};
use intaglio_aleo::commitments::{input_commitment, model_commitment};
use intaglio_aleo::parameters::{available, folder, needed, preflight};
use intaglio_aleo::varuna::{Keys, Powers, VarunaError, VerifyingKey, public_inputs};
use intaglio_program::bytes::CompiledModel;
use intaglio_program::tensor::IntTensor;
use numpy::{PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use snarkvm_curves::bls12_377::Fr;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

static POWERS: OnceLock<Result<Powers, String>> = OnceLock::new();

fn powers() -> Result<&'static Powers, VarunaError> {
    let made = POWERS.get_or_init(|| Powers::load().map_err(|e| e.to_string()));
    made.as_ref().map_err(|e| VarunaError::Snark(e.clone()))
}

/// A salt as a field element: 31 uniform bytes.
fn salt_of(salt: &[u8]) -> Fr {
    field_of(salt)
}

fn tensors(arrays: &[PyReadonlyArrayDyn<'_, i64>]) -> Vec<IntTensor> {
    let one = |array: &PyReadonlyArrayDyn<'_, i64>| IntTensor {
        shape: array.shape().to_vec(),
        data: array.as_array().iter().copied().collect(),
    };
    arrays.iter().map(one).collect()
}

/// A field element in decimal.
fn element(py: Python<'_>, decimal: &str) -> PyResult<Fr> {
    Fr::from_str(decimal).map_err(|_| invalid(py, format!("{decimal:?} is no field element in decimal")))
}

/// A compiled model that becomes circuits, with the salt that hides its weights.
#[pyclass(frozen, module = "intaglio_aleo")]
struct Circuits(Arc<Own>);

struct Own {
    model: CompiledModel,
    weights: Weights,
    inputs: Kind,
    keys: OnceLock<Keys>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Shown,
    Hidden,
    Committed,
}

impl Own {
    fn request(&self, input_salt: &[u8], context: Fr) -> Request {
        let inputs = match self.inputs {
            Kind::Shown => Inputs::Shown,
            Kind::Hidden => Inputs::Hidden,
            Kind::Committed => Inputs::Committed { salt: salt_of(input_salt) },
        };
        Request { weights: self.weights, inputs, context }
    }

    fn shape(&self) -> Result<intaglio_aleo::r1cs::R1cs, intaglio_aleo::circuit::CircuitError> {
        shape(&self.model.program, &self.model.parameters, self.request(&[], Fr::default()))
    }

    fn keys(&self) -> Result<&Keys, Failure> {
        if let Some(keys) = self.keys.get() {
            return Ok(keys);
        }
        let shape = self.shape()?;
        preflight(&shape.counts()).map_err(VarunaError::from)?;
        let made = powers()?.set_up(&shape)?;
        Ok(self.keys.get_or_init(|| made))
    }
}

/// Whatever stops a circuit.
enum Failure {
    Circuit(intaglio_aleo::circuit::CircuitError),
    Varuna(VarunaError),
}

impl From<intaglio_aleo::circuit::CircuitError> for Failure {
    fn from(error: intaglio_aleo::circuit::CircuitError) -> Self {
        Self::Circuit(error)
    }
}

impl From<VarunaError> for Failure {
    fn from(error: VarunaError) -> Self {
        Self::Varuna(error)
    }
}

fn told<T>(py: Python<'_>, result: Result<T, Failure>) -> PyResult<T> {
    result.map_err(|failure| match failure {
        Failure::Circuit(error) => circuit(py, &error),
        Failure::Varuna(error) => varuna(py, &error),
    })
}

#[pymethods]
impl Circuits {
    /// From the bytes of a `.program` file. `weights` is "baked" or "private", `inputs` "shown", "hidden" or "committed".
    #[new]
    fn new(py: Python<'_>, program: &[u8], weights: &str, inputs: &str, salt: [u8; 31]) -> PyResult<Self> {
        let model = CompiledModel::from_bytes(program).map_err(|e| errors::raise(py, "FormatError", e.to_string()))?;
        let weights = match weights {
            "baked" => {
                let mut wide = [0; 32];
                wide[..31].copy_from_slice(&salt);
                Weights::Baked { digest: model_digest(&model.program, &model.parameters, &wide) }
            }
            "private" => Weights::Committed { salt: salt_of(&salt) },
            other => return Err(invalid(py, format!("weights is {other:?}: 'baked' or 'private'"))),
        };
        let inputs = match inputs {
            "shown" => Kind::Shown,
            "hidden" => Kind::Hidden,
            "committed" => Kind::Committed,
            other => return Err(invalid(py, format!("inputs is {other:?}: 'shown', 'hidden' or 'committed'"))),
        };
        Ok(Self(Arc::new(Own { model, weights, inputs, keys: OnceLock::new() })))
    }

    /// Sizes and powers, in JSON.
    fn estimate(&self, py: Python<'_>) -> PyResult<String> {
        let own = self.0.clone();
        let shape = job::run(py, move || own.shape())?.map_err(|e| circuit(py, &e))?;
        let counts = shape.counts();
        let fits = preflight(&counts);
        Ok(serde_json::json!({
            "constraints": counts.constraints,
            "variables": counts.variables,
            "public_values": counts.publics,
            "non_zeros": counts.non_zeros,
            "powers_needed": needed(&counts),
            "powers_available": available(),
            "fits": fits.is_ok(),
            "reason": fits.err().map(|e| e.to_string()),
        })
        .to_string())
    }

    /// The model's public value: digest or commitment, in decimal.
    fn model(&self) -> String {
        let CompiledModel { program, parameters, .. } = &self.0.model;
        match self.0.weights {
            Weights::Baked { digest } => digest.to_string(),
            Weights::Committed { salt } => model_commitment(program, parameters, salt).to_string(),
        }
    }

    /// The verifying key as `snark.verify` takes it; makes the keys at the first call.
    fn verifying_key<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let own = self.0.clone();
        let bytes = job::run(py, move || -> Result<Vec<u8>, Failure> { Ok(own.keys()?.verifying.to_bytes()?) })?;
        Ok(PyBytes::new(py, &told(py, bytes)?))
    }

    /// The proof of one run, and its public values in decimal, the constant one first. `context` is decimal as well.
    fn prove<'py>(
        &self,
        py: Python<'py>,
        inputs: Vec<PyReadonlyArrayDyn<'py, i64>>,
        input_salt: [u8; 31],
        context: &str,
    ) -> PyResult<(Bound<'py, PyBytes>, Vec<String>)> {
        let (own, inputs, context) = (self.0.clone(), tensors(&inputs), element(py, context)?);
        let made = job::run(py, move || -> Result<(Vec<u8>, Vec<String>), Failure> {
            let request = own.request(&input_salt, context);
            let run = synthesise(&own.model.program, &own.model.parameters, &inputs, request)?;
            let proof = powers()?.prove(own.keys()?, &run)?;
            Ok((proof, public_inputs(&run).iter().map(ToString::to_string).collect()))
        })?;
        let (proof, publics) = told(py, made)?;
        Ok((PyBytes::new(py, &proof), publics))
    }

    /// The commitment to inputs under a salt, in decimal.
    fn input_commitment(&self, inputs: Vec<PyReadonlyArrayDyn<'_, i64>>, salt: [u8; 31]) -> String {
        input_commitment(&self.0.model.program, &tensors(&inputs), salt_of(&salt)).to_string()
    }
}

/// Whether a proof shows these public values under a key. No powers are needed beyond the embedded ones.
#[pyfunction]
fn verify(py: Python<'_>, key: Vec<u8>, publics: Vec<String>, proof: Vec<u8>) -> PyResult<bool> {
    let publics: Option<Vec<Fr>> = publics.iter().map(|v| Fr::from_str(v).ok()).collect();
    let publics = publics.ok_or_else(|| errors::raise(py, "FormatError", "a public value that is no field element"))?;
    let verdict = job::run(py, move || -> Result<bool, Failure> {
        let key = VerifyingKey::from_bytes(&key)?;
        match powers()?.verify(&key, &publics, &proof) {
            // snarkVM refuses some values before it looks at the proof: they are no less false
            Err(VarunaError::Snark(_)) => Ok(false),
            verdict => Ok(verdict?),
        }
    })?;
    told(py, verdict)
}

/// Up to 31 bytes as the field element that a proof carries, in decimal.
#[pyfunction]
fn to_field(bytes: &[u8]) -> String {
    field_of(bytes).to_string()
}

/// The row behind a group literal.
#[pyfunction]
fn from_group<'py>(py: Python<'py>, literal: &str) -> PyResult<Bound<'py, PyBytes>> {
    let row = intaglio_aleo::bridge::from_group(literal).map_err(|e| invalid(py, e.to_string()))?;
    Ok(PyBytes::new(py, &row))
}

/// Where files of powers are looked for.
#[pyfunction]
fn parameter_folder() -> String {
    folder().display().to_string()
}

/// The circuits of `intaglio`.
#[pymodule]
#[pyo3(name = "intaglio_aleo")]
fn contents(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("VERSION", env!("CARGO_PKG_VERSION"))?;
    m.add_class::<Circuits>()?;
    m.add_function(wrap_pyfunction!(verify, m)?)?;
    m.add_function(wrap_pyfunction!(to_field, m)?)?;
    m.add_function(wrap_pyfunction!(from_group, m)?)?;
    m.add_function(wrap_pyfunction!(parameter_folder, m)?)?;
    m.add_class::<transactions::PyAuthor>()?;
    m.add_class::<transactions::PyChain>()?;
    m.add_function(wrap_pyfunction!(accounts::new_account, m)?)?;
    m.add_function(wrap_pyfunction!(accounts::account_of, m)?)?;
    m.add_function(wrap_pyfunction!(accounts::sign, m)?)?;
    m.add_function(wrap_pyfunction!(accounts::decrypt_record, m)?)?;
    m.add_function(wrap_pyfunction!(accounts::record_serial_number, m)?)?;
    m.add_function(wrap_pyfunction!(accounts::hash_value, m)?)?;
    m.add_function(wrap_pyfunction!(openings::prove_bounds, m)?)?;
    m.add_function(wrap_pyfunction!(openings::bounds_key, m)?)?;
    m.add_function(wrap_pyfunction!(instructions::write_program, m)?)?;
    m.add_function(wrap_pyfunction!(contracts::contract, m)?)?;
    m.add_function(wrap_pyfunction!(contracts::parts, m)?)?;
    m.add_function(wrap_pyfunction!(contracts::claim, m)?)?;
    m.add_function(wrap_pyfunction!(contracts::digest, m)?)?;
    Ok(())
}
