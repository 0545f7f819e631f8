//! Named forgeries, each with the mutant that it passes: the verifier that lacks the one thing meant to stop it.
//!
//! ```text
//! honest     real verifier accepts                       mutant accepts
//! forged     real verifier refuses at the named stage    mutant accepts, else the test is void
//! ```

mod bench;
mod bound;
mod catalogue;
mod challenges;
mod equations;
mod evidence;
mod lie;
mod publications;
mod relations;
mod run;
mod tables;

use intaglio_argument::mutants::{Mutant, Oracle};
use intaglio_argument::rules::Rules;
use intaglio_verifier::Stage;
use std::collections::BTreeSet;

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// The honest control.
    Honest,
    /// The forgery.
    Forged,
}

/// What a verifier of these rules says to bytes.
pub type Judge = Box<dyn Fn(&[u8], &Rules) -> Result<(), Stage>>;

/// Bytes, and what a verifier of given rules says to them.
pub struct Made {
    pub bytes: Vec<u8>,
    /// What was decided before any randomness: the same for two honest controls, another for a forgery.
    pub essence: String,
    /// What the prover's self-check names.
    pub named: BTreeSet<String>,
    pub judge: Judge,
}

/// Makes a forgery, or its honest control, for a verifier of these rules.
pub type Maker = Box<dyn Fn(&Rules, Intent) -> Made>;

/// One forgery with its mutant.
pub struct Forgery {
    pub name: String,
    /// What kind of lie it is.
    pub class: &'static str,
    /// Where the real verifier refuses it.
    pub stage: Stage,
    pub mutant: Mutant,
    /// The mutant's name: two forgeries with one name have one mutant.
    pub mutant_name: String,
    /// What the self-check must name, if the witness is wrong.
    pub names: Option<String>,
    /// Makes it for a verifier of these rules.
    pub make: Maker,
}

/// All of them.
pub fn all() -> Vec<Forgery> {
    let families =
        [relations::all, equations::all, challenges::all, tables::all, bound::all, evidence::all, publications::all];
    families.into_iter().flat_map(|family| family()).collect()
}

impl Forgery {
    /// Whether the real verifier refuses it where it should, its mutant takes it, and both take the control.
    pub fn check(&self) -> Result<(), String> {
        let (real, mutant) = (Rules::default(), Rules::insecure(self.mutant.clone()));
        let make = |rules: &Rules, intent| (self.make)(rules, intent);
        let verdict = |made: &Made, rules: &Rules| (made.judge)(&made.bytes, rules);
        let demand = |holds: bool, what: String| if holds { Ok(()) } else { Err(format!("{}: {what}", self.name)) };

        let honest = make(&real, Intent::Honest);
        demand(honest.named.is_empty(), format!("the control breaks {:?}", honest.named))?;
        let said = verdict(&honest, &real);
        demand(said == Ok(()), format!("the real verifier says {said:?} to the control"))?;
        let control = make(&mutant, Intent::Honest);
        let said = verdict(&control, &mutant);
        demand(said == Ok(()), format!("the mutant says {said:?} to the control"))?;

        let forged = make(&real, Intent::Forged);
        demand(forged.essence != honest.essence, "nothing was forged".into())?;
        let said = verdict(&forged, &real);
        demand(said == Err(self.stage), format!("the real verifier says {said:?}"))?;
        if let Some(name) = &self.names {
            demand(forged.named.contains(name), format!("the self-check names {:?}", forged.named))?;
        }
        let passing = make(&mutant, Intent::Forged);
        let said = verdict(&passing, &mutant);
        demand(said == Ok(()), format!("void: the mutant says {said:?}, broken is {:?}", passing.named))?;
        let said = verdict(&passing, &real);
        demand(said.is_err(), "the real verifier takes what was made for the mutant".into())?;

        // what needs one challenge early passes as well where all are fixed
        if let Mutant::Under(Oracle::Known(_) | Oracle::Deaf(_)) = self.mutant {
            let frozen = Rules::insecure(Mutant::Under(Oracle::Frozen(1)));
            let said = verdict(&make(&frozen, Intent::Forged), &frozen);
            demand(said == Ok(()), format!("void: under frozen challenges the verdict is {said:?}"))?;
        }
        Ok(())
    }
}
