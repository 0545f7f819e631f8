//! What a proof is *about*: the only thing a transcript can be opened from.

use crate::plan::Plan;
use crate::rules::Check;
use crate::system::Origin;
use crate::transcript::Transcript;
use blake2b_simd::Params;
use intaglio_algebra::group::Basis;
use intaglio_algebra::{Affine, encoding};
use std::sync::Arc;

/// Version of the argument's messages. A format change bumps it.
pub const PROTOCOL: &str = "intaglio-argument/1";

/// Persistent rows of an earlier commitment, prepared for products and bound by a digest of their bytes.
#[derive(Clone, Debug)]
pub struct ImportedRows {
    basis: Arc<Basis>,
    digest: [u8; 32],
}

impl ImportedRows {
    /// Prepares the rows of one group, in order. Points must lie in the prime-order subgroup: check them once, where
    /// they are imported.
    #[must_use]
    pub fn new(points: Vec<Affine>) -> Self {
        let mut state = Params::new().hash_length(32).personal(b"intaglio-rows-v1").to_state();
        state.update(&(points.len() as u64).to_le_bytes());
        for point in &points {
            state.update(&encoding::encode_point(point));
        }
        let mut digest = [0; 32];
        digest.iter_mut().zip(state.finalize().as_bytes()).for_each(|(d, b)| *d = *b);
        Self { basis: Arc::new(Basis::new(points)), digest }
    }

    /// The rows as a basis for products.
    #[must_use]
    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.basis.len()
    }

    /// True without rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.basis.len() == 0
    }

    /// Digest of the rows' bytes.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

/// Everything public that a proof is bound to, beside its own messages.
#[derive(Clone, Copy)]
pub struct Statement<'a> {
    /// The caller's statement, canonically encoded: model, visibility, nonce, audience, …
    pub context: &'a [u8],
    /// The public tensors, in order of the system's `Values`.
    pub publics: &'a [Vec<i64>],
    /// The imported groups, in order.
    pub imported: &'a [ImportedRows],
}

/// Why a statement does not fit its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Other number of public tensors.
    #[error("the statement has {got} public tensors, the plan needs {expected}")]
    PublicTensors {
        /// By the plan.
        expected: usize,
        /// In the statement.
        got: usize,
    },
    /// A public tensor is longer than its polynomial.
    #[error("public tensor {index} has {got} cells, at most {expected} fit")]
    PublicCells {
        /// Which.
        index: usize,
        /// Most cells.
        expected: usize,
        /// Its cells.
        got: usize,
    },
    /// Other number of imported groups or rows.
    #[error("imported group {group} has {got} rows, the plan needs {expected}")]
    ImportedRows {
        /// Which, counted over imported groups.
        group: usize,
        /// By the plan.
        expected: usize,
        /// In the statement.
        got: usize,
    },
}

impl Statement<'_> {
    /// Opens the Fiat–Shamir transcript with every field of the statement absorbed.
    ///
    /// # Errors
    ///
    /// [`StatementError`] if public tensors or imported rows do not fit the plan.
    pub fn open(&self, plan: &Plan) -> Result<Transcript, StatementError> {
        // Exhaustive on purpose: a new field does not compile until it is bound.
        let Self { context, publics, imported } = self;
        check_publics(plan, publics)?;
        check_imported(plan, imported)?;
        let mut transcript = Transcript::unbound(plan.rules());
        transcript.absorb("protocol", PROTOCOL.as_bytes());
        transcript.absorb("generators", intaglio_algebra::generators::LABEL.as_bytes());
        transcript.absorb("kind", plan.system().kind().as_bytes());
        transcript.absorb("system", plan.digest());
        transcript.absorb("context", context);
        for tensor in *publics {
            let bytes: Vec<u8> = tensor.iter().flat_map(|v| v.to_le_bytes()).collect();
            transcript.absorb("public", &bytes);
        }
        for rows in *imported {
            transcript.absorb("imported", rows.digest());
        }
        Ok(transcript)
    }
}

fn check_publics(plan: &Plan, publics: &[Vec<i64>]) -> Result<(), StatementError> {
    if publics.len() != plan.num_public_tensors() && plan.rules().has(Check::PublicTensors) {
        return Err(StatementError::PublicTensors { expected: plan.num_public_tensors(), got: publics.len() });
    }
    for (id, public) in plan.system().publics().iter().enumerate() {
        let index = plan.public_index(id);
        if let Some(cells) = publics.get(index) {
            let expected = 1usize << public.num_vars();
            if cells.len() > expected && plan.rules().has(Check::PublicCells) {
                return Err(StatementError::PublicCells { index, expected, got: cells.len() });
            }
        }
    }
    Ok(())
}

fn check_imported(plan: &Plan, imported: &[ImportedRows]) -> Result<(), StatementError> {
    let expected = plan.system().groups().iter().zip(plan.group_rows());
    let expected: Vec<usize> = expected.filter(|(g, _)| g.origin == Origin::Imported).map(|(_, rows)| *rows).collect();
    for group in 0..expected.len().max(imported.len()) {
        let want = expected.get(group).copied().unwrap_or(0);
        let got = imported.get(group).map_or(0, ImportedRows::len);
        if want != got && plan.rules().has(Check::ImportedRows) {
            return Err(StatementError::ImportedRows { group, expected: want, got });
        }
    }
    Ok(())
}
