//! A model commitment by somebody who may choose its cells freely.

use super::relations::{Broken, Relations};
use intaglio_algebra::random::random_scalars;
use intaglio_algebra::{Affine, Scalar, generators};
use intaglio_argument::plan::Plan;
use intaglio_argument::prove::{Assignment, Cells, blind_rows, commit_cells, insecure_attempt};
use intaglio_argument::rules::Rules;
use intaglio_argument::statement::{ImportedRows, Statement};
use intaglio_argument::system::TensorId;
use intaglio_program::lower::{ParameterLayout, Role, Span, WellformedChunk, column_vars, model_tensors, wellformed};
use intaglio_program::program::{ParameterId, Program};
use intaglio_program::tensor::IntTensor;
use intaglio_prover::witness::Runner;
use intaglio_verifier::Commitment;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// One physical cell of a parameter and what it shall hold.
#[derive(Clone, Copy, Debug)]
pub struct WeightEdit {
    pub parameter: usize,
    pub cell: usize,
    pub value: i64,
}

/// A committed model with everything that its owner knows.
pub struct Model {
    pub program: Program,
    pub parameters: Vec<IntTensor>,
    pub runner: Runner,
    pub cells: Vec<i64>,
    pub blinds: Vec<Scalar>,
    pub rows: Vec<Affine>,
    pub id: [u8; 32],
    /// Commitment bytes with a proof of each chunk, good or not.
    pub commitment: Vec<u8>,
    /// Relations of the well-formedness proofs that are broken, by definition.
    pub broken: Broken,
    /// Equations and lookups that the self-check of the well-formedness proofs names.
    pub equations: BTreeSet<String>,
    pub lookups: BTreeSet<String>,
}

impl Model {
    pub fn commit(program: &Program, parameters: Vec<IntTensor>, edits: &[WeightEdit]) -> Self {
        Self::commit_under(program, parameters, edits, |_| (), &Rules::default())
    }

    /// The same before a verifier of these rules, with rows that are changed before anything is hashed or proven.
    pub fn commit_under(
        program: &Program,
        parameters: Vec<IntTensor>,
        edits: &[WeightEdit],
        change: impl FnOnce(&mut Vec<Affine>),
        rules: &Rules,
    ) -> Self {
        let width = 1usize << column_vars(program).expect("a program");
        let plan = Plan::new(model_tensors(program, column_vars(program).expect("a program")).expect("a program"));
        let mut cells = vec![0; plan.num_rows() * width];
        let offset = |parameter: usize| plan.place(TensorId(parameter as u32)).expect("placed").offset;
        for (index, parameter) in parameters.iter().enumerate() {
            let own = ParameterLayout::of(program, ParameterId(index as u32)).scatter(&parameter.data);
            cells[offset(index)..][..own.len()].copy_from_slice(&own);
        }
        for edit in edits {
            cells[offset(edit.parameter) + edit.cell] = edit.value;
        }
        let blinds = random_scalars(plan.num_rows()).expect("randomness");
        let mut rows =
            blind_rows(&commit_cells(&generators::rows(width), &Cells::Small(cells.clone()), width), &blinds);
        change(&mut rows);
        let mut commitment = Commitment { program: program.clone(), rows: rows.clone(), proofs: vec![] };
        let mut model = Self {
            program: program.clone(),
            runner: Runner::new(program, &parameters).expect("honest parameters"),
            parameters,
            cells,
            blinds,
            rows,
            id: commitment.id(),
            commitment: vec![],
            broken: Broken::default(),
            equations: BTreeSet::new(),
            lookups: BTreeSet::new(),
        };
        let chunks = wellformed(program).expect("a program");
        commitment.proofs = chunks.into_iter().map(|chunk| model.prove_chunk(chunk, width, rules)).collect();
        model.commitment = commitment.to_bytes();
        model
    }

    fn prove_chunk(&mut self, chunk: WellformedChunk, width: usize, rules: &Rules) -> Vec<u8> {
        let plan = Plan::new(chunk.system).insecure_under(rules);
        let own: Vec<i64> = chunk.model_rows.iter().flat_map(|r| &self.cells[r * width..][..width]).copied().collect();
        let blinds: Vec<Scalar> = chunk.model_rows.iter().map(|r| self.blinds[*r]).collect();
        let rows = ImportedRows::new(chunk.model_rows.iter().map(|r| self.rows[*r]).collect());
        let mut witness = vec![0; plan.group_rows()[1] * width];
        let mut block: &[i64] = &[];
        for column in &chunk.columns {
            let place = plan.place(column.tensor).expect("placed");
            match column.role {
                Role::Parameter(_) => block = &own[place.offset..][..1 << place.num_vars],
                Role::Limb { of: Span::Parameter(p), shift, bits } => {
                    let half = 1i64 << (self.program.parameters()[p.0 as usize].bits - 1);
                    let limb = |w: &i64| (w + half) >> shift & ((1 << bits) - 1);
                    witness[place.offset..].iter_mut().zip(block).for_each(|(cell, w)| *cell = limb(w));
                }
                other => panic!("{other:?} in a well-formedness proof"),
            }
        }
        let groups = [own, witness];
        let Broken { lookups, zerochecks } = Relations::new(&plan, &[]).broken(&groups);
        self.broken.lookups.extend(lookups);
        self.broken.zerochecks.extend(zerochecks);
        let groups = groups.into_iter().map(|g| Cow::Owned(Cells::Small(g))).collect();
        let statement = Statement { context: &self.id, publics: &[], imported: &[rows] };
        let assignment = Assignment { groups, inner: BTreeMap::new() };
        let attempt = insecure_attempt(&plan, &statement, assignment, &[&blinds]).expect("an attempt");
        self.equations.extend(attempt.equations);
        self.lookups.extend(attempt.lookups);
        attempt.proof.to_bytes()
    }
}
