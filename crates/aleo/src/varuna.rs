//! Keys, proofs and verdicts of Varuna V3 for our circuits, and the bytes that `snark.verify` takes.

use crate::parameters::{ParameterError, preflight};
use crate::r1cs::{Counts, FieldForm, Form, ONE, R1cs, Row, Wire, field};
use snarkvm_algorithms::crypto_hash::PoseidonSponge;
use snarkvm_algorithms::polycommit::kzg10::UniversalParams;
use snarkvm_algorithms::r1cs::{
    ConstraintSynthesizer, ConstraintSystem, Index, LinearCombination, SynthesisError, Variable,
};
use snarkvm_algorithms::snark::varuna::{
    CircuitProvingKey, CircuitVerifyingKey, Proof, VarunaHidingMode, VarunaSNARK, VarunaVersion,
};
use snarkvm_algorithms::srs::{UniversalProver, UniversalVerifier};
use snarkvm_algorithms::traits::{AlgebraicSponge, SNARK};
use snarkvm_curves::bls12_377::{Bls12_377, Fq, Fr};
use snarkvm_fields::{One, Zero};
use snarkvm_utilities::{FromBytes, ToBytes};

type Sponge = PoseidonSponge<Fq, 2, 1>;
type Varuna = VarunaSNARK<Bls12_377, Sponge, VarunaHidingMode>;

/// Bytes of a verifying key as `snark.verify` takes it.
pub const KEY_BYTES: usize = 673;
/// Bytes of a proof as `snark.verify` takes it.
pub const PROOF_BYTES: usize = 957;

/// Why nothing was set up, proven or accepted.
#[derive(Debug, thiserror::Error)]
pub enum VarunaError {
    /// Powers are missing.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// The values break a constraint: there is nothing to prove.
    #[error("constraint {0} does not hold")]
    Unsatisfied(usize),
    /// Bytes that are no key or proof.
    #[error("{what}: {cause}")]
    Bytes {
        /// `verifying key` or `proof`.
        what: &'static str,
        /// Why.
        cause: String,
    },
    /// snarkVM refuses.
    #[error("snarkVM: {0}")]
    Snark(String),
}

fn snark(error: impl std::fmt::Display) -> VarunaError {
    VarunaError::Snark(error.to_string())
}

/// Public values in the order of the chain: the constant one, then those of the circuit.
#[must_use]
pub fn public_inputs(circuit: &R1cs) -> Vec<Fr> {
    std::iter::once(Fr::one()).chain(circuit.publics().iter().map(|public| public.to_field())).collect()
}

struct Synthesised<'a>(&'a R1cs);

impl ConstraintSynthesizer<Fr> for Synthesised<'_> {
    fn generate_constraints<CS: ConstraintSystem<Fr>>(&self, cs: &mut CS) -> Result<(), SynthesisError> {
        let circuit = self.0;
        for value in public_inputs(circuit).into_iter().skip(1) {
            cs.alloc_input(|| "public", || Ok(value))?;
        }
        for value in circuit.privates() {
            cs.alloc(|| "private", || Ok(value.to_field()))?;
        }
        let publics = circuit.publics().len();
        let combine = |form: &Form| {
            LinearCombination(form.iter().map(|(wire, k)| (variable(*wire, publics), field(*k))).collect())
        };
        for row in circuit.rows() {
            cs.enforce(|| "row", |_| combine(&row.a), |_| combine(&row.b), |_| combine(&row.c));
        }
        let combine =
            |form: &FieldForm| LinearCombination(form.iter().map(|(wire, k)| (variable(*wire, publics), *k)).collect());
        for Row { a, b, c } in circuit.field_rows() {
            cs.enforce(|| "field row", |_| combine(a), |_| combine(b), |_| combine(c));
        }
        Ok(())
    }
}

fn variable(wire: Wire, publics: usize) -> Variable {
    let index = wire.0 as usize;
    Variable::new_unchecked(match index.checked_sub(publics + 1) {
        None => Index::Public(if wire == ONE { 0 } else { index }),
        Some(private) => Index::Private(private),
    })
}

/// The powers, and what is made from them once.
pub struct Powers {
    powers: UniversalParams<Bls12_377>,
    prover: UniversalProver<Bls12_377>,
    verifier: UniversalVerifier<Bls12_377>,
    sponge: <Sponge as AlgebraicSponge<Fq, 2>>::Parameters,
}

/// Both keys of a circuit.
pub struct Keys {
    proving: CircuitProvingKey<Bls12_377, VarunaHidingMode>,
    /// What the chain keeps.
    pub verifying: VerifyingKey,
}

/// The verifying key of a circuit; of a baked circuit it identifies the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey(CircuitVerifyingKey<Bls12_377>);

