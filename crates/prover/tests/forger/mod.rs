//! A prover that follows the protocol on whatever cells it is given: the shipped prover has no such door.
//!
//! ```text
//! Model ── Draft::new ── force, set ──▶ broken relations by name
//!                          └─ attempt ──▶ evidence, and what the argument's self-check names
//! ```

pub mod attacks;
pub mod model;
pub mod named;
pub mod programs;
pub mod relations;
mod single_cells;
mod weights;

use intaglio_algebra::random::random_scalars;
use intaglio_algebra::{Affine, Scalar, generators};
use intaglio_argument::plan::Plan;
use intaglio_argument::prove::{Assignment, Cells, ProveError, Silent, blind_rows, commit_cells, insecure_attempt};
use intaglio_argument::rules::Rules;
use intaglio_argument::statement::{ImportedRows, Statement as Bound};
use intaglio_argument::system::Origin;
use intaglio_program::lower::{Level, Lowered, Role, Visibility, inference};
use intaglio_program::ops::Operands;
use intaglio_program::program::{Class, ValueId};
use intaglio_program::tensor::IntTensor;
use intaglio_program::view::root;
use intaglio_prover::witness::{self, Trace};
use intaglio_verifier::{Boundary, Evidence, Statement, imported_groups, public_tensors};
use model::Model;
use relations::{Broken, Relations};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The cells and claims of one proof that is not yet made.
#[derive(Clone)]
pub struct Draft<'m> {
    pub model: &'m Model,
    pub lowered: Lowered,
    pub plan: Plan,
    pub trace: Trace,
    /// Cells of each group of rows.
    pub groups: Vec<Vec<i64>>,
    pub statement: Statement,
    /// What is added to the first row of each committed input and output.
    pub stray: Affine,
}

/// Evidence for a draft, and the equations that it breaks.
pub struct Attempt {
    pub evidence: Vec<u8>,
    pub equations: BTreeSet<String>,
}

impl<'m> Draft<'m> {
    /// The honest cells of a run.
    pub fn new(model: &'m Model, inputs: &[IntTensor], visibility: &Visibility) -> Self {
        let trace = model.runner.run(inputs, &visibility.inputs).expect("honest operands");
        Self::of_run(model, inputs, visibility, trace)
    }

    /// The cells of any run.
    pub fn of_run(model: &'m Model, inputs: &[IntTensor], visibility: &Visibility, trace: Trace) -> Self {
        let lowered = inference(&model.program, visibility).expect("a program");
        let plan = Plan::new(lowered.system.clone());
        let state = |level: &Level, cells: &[i64]| match level {
            Level::Public => Boundary::Public(cells.to_vec()),
            Level::Committed => Boundary::Committed(vec![]),
            Level::Private => Boundary::Private,
        };
        let statement = Statement {
            model: model.id,
            inputs: visibility.inputs.iter().zip(inputs).map(|(level, x)| state(level, &x.data)).collect(),
            outputs: visibility.outputs.iter().zip(&trace.outputs).map(|(level, y)| state(level, &y.data)).collect(),
            nonce: None,
            audience: None,
        };
        let mut draft = Self { model, lowered, plan, trace, groups: vec![], statement, stray: Affine::zero() };
        draft.fill();
        draft
    }

    /// The same cells before a verifier of these rules.
    pub fn under(mut self, rules: &Rules) -> Self {
        self.plan = self.plan.insecure_under(rules);
        self.fill();
        self
    }

    /// Every column from the trace.
    pub fn fill(&mut self) {
        self.groups = witness::fill(&self.model.runner, &self.lowered, &self.plan, &self.trace).groups;
        self.groups[0].clone_from(&self.model.cells);
    }

    /// Row-major cells of a value.
    pub fn logical(&self, id: ValueId) -> Vec<i64> {
        let (behind, map) = root(&self.model.program, id);
        let own = self.model.program.values()[behind.0 as usize].layout.gather(&self.trace.physical[behind.0 as usize]);
        match map {
            None => own,
            Some(map) => map.into_iter().map(|flat| own[flat]).collect(),
        }
    }

    /// Gives one true cell of a value another content and runs everything behind it again, honestly. Columns are filled
    /// anew: force first, then edit columns.
    pub fn force(&mut self, id: ValueId, flat: usize, content: i64) {
        let cell = self.model.program.values()[id.0 as usize].layout.cell_of(flat);
        self.force_cell(id, cell, content);
    }

    /// The same for a physical cell, which may be padding.
    pub fn force_cell(&mut self, id: ValueId, cell: usize, content: i64) {
        let program = &self.model.program;
        self.trace.physical[id.0 as usize][cell] = content;
        for (index, node) in program.nodes().iter().enumerate() {
            let own = program.output_of(index);
            let out = &program.values()[own.0 as usize];
            if own <= id || out.class == Class::View {
                continue;
            }
            let shape = |id: &ValueId| program.values()[id.0 as usize].shape.clone();
            let inputs: Vec<_> =
                node.inputs.iter().map(|i| IntTensor { shape: shape(i), data: self.logical(*i) }).collect();
            let inputs: Vec<&IntTensor> = inputs.iter().collect();
            let operands = Operands { inputs: &inputs, parameters: &self.model.parameters, tables: program.tables() };
            let data = node.op.evaluate(operands, out).data;
            // padding does not depend on true cells
            for (flat, content) in data.into_iter().enumerate() {
                self.trace.physical[own.0 as usize][out.layout.cell_of(flat)] = content;
            }
        }
        for (index, output) in program.outputs().iter().enumerate() {
            let data = self.logical(output.value);
            if let Boundary::Public(stated) = &mut self.statement.outputs[index] {
                stated.clone_from(&data);
            }
            self.trace.outputs[index].data = data;
        }
        self.fill();
    }

