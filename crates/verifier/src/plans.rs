//! Laid-out proofs of one program, by visibility: made once, kept while they are used.

use intaglio_argument::plan::Plan;
use intaglio_argument::system::System;
use intaglio_program::lower::{LowerError, Lowered, Visibility, inference};
use intaglio_program::program::Program;
use std::sync::{Arc, Mutex, PoisonError};

/// Most plans kept for one program.
const MAX_PLANS: usize = 16;

/// A lowered program and its plan.
#[derive(Clone, Debug)]
pub struct LaidOut {
    /// What the columns and public tensors are.
    pub lowered: Lowered,
    /// The argument's plan.
    pub plan: Plan,
}

/// The plans of one program. The oldest leaves when there are too many.
#[derive(Debug, Default)]
pub struct Plans {
    known: Mutex<Vec<(Visibility, Arc<LaidOut>)>>,
}

impl Plans {
    /// The plan of a proof under a visibility, if `admit` agrees to its system.
    ///
    /// # Errors
    ///
    /// [`LowerError`] if the visibility does not fit the program, and what `admit` says.
    pub fn get<E: From<LowerError>>(
        &self,
        program: &Program,
        visibility: &Visibility,
        admit: impl Fn(&System) -> Result<(), E>,
    ) -> Result<Arc<LaidOut>, E> {
        // a poisoned lock still holds whole entries
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, plan)) = known.iter().find(|(v, _)| v == visibility) {
            admit(plan.plan.system())?;
            return Ok(plan.clone());
        }
        let lowered = inference(program, visibility)?;
        admit(&lowered.system)?;
        let plan = Plan::new(lowered.system.clone());
        let made = Arc::new(LaidOut { lowered, plan });
        if known.len() >= MAX_PLANS {
            known.remove(0);
        }
        known.push((visibility.clone(), made.clone()));
        Ok(made)
    }
}
