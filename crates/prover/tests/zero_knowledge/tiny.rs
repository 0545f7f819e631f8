//! The smallest committed model with every stage of the schedule, and proofs of it by the thousand.

use intaglio_algebra::random::random_scalars;
use intaglio_algebra::{Scalar, generators};
use intaglio_argument::mutants::Oracle;
use intaglio_argument::mutants::{Recovered, recover};
use intaglio_argument::plan::Plan;
use intaglio_argument::proof::Proof;
use intaglio_argument::prove::{
    Assignment, Cells, Randomness, Silent, blind_rows, commit_cells, insecure_attempt_with, prove,
};
use intaglio_argument::statement::{ImportedRows, Statement};
use intaglio_argument::system::{SourceId, TensorId};
use intaglio_program::description::parse;
use intaglio_program::lower::{Level, Lowered, ParameterLayout, Visibility, column_vars, inference, model_tensors};
use intaglio_program::program::{ParameterId, Program};
use intaglio_program::tensor::IntTensor;
use intaglio_prover::witness;
use intaglio_verifier::{Boundary, Commitment, imported_groups, public_tensors};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A matrix product, a requantisation that saturates, a function table.
pub fn program() -> Program {
    parse(
        r#"{"limb_bits": 8, "overflow": "saturate",
            "inputs": [{"name": "x", "shape": [1,2], "exponent": 0, "lo": 0, "hi": 3}],
            "parameters": [{"name": "w", "shape": [2,2], "bits": 3}],
            "tables": [{"name": "f", "first_key": 0, "outputs": [0, 0, 1, 1]}],
            "nodes": [{"name": "fc", "op": "matmul", "weight": 0, "bias": null, "inputs": [0]},
                      {"name": "q", "op": "requantise", "shift": 2, "lo": 0, "hi": 3, "inputs": [1]},
                      {"name": "f", "op": "lookup", "table": 0, "inputs": [2]}],
            "outputs": [{"name": "y", "value": 3, "exponent": 0}]}"#,
    )
    .expect("a program")
}

/// The program laid out: private input, public output.
pub struct Tiny {
    pub program: Program,
    pub visibility: Visibility,
    pub lowered: Lowered,
    pub plan: Plan,
}

/// A committed model with its owner's secrets.
pub struct Model {
    pub parameters: Vec<IntTensor>,
    pub blinds: Vec<Scalar>,
    pub rows: ImportedRows,
    pub id: [u8; 32],
}

/// Everything that a prover commits to in one run of one model.
pub struct Witness {
    groups: Vec<Cells>,
    inner: BTreeMap<SourceId, Vec<i64>>,
    /// The output.
    pub output: Vec<i64>,
}

/// A statement with what it borrows.
pub struct Stated {
    context: Vec<u8>,
    publics: Vec<Vec<i64>>,
    imported: Vec<ImportedRows>,
}

impl Stated {
    pub fn bound(&self) -> Statement<'_> {
        Statement { context: &self.context, publics: &self.publics, imported: &self.imported }
    }
}

impl Tiny {
    pub fn new() -> Self {
        Self::of(program())
    }

    pub fn of(program: Program) -> Self {
        let visibility = Visibility::uniform(&program, Level::Private, Level::Public);
        let lowered = inference(&program, &visibility).expect("a program");
        let plan = Plan::new(lowered.system.clone());
        Self { program, visibility, lowered, plan }
    }

    /// Commits to weights under fresh blinds.
    pub fn commit(&self, weights: &[i64]) -> Model {
        self.commit_with(weights, true)
    }

    /// Commits to weights, under fresh blinds or none.
    pub fn commit_with(&self, weights: &[i64], blinded: bool) -> Model {
        let shape = self.program.parameters()[0].shape.clone();
        let parameters = vec![IntTensor { shape, data: weights.to_vec() }];
        let cells = self.cells(&parameters);
        let width = 1 << column_vars(&self.program).expect("a program");
        let mut blinds = random_scalars(cells.len() / width).expect("randomness");
        if !blinded {
            blinds.fill(Scalar::default());
        }
        let points = blind_rows(&commit_cells(&generators::rows(width), &cells, width), &blinds);
        let commitment = Commitment { program: self.program.clone(), rows: points.clone(), proofs: vec![] };
        Model { parameters, blinds, rows: ImportedRows::new(points), id: commitment.id() }
    }

    /// The cells of the model's rows.
    pub fn cells(&self, parameters: &[IntTensor]) -> Cells {
        let width = column_vars(&self.program).expect("a program");
        let plan = Plan::new(model_tensors(&self.program, width).expect("a program"));
        let mut cells = vec![0; plan.num_rows() << width];
        for (index, parameter) in parameters.iter().enumerate() {
            let own = ParameterLayout::of(&self.program, ParameterId(index as u32)).scatter(&parameter.data);
            let at = plan.place(TensorId(index as u32)).expect("placed").offset;
            cells[at..][..own.len()].copy_from_slice(&own);
        }
        Cells::Small(cells)
    }