    /// The cells of a column, or nothing if the program has no such column.
    pub fn column(&mut self, role: Role) -> Option<&mut [i64]> {
        let column = self.lowered.columns.iter().find(|c| c.role == role)?;
        let place = *self.plan.place(column.tensor)?;
        Some(&mut self.groups[place.group][place.offset..][..1 << place.num_vars])
    }

    /// Sets a cell of a column that exists.
    pub fn set(&mut self, role: Role, cell: usize, content: i64) {
        self.column(role).unwrap_or_else(|| panic!("no column {role:?}"))[cell] = content;
    }

    /// Adds to a cell of a column that exists.
    pub fn add(&mut self, role: Role, cell: usize, delta: i64) {
        self.column(role).unwrap_or_else(|| panic!("no column {role:?}"))[cell] += delta;
    }

    /// The public tensors of the statement as it stands.
    pub fn publics(&self) -> Vec<Vec<i64>> {
        public_tensors(&self.lowered, &self.statement)
    }

    /// What is broken, by definition.
    pub fn broken(&self) -> Broken {
        Relations::new(&self.plan, &self.publics()).broken(&self.groups)
    }

    /// Proves it, right or wrong. Committed inputs and outputs are committed to as the columns stand.
    pub fn attempt(&self) -> Attempt {
        let run = |bound: &Bound<'_>, assignment: Assignment<'_>, blinds: &[&[Scalar]]| {
            insecure_attempt(&self.plan, bound, assignment, blinds).expect("an attempt")
        };
        let (statement, made) = self.with_statement(run);
        Attempt {
            evidence: Evidence { statement, proof: made.proof.to_bytes() }.to_bytes(),
            equations: made.equations.into_iter().collect(),
        }
    }

    /// What the shipped argument says to the same cells.
    pub fn prove(&self) -> Result<Vec<u8>, ProveError> {
        let run = |bound: &Bound<'_>, assignment: Assignment<'_>, blinds: &[&[Scalar]]| {
            intaglio_argument::prove::prove(&self.plan, bound, assignment, blinds, &Silent)
        };
        self.with_statement(run).1
    }

    fn with_statement<R>(&self, run: impl FnOnce(&Bound<'_>, Assignment<'_>, &[&[Scalar]]) -> R) -> (Statement, R) {
        self.bind(&self.cells(), &self.draw_blinds(), run)
    }

    /// The cells as the argument takes them.
    pub fn cells(&self) -> Vec<Cells> {
        self.groups.iter().map(|g| Cells::Small(g.clone())).collect()
    }

    /// The model's blinds, and fresh ones for every committed input and output.
    pub fn draw_blinds(&self) -> Vec<Vec<Scalar>> {
        let groups = self.plan.system().groups().iter().zip(self.plan.group_rows()).skip(1);
        let imported = groups.filter(|(group, _)| group.origin == Origin::Imported);
        let fresh = imported.map(|(_, rows)| random_scalars(*rows).expect("randomness"));
        std::iter::once(self.model.blinds.clone()).chain(fresh).collect()
    }

    /// Commits to inputs and outputs as these cells say, and runs something on the statement.
    pub fn bind<R>(
        &self,
        cells: &[Cells],
        blinds: &[Vec<Scalar>],
        run: impl FnOnce(&Bound<'_>, Assignment<'_>, &[&[Scalar]]) -> R,
    ) -> (Statement, R) {
        let mut statement = self.statement.clone();
        let mut committed = Vec::new();
        let groups = self.plan.system().groups().iter().zip(cells).skip(1);
        for ((group, cells), own) in groups.filter(|(g, _)| g.origin == Origin::Imported).zip(blinds.iter().skip(1)) {
            let width = 1 << group.width_vars;
            let mut rows = blind_rows(&commit_cells(&generators::rows(width), cells, width), own);
            rows[0] = (rows[0] + self.stray).into();
            committed.push(rows);
        }
        let mut committed = committed.into_iter();
        for boundary in statement.inputs.iter_mut().chain(&mut statement.outputs) {
            if let Boundary::Committed(rows) = boundary {
                *rows = committed.next().expect("a group for each commitment");
            }
        }
        let context = statement.to_bytes();
        let publics = public_tensors(&self.lowered, &statement);
        let imported = imported_groups(&self.lowered, &statement, &ImportedRows::new(self.model.rows.clone()));
        let bound = Bound { context: &context, publics: &publics, imported: &imported };
        let groups = cells.iter().map(|g| Cow::Owned(g.clone())).collect();
        let blinds: Vec<&[Scalar]> = blinds.iter().map(Vec::as_slice).collect();
        // inner products are left to the argument: the honest ones need not fit
        let made = run(&bound, Assignment { groups, inner: BTreeMap::new() }, &blinds);
        (statement, made)
    }
}
