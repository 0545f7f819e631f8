//! A system laid out: where each tensor lives, the leaves of the tree, how many scalars a proof sends.
//!
//! Everything here is a function of the system alone; the prover chooses nothing.

mod leaves;
mod rows;
mod shape;

pub use leaves::Leaf;
pub use rows::Place;
pub use shape::Shape;

use crate::rules::Rules;
use crate::system::{Public, System, TensorId};

/// A laid-out system. Made once and used for any number of proofs.
#[derive(Clone, Debug)]
pub struct Plan {
    system: System,
    digest: [u8; 32],
    places: Vec<Place>,
    group_rows: Vec<usize>,
    leaves: Vec<Leaf>,
    tree_vars: usize,
    public_order: Vec<usize>,
    shape: Shape,
    rules: Rules,
}

impl Plan {
    /// Lays out a system.
    #[must_use]
    pub fn new(system: System) -> Self {
        Self::under(system, Rules::default())
    }

    fn under(system: System, rules: Rules) -> Self {
        let (places, group_rows) = rows::place(&system);
        let (leaves, tree_vars) = leaves::arrange(&system);
        let mut values = 0;
        let public_order = system
            .publics()
            .iter()
            .map(|p| match p {
                Public::Mask { .. } => usize::MAX,
                Public::Values { .. } => {
                    values += 1;
                    values - 1
                }
            })
            .collect();
        let digest = system.digest();
        let shape = Shape::default();
        let mut plan = Self { system, digest, places, group_rows, leaves, tree_vars, public_order, shape, rules };
        plan.shape = shape::count(&plan);
        plan
    }

    /// The same system under the rules of a mutant.
    #[cfg(feature = "mutants")]
    #[must_use]
    pub fn insecure_under(self, rules: &Rules) -> Self {
        let mut system = self.system;
        if let Some(mutant) = rules.mutant() {
            mutant.alter(&mut system);
        }
        let mut plan = Self::under(system, rules.clone());
        if let Some(bits) = rules.mutant().and_then(crate::mutants::Mutant::challenge_bits) {
            plan.shape.soundness.challenge_bits = bits;
        }
        plan
    }

    /// What a proof is held to: everything, but in tests.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The system.
    #[must_use]
    pub fn system(&self) -> &System {
        &self.system
    }

    /// Digest of the system's canonical bytes.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Where a tensor lives.
    #[must_use]
    pub fn place(&self, tensor: TensorId) -> Option<&Place> {
        self.places.get(tensor.0 as usize)
    }

    /// Rows of each group.
    #[must_use]
    pub fn group_rows(&self) -> &[usize] {
        &self.group_rows
    }

    /// Rows of all groups.
    #[must_use]
    pub fn num_rows(&self) -> usize {
        self.group_rows.iter().sum()
    }

    /// Variables of a tensor.
    #[must_use]
    pub fn tensor_vars(&self, tensor: TensorId) -> usize {
        self.system.tensors().get(tensor.0 as usize).map_or(0, |t| t.num_vars)
    }

    /// The leaf blocks, none if the system has no lookups.
    #[must_use]
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// `log2` of the number of leaves.
    #[must_use]
    pub fn tree_vars(&self) -> usize {
        self.tree_vars
    }

    /// Most output columns of any table.
    #[must_use]
    pub fn max_outputs(&self) -> usize {
        self.system.tables().iter().map(|t| t.outputs.len()).max().unwrap_or(0)
    }

    /// Which of the statement's public tensors the `Values` polynomial `id` is.
    #[must_use]
    pub fn public_index(&self, id: usize) -> usize {
        self.public_order.get(id).copied().unwrap_or(usize::MAX)
    }

    /// Number of public tensors.
    #[must_use]
    pub fn num_public_tensors(&self) -> usize {
        self.public_order.iter().filter(|&&i| i != usize::MAX).count()
    }

    /// What a proof of this system is made of.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }
}