impl Powers {
    /// Loads the embedded powers.
    ///
    /// # Errors
    ///
    /// [`VarunaError::Snark`] if they are damaged.
    pub fn load() -> Result<Self, VarunaError> {
        let powers = UniversalParams::load().map_err(snark)?;
        let (prover, verifier) =
            (powers.to_universal_prover().map_err(snark)?, powers.to_universal_verifier().map_err(snark)?);
        Ok(Self { powers, prover, verifier, sponge: Sponge::sample_parameters() })
    }

    /// Makes the keys of a circuit, whose values do not matter.
    ///
    /// # Errors
    ///
    /// [`VarunaError::Parameters`] before anything is made.
    pub fn set_up(&self, circuit: &R1cs) -> Result<Keys, VarunaError> {
        preflight(&circuit.counts())?;
        let (proving, verifying) = Varuna::circuit_setup(&self.powers, &Synthesised(circuit)).map_err(snark)?;
        Ok(Keys { proving, verifying: VerifyingKey(verifying) })
    }

    /// Proves a circuit's values.
    ///
    /// # Errors
    ///
    /// [`VarunaError::Unsatisfied`] names the first constraint that does not hold.
    pub fn prove(&self, keys: &Keys, circuit: &R1cs) -> Result<Vec<u8>, VarunaError> {
        preflight(&circuit.counts())?;
        if let Some(row) = circuit.broken() {
            return Err(VarunaError::Unsatisfied(row));
        }
        let mut random = rand::rng();
        let circuit = Synthesised(circuit);
        let proof = Varuna::prove(&self.prover, &self.sponge, &keys.proving, VarunaVersion::V3, &circuit, &mut random);
        versioned(&proof.map_err(snark)?)
    }

    /// Whether a proof shows these public values under a key.
    ///
    /// # Errors
    ///
    /// [`VarunaError::Bytes`] for bytes that are no proof, [`VarunaError::Snark`] for public values that cannot be.
    pub fn verify(&self, key: &VerifyingKey, publics: &[Fr], proof: &[u8]) -> Result<bool, VarunaError> {
        let proof: Proof<Bls12_377> = unversioned("proof", proof, PROOF_BYTES)?;
        Varuna::verify(&self.verifier, &self.sponge, &key.0, VarunaVersion::V3, publics, &proof).map_err(snark)
    }
}

impl VerifyingKey {
    /// The operand of `snark.verify`: a version, the key, and a number that the instruction does not read.
    ///
    /// # Errors
    ///
    /// [`VarunaError::Bytes`] if it cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, VarunaError> {
        let mut bytes = versioned(&self.0)?;
        bytes.extend((self.0.circuit_info.num_public_and_private_variables as u64).to_le_bytes());
        Ok(bytes)
    }

    /// Reads such an operand, to the last byte.
    ///
    /// # Errors
    ///
    /// [`VarunaError::Bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VarunaError> {
        let body = bytes.get(..KEY_BYTES - 8).filter(|_| bytes.len() == KEY_BYTES);
        let body = body.ok_or_else(|| wrong("verifying key", format!("{} bytes, not {KEY_BYTES}", bytes.len())))?;
        let key = Self(unversioned("verifying key", body, KEY_BYTES - 8)?);
        match key.to_bytes()? == bytes {
            true => Ok(key),
            false => Err(wrong("verifying key", "not in canonical form")),
        }
    }

    /// Public values padded to as many as the key states: the operand of `snark.verify`.
    #[must_use]
    pub fn padded(&self, publics: &[Fr]) -> Vec<Fr> {
        let mut padded = publics.to_vec();
        padded.resize(self.0.circuit_info.num_public_inputs.max(publics.len()), Fr::zero());
        padded
    }

    /// Sizes of the circuit behind the key.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let info = &self.0.circuit_info;
        Counts {
            constraints: info.num_constraints,
            variables: info.num_public_and_private_variables,
            publics: info.num_public_inputs - 1,
            non_zeros: [info.num_non_zero_a, info.num_non_zero_b, info.num_non_zero_c],
        }
    }
}

/// The version byte of the chain's encodings.
const ENCODING: u8 = 1;

fn wrong(what: &'static str, cause: impl Into<String>) -> VarunaError {
    VarunaError::Bytes { what, cause: cause.into() }
}

fn versioned(object: &impl ToBytes) -> Result<Vec<u8>, VarunaError> {
    let mut bytes = vec![ENCODING];
    bytes.extend(object.to_bytes_le().map_err(snark)?);
    Ok(bytes)
}

fn unversioned<T: FromBytes>(what: &'static str, bytes: &[u8], len: usize) -> Result<T, VarunaError> {
    match bytes {
        [ENCODING, body @ ..] if bytes.len() == len => T::read_le(body).map_err(|e| wrong(what, e.to_string())),
        [ENCODING, ..] => Err(wrong(what, format!("{} bytes, not {len}", bytes.len()))),
        [version, ..] => Err(wrong(what, format!("encoding {version}, this build reads {ENCODING}"))),
        [] => Err(wrong(what, "no bytes")),
    }
}
