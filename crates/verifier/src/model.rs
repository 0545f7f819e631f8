//! Model commitments: bytes, identity, and the check that makes one usable.

use crate::budget::Budget;
use crate::checks::Check;
use crate::plans::{LaidOut, Plans};
use crate::rejection::{Rejection, Stage};
use blake2b_simd::Params;
use intaglio_algebra::Affine;
use intaglio_algebra::encoding::{decode_point, encode_point, in_subgroup};
use intaglio_argument::plan::Plan;
use intaglio_argument::rules::Rules;
use intaglio_argument::statement::{ImportedRows, Statement};
use intaglio_argument::verify::verify;
use intaglio_program::bytes::{Reader, Writer};
use intaglio_program::lower::{Visibility, column_vars, model_tensors, wellformed};
use intaglio_program::program::Program;
use std::sync::Arc;

const MAGIC: &[u8; 16] = b"INTAGLIO-MODEL\0\0";
const VERSION: u16 = 1;

/// A published model commitment, as it is written.
#[derive(Clone, Debug)]
pub struct Commitment {
    /// The integer program.
    pub program: Program,
    /// Commitments to the rows of the parameters.
    pub rows: Vec<Affine>,
    /// The well-formedness proof of each chunk.
    pub proofs: Vec<Vec<u8>>,
}

impl Commitment {
    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { program, rows, proofs } = self;
        let mut w = Writer::headed(MAGIC, VERSION);
        w.blob(&program.to_bytes());
        w.count(rows.len());
        rows.iter().for_each(|row| w.raw(&encode_point(row)));
        w.count(proofs.len());
        proofs.iter().for_each(|proof| w.blob(proof));
        w.0
    }

    /// Reads canonical bytes, to the last one. The rows lie on the curve; nothing else is established.
    ///
    /// # Errors
    ///
    /// [`Rejection`] at stage decode.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Rejection> {
        let mut r = Reader::new(bytes);
        r.head(MAGIC, VERSION)?;
        let program = Program::from_bytes(r.blob()?)?;
        let rows = r.list(64, |r| decode_point(&r.array()?).or_else(|_| r.fail("a row that is no canonical point")))?;
        let proofs = r.list(4, |r| Ok(r.blob()?.to_vec()))?;
        r.end()?;
        Ok(Self { program, rows, proofs })
    }

    /// A hash of all bytes of a commitment, proofs included: what a receipt is about.
    pub(crate) fn digest(bytes: &[u8]) -> [u8; 32] {
        let hash = Params::new().hash_length(32).personal(b"intaglio-publish").hash(bytes);
        let mut digest = [0; 32];
        digest.iter_mut().zip(hash.as_bytes()).for_each(|(d, b)| *d = *b);
        digest
    }

    /// The identity: a hash of the program's digest and of all rows in order. The proof is no part of it.
    #[must_use]
    pub fn id(&self) -> [u8; 32] {
        let mut state = Params::new().hash_length(32).personal(b"intaglio-model-1").to_state();
        state.update(&self.program.digest());
        for row in &self.rows {
            state.update(&encode_point(row));
        }
        let mut id = [0; 32];
        id.iter_mut().zip(state.finalize().as_bytes()).for_each(|(d, b)| *d = *b);
        id
    }
}

fn refuse(reason: String) -> Rejection {
    Rejection::new(Stage::Model, reason)
}

/// As many rows as the program needs.
fn check_rows(commitment: &Commitment, rules: &Rules) -> Result<(), Rejection> {
    let width = column_vars(&commitment.program).map_err(|e| refuse(e.to_string()))?;
    let model = Plan::new(model_tensors(&commitment.program, width).map_err(|e| refuse(e.to_string()))?);
    let (got, expected) = (commitment.rows.len(), model.num_rows());
    Check::ModelRows.demand(rules, got == expected, || format!("{got} rows, this program needs {expected}"))
}

/// A model whose commitment was checked: every row in the prime-order subgroup, every parameter in its declared range,
/// zero on its padding. It is the only thing that evidence is verified against. [`CheckedModel::check`] makes one, and
/// [`crate::ReceiptKey::redeem`] for bytes that the same machine has checked before.
#[derive(Debug)]
pub struct CheckedModel {
    program: Program,
    id: [u8; 32],
    rows: ImportedRows,
    plans: Plans,
    digest: [u8; 32],
}

