//! How much of what a proof takes, and the time that each takes.

use intaglio_argument::plan::Plan;
use intaglio_argument::system::{AxisMap, Origin, SourceKind, Wiring};

/// Numbers of things that take time, each with a unit cost of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Counts {
    /// Leaves of the fraction tree, padding included.
    pub(super) tree: f64,
    /// Cells that are looked up: found in their table, and made into leaves.
    pub(super) looked_up: f64,
    /// Cells of all tables, keys included.
    pub(super) table_cells: f64,
    /// Cells of all products of zerochecks.
    pub(super) products: f64,
    /// Cells of the tables of inner products.
    pub(super) inner: f64,
    /// Non-zeros of all wirings.
    pub(super) wired: f64,
    /// Cells of the tensors behind them.
    pub(super) wired_cells: f64,
    /// Entries of all wirings, which the verifier adds up.
    pub(super) entries: f64,
    /// Cells of the axes between which they lead, each with a weight.
    pub(super) axes: f64,
    /// Committed cells of the model.
    pub(super) weights: f64,
    /// Committed cells of the witness.
    pub(super) witness: f64,
    /// Rows of both.
    pub(super) rows: f64,
    /// Hidden scalars.
    pub(super) slots: f64,
    /// Cells of a row.
    pub(super) columns: f64,
    /// Things that may stand in a relation.
    pub(super) sources: f64,
    /// Scalars of the response, once for each time that it is folded.
    pub(super) folded: f64,
}

impl Counts {
    /// Counts a plan.
    pub(super) fn of(plan: &Plan) -> Self {
        let (system, shape) = (plan.system(), plan.shape());
        let mut counts = Self {
            tree: if plan.leaves().is_empty() { 0.0 } else { power(plan.tree_vars()) },
            looked_up: system.lookups().iter().map(|l| power(l.num_vars)).sum(),
            table_cells: system.tables().iter().map(|t| f64::from(t.len) * (1 + t.outputs.len()) as f64).sum(),
            products: system.zerochecks().iter().map(|z| power(z.num_vars) * z.products.len() as f64).sum(),
            rows: plan.num_rows() as f64,
            slots: shape.slots as f64,
            columns: power(system.column_vars()),
            sources: system.sources().len() as f64,
            folded: (shape.response_len() * shape.folds) as f64,
            ..Self::default()
        };
        for source in system.sources() {
            match &source.kind {
                SourceKind::Read { .. } => {}
                SourceKind::Inner(inner) => counts.inner += power(inner.summed + inner.shared.len()),
                SourceKind::Wired { tensor, wiring } => {
                    counts.wired += non_zeros(wiring);
                    counts.wired_cells += power(plan.tensor_vars(*tensor));
                    for factor in &wiring.factors {
                        if let AxisMap::Sparse(entries) = &factor.map {
                            counts.entries += entries.len() as f64;
                            counts.axes += power(factor.view.len()) + power(factor.tensor.len());
                        }
                    }
                }
            }
        }
        for (group, rows) in system.groups().iter().zip(plan.group_rows()) {
            let cells = *rows as f64 * power(group.width_vars);
            match group.origin {
                Origin::Imported => counts.weights += cells,
                Origin::Witness => counts.witness += cells,
            }
        }
        counts
    }

    /// Seconds of a proof: nanoseconds of each thing, fitted stage by stage to 39 programs (perceptrons, convolutions and
    /// sigmoids, each with three limb widths).
    pub(super) fn prove_seconds(&self) -> f64 {
        const FIXED: f64 = 0.72e6;
        let nanoseconds = FIXED
            + 126.0 * self.tree
            + 72.0 * self.looked_up
            + 78.0 * self.table_cells
            + 127.0 * self.products
            + 250.0 * self.inner
            + 175.0 * self.wired
            + 118.0 * self.wired_cells
            + 8.0 * self.weights
            + 20.0 * self.witness
            + 1_800.0 * self.rows
            + 13_000.0 * self.slots
            + 3_200.0 * self.columns
            + 870.0 * self.folded;
        nanoseconds * 1e-9
    }

    /// Seconds to verify, the model already checked; fitted to 26 of those programs.
    pub(super) fn verify_seconds(&self) -> f64 {
        const FIXED: f64 = 0.45e6;
        let nanoseconds = FIXED
            + 26_000.0 * self.sources
            + 1_200.0 * self.columns
            + 850.0 * self.rows
            + 130.0 * self.slots
            + 26.0 * self.table_cells
            + 26.0 * self.entries
            + 22.0 * self.axes;
        nanoseconds * 1e-9
    }
}

fn power(vars: usize) -> f64 {
    (1u64 << vars.min(52)) as f64
}

fn non_zeros(wiring: &Wiring) -> f64 {
    let of = |map: &AxisMap, vars: usize| match map {
        AxisMap::Identity => power(vars),
        AxisMap::Sparse(entries) => entries.len() as f64,
    };
    wiring.factors.iter().map(|f| of(&f.map, f.view.len())).product()
}