    /// Runs the model on an input.
    pub fn witness(&self, parameters: &[IntTensor], input: &[i64]) -> Witness {
        let shape = self.program.inputs()[0].shape.clone();
        let input = IntTensor { shape, data: input.to_vec() };
        let runner = witness::Runner::new(&self.program, parameters).expect("parameters");
        let trace = runner.run(&[input], &self.visibility.inputs).expect("a run");
        let filled = witness::fill(&runner, &self.lowered, &self.plan, &trace);
        let mut groups: Vec<Cells> = filled.groups.into_iter().map(Cells::Small).collect();
        groups[0] = self.cells(parameters);
        Witness { groups, inner: filled.inner, output: trace.outputs[0].data.clone() }
    }

    /// The statement that `output` came out of the model with these rows.
    pub fn state(&self, id: [u8; 32], rows: &ImportedRows, output: &[i64]) -> Stated {
        let statement = intaglio_verifier::Statement {
            model: id,
            inputs: vec![Boundary::Private],
            outputs: vec![Boundary::Public(output.to_vec())],
            nonce: None,
            audience: None,
        };
        Stated {
            context: statement.to_bytes(),
            publics: public_tensors(&self.lowered, &statement),
            imported: imported_groups(&self.lowered, &statement, rows),
        }
    }

    /// A proof by the product's own prover.
    pub fn prove(&self, stated: &Stated, model: &Model, witness: &Witness) -> Proof {
        let made = prove(&self.plan, &stated.bound(), witness.assignment(), &[&model.blinds], &Silent);
        Proof::from_bytes(&made.expect("a proof"), self.plan.shape()).expect("ours")
    }

    /// A proof with chosen randomness under a chosen oracle.
    pub fn prove_with(
        &self,
        stated: &Stated,
        (model, witness): (&Model, &Witness),
        random: Vec<Scalar>,
        oracle: Oracle,
    ) -> Proof {
        assert_eq!(random.len(), Randomness::count(&self.plan));
        let secrets = (witness.assignment(), &[model.blinds.as_slice()][..], Randomness::insecure_chosen(random));
        let made = insecure_attempt_with(&self.plan, &stated.bound(), secrets, oracle).expect("an attempt");
        assert!(made.equations.is_empty(), "an honest witness");
        made.proof
    }

    /// The randomness of a proof if this witness were behind it.
    pub fn recover(&self, stated: &Stated, witness: &Witness, proof: &Proof, oracle: Oracle) -> Recovered {
        recover(&self.plan, &stated.bound(), witness.assignment(), (proof, oracle)).expect("a statement that fits")
    }

    /// Where the parts of [`Randomness`] begin: pads, σ, φ_P, t over columns, t over slots, t_σ, φ_T.
    pub fn offsets(&self) -> Offsets {
        let shape = self.plan.shape();
        let pads = shape.witness_rows;
        let sigma = pads + shape.slots;
        let masks = sigma + 2;
        let slot_masks = masks + (1 << self.plan.system().column_vars());
        let mask_sigma = slot_masks + shape.slots;
        Offsets { pads, sigma, pad_blind: sigma + 1, masks, slot_masks, mask_sigma, mask_blind: mask_sigma + 1 }
    }
}

/// See [`Tiny::offsets`].
#[derive(Clone, Copy)]
pub struct Offsets {
    pub pads: usize,
    pub sigma: usize,
    pub pad_blind: usize,
    pub masks: usize,
    pub slot_masks: usize,
    pub mask_sigma: usize,
    pub mask_blind: usize,
}

impl Witness {
    pub fn assignment(&self) -> Assignment<'_> {
        Assignment { groups: self.groups.iter().map(Cow::Borrowed).collect(), inner: self.inner.clone() }
    }
}

/// Every scalar that a proof shows, with its name.
pub fn shown(proof: &Proof) -> Vec<(String, Scalar)> {
    let Proof { rows: _, pads: _, messages, mask: _, cross, blind, operands, sigma, folds: _, tail } = proof;
    let mut all = Vec::new();
    let mut list = |name: &str, scalars: &[Scalar]| {
        all.extend(scalars.iter().enumerate().map(|(i, s)| (format!("{name} {i}"), *s)));
    };
    list("message", messages);
    list("cross", cross);
    list("blind", &[*blind]);
    list("operand", operands);
    list("sigma", &[*sigma]);
    list("tail", tail);
    all
}
