//! What a proof will cost, before anything is proven.
//!
//! A linear model over counts that the plan gives exactly. Its unit costs were measured on two cores with AVX-512 IFMA by
//! `make bench`; other machines differ by a factor, the ratios between models hold.

use crate::error::ProverError;
use intaglio_argument::plan::Plan;
use intaglio_argument::system::{AxisMap, Source, SourceId, SourceKind};
use intaglio_program::lower::{Level, Visibility, inference};
use intaglio_program::program::Program;

/// Seconds for each leaf of the lookup tree: its levels, folded once each.
const LEAF: f64 = 280e-9;
/// Seconds for each committed witness cell: filled, committed, folded.
const CELL: f64 = 80e-9;
/// Seconds for each product of a zerocheck at one cell.
const ZEROCHECK: f64 = 130e-9;
/// Seconds for each cell of a factor or of the sum of an inner product.
const INNER: f64 = 10e-9;
/// Seconds for each non-zero of a wiring, and for each cell on its two sides.
const WIRED: f64 = 50e-9;
/// Seconds for each weight, folded once.
const WEIGHT: f64 = 15e-9;
/// Seconds for each scalar of the closing argument; a fold adds a tenth.
const SCALAR: f64 = 5.5e-6;
/// Seconds whatever the model.
const FIXED: f64 = 1.8e-3;
/// Seconds to verify, for each point of the closing equation.
const POINT: f64 = 2.2e-6;

/// What a proof with private input and public output will cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Seconds to prove.
    pub prove_seconds: f64,
    /// Seconds to verify, the model already checked.
    pub verify_seconds: f64,
    /// Peak memory of the proof.
    pub memory_bytes: u64,
    /// Bytes of the proof.
    pub proof_bytes: u64,
    /// Leaves of the lookup tree that each node takes, by the user's names.
    pub by_node: Vec<(String, u64)>,
}

/// Estimates one proof of a program.
///
/// # Errors
///
/// [`ProverError::Lower`] if the program cannot be lowered.
pub fn estimate(program: &Program) -> Result<Estimate, ProverError> {
    let lowered = inference(program, &Visibility::uniform(program, Level::Private, Level::Public))?;
    let plan = Plan::new(lowered.system);
    let shape = plan.shape();
    let leaves: u64 = plan.leaves().iter().map(|l| 1u64 << l.num_vars()).sum();
    let width = |group: usize| plan.system().groups().get(group).map_or(0, |g| g.width_vars);
    let rows = plan.group_rows();
    let weights = (rows.first().copied().unwrap_or(0) << width(0)) as f64;
    let cells = (shape.witness_rows << width(1)) as f64;
    let columns = 1usize << plan.system().column_vars();
    let closing = (columns + shape.slots) as f64 * (1.0 + shape.folds as f64 / 10.0);
    let argued = ZEROCHECK * zerochecked(&plan) + INNER * multiplied(&plan) + WIRED * wired(&plan);
    let prove = FIXED + LEAF * leaves as f64 + CELL * cells + WEIGHT * weights + SCALAR * closing + argued;
    let points = (columns + shape.slots + plan.num_rows()) as f64;
    let memory = (leaves.next_power_of_two() * 160) as f64 + cells * 120.0 + weights * 40.0 + points * 400.0 + 4e6;
    let mut by_node: Vec<(String, u64)> = Vec::new();
    for lookup in plan.system().lookups() {
        let name = lookup.name.split(", ").next().unwrap_or(&lookup.name);
        let name = name.split_once(':').map_or(name, |(_, own)| own);
        let own = 1u64 << lookup.num_vars;
        match by_node.iter_mut().find(|(n, _)| n == name) {
            Some((_, count)) => *count += own,
            None => by_node.push((name.to_owned(), own)),
        }
    }
    Ok(Estimate {
        prove_seconds: prove,
        verify_seconds: 0.5e-3 + POINT * points,
        memory_bytes: memory as u64,
        proof_bytes: shape.proof_bytes() as u64,
        by_node,
    })
}

/// Products of all zerochecks, cell by cell.
fn zerochecked(plan: &Plan) -> f64 {
    plan.system().zerochecks().iter().map(|z| (z.products.len() << z.num_vars) as f64).sum()
}

/// Cells of both factors of all inner products, and of their sums.
fn multiplied(plan: &Plan) -> f64 {
    let sources = plan.system().sources();
    let cells = |num_vars: usize| (1u64 << num_vars) as f64;
    let of = |id: SourceId| sources.get(id.0 as usize).map_or(0.0, |s| cells(s.num_vars));
    let each = |s: &Source| match &s.kind {
        SourceKind::Inner(inner) => cells(s.num_vars) + of(inner.left.source) + of(inner.right.source),
        SourceKind::Read { .. } | SourceKind::Wired { .. } => 0.0,
    };
    sources.iter().map(each).sum()
}

/// Non-zeros of all wirings, and cells of what they read and make.
fn wired(plan: &Plan) -> f64 {
    let entries = |map: &AxisMap| match map {
        AxisMap::Identity => 0,
        AxisMap::Sparse(entries) => entries.len(),
    };
    let each = |s: &Source| match &s.kind {
        SourceKind::Wired { tensor, wiring } => {
            let sides = (1usize << s.num_vars) + (1usize << plan.tensor_vars(*tensor));
            (sides + wiring.factors.iter().map(|f| entries(&f.map)).sum::<usize>()) as f64
        }
        SourceKind::Read { .. } | SourceKind::Inner(_) => 0.0,
    };
    plan.system().sources().iter().map(each).sum()
}