impl CheckedModel {
    /// Checks a commitment within the default budget.
    ///
    /// # Errors
    ///
    /// [`Rejection`] at stage decode, budget or model.
    pub fn check(bytes: &[u8]) -> Result<Self, Rejection> {
        Self::check_within(bytes, Budget::default())
    }

    /// Checks a commitment within a budget of one's own.
    ///
    /// # Errors
    ///
    /// [`Rejection`] at stage decode, budget or model.
    pub fn check_within(bytes: &[u8], budget: Budget) -> Result<Self, Rejection> {
        Self::judged(bytes, budget, &Rules::default())
    }

    /// As [`Self::check`] by a mutant.
    ///
    /// # Errors
    ///
    /// As [`Self::check`].
    #[cfg(feature = "mutants")]
    pub fn insecure_check(bytes: &[u8], rules: &Rules) -> Result<Self, Rejection> {
        Self::judged(bytes, Budget::default(), rules)
    }

    fn judged(bytes: &[u8], budget: Budget, rules: &Rules) -> Result<Self, Rejection> {
        let commitment = Commitment::from_bytes(bytes)?;
        budget.admit_program(&commitment.program, commitment.rows.len())?;
        let id = commitment.id();
        check_rows(&commitment, rules)?;
        let Commitment { program, rows, proofs } = commitment;
        let in_group = rows.iter().all(in_subgroup);
        Check::ModelSubgroup.demand(rules, in_group, || "a row has a part of small order".into())?;
        let chunks = wellformed(&program).map_err(|e| refuse(e.to_string()))?;
        Check::ModelProofs.demand(rules, chunks.len() == proofs.len(), || {
            format!("{} well-formedness proofs, this program needs {}", proofs.len(), chunks.len())
        })?;
        for (index, (chunk, proof)) in chunks.into_iter().zip(&proofs).enumerate() {
            let own = chunk.model_rows.iter().filter_map(|i| rows.get(*i).copied()).collect();
            budget.admit_system(&chunk.system)?;
            let plan = Plan::new(chunk.system);
            #[cfg(feature = "mutants")]
            let plan = plan.insecure_under(rules);
            let statement = Statement { context: &id, publics: &[], imported: &[ImportedRows::new(own)] };
            let refused = verify(&plan, &statement, proof).err();
            Check::Wellformed.demand(rules, refused.is_none(), || {
                let cause = refused.map(|e| e.to_string()).unwrap_or_default();
                format!("well-formedness proof {index} is refused at {cause}")
            })?;
        }
        let digest = Commitment::digest(bytes);
        Ok(Self { program, id, rows: ImportedRows::new(rows), plans: Plans::default(), digest })
    }

    /// The model behind bytes that were checked before: subgroup and proofs are not looked at again. Only a valid receipt
    /// may lead here.
    pub(crate) fn known(bytes: &[u8]) -> Result<Self, Rejection> {
        let commitment = Commitment::from_bytes(bytes)?;
        let id = commitment.id();
        check_rows(&commitment, &Rules::default())?;
        let Commitment { program, rows, proofs: _ } = commitment;
        let digest = Commitment::digest(bytes);
        Ok(Self { program, id, rows: ImportedRows::new(rows), plans: Plans::default(), digest })
    }

    /// The hash of the bytes that were checked.
    pub(crate) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The integer program.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The identity.
    #[must_use]
    pub fn id(&self) -> &[u8; 32] {
        &self.id
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &ImportedRows {
        &self.rows
    }

    /// The plan of a proof under a visibility; laid out once.
    ///
    /// # Errors
    ///
    /// [`Rejection`] at stage statement if the visibility does not fit the program, at stage budget if a proof would cost
    /// more than that.
    pub fn plan(&self, visibility: &Visibility, budget: Budget) -> Result<Arc<LaidOut>, Rejection> {
        budget.admit_program(&self.program, 0)?;
        self.plans.get(&self.program, visibility, |system| budget.admit_system(system))
    }
}
