//! What a proof will cost, before anything is proven.
//!
//! Counts come from the plan, exactly; what each counted thing costs was measured on two cores with AVX-512 IFMA by
//! `make bench`. Other machines differ by a factor, the ratios between models hold.

mod counts;

use crate::error::ProverError;
use counts::Counts;
use intaglio_argument::plan::Plan;
use intaglio_program::lower::{Level, Visibility, inference};
use intaglio_program::program::Program;

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
    let counts = Counts::of(&plan);
    let points = counts.columns + counts.slots + counts.rows;
    let memory = counts.tree * 160.0 + counts.witness * 120.0 + counts.weights * 40.0 + points * 400.0 + 4e6;
    Ok(Estimate {
        prove_seconds: counts.prove_seconds(),
        verify_seconds: counts.verify_seconds(),
        memory_bytes: memory as u64,
        proof_bytes: plan.shape().proof_bytes() as u64,
        by_node: by_node(&plan),
    })
}

/// Leaves of the lookups of each node.
fn by_node(plan: &Plan) -> Vec<(String, u64)> {
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
    by_node
}
