//! Distinguishing games. The adversary knows program, weights, inputs and model blinds of both candidates, and holds
//! earlier proofs under the same commitment with their bits. It gets a proof and says which candidate made it.
//!
//! ```text
//! 1  recompute the randomness under both candidates: whoever needs more zeros and values seen before, made it
//! 2  else ask the position whose values differed most between the bits of the earlier proofs
//! ```

use crate::positions::{names, of_point, raw, recovered, short};
use crate::statistics::{Bins, LIMIT, chi_squared, counts, interval, rounds, two_sample};
use crate::tiny::{Model, Stated, Tiny, Witness};
use intaglio_algebra::random::random_scalars;
use intaglio_algebra::{CurveGroup, Scalar, generators};
use intaglio_argument::mutants::Oracle;
use intaglio_argument::proof::Proof;
use intaglio_argument::prove::{Randomness, commit_cells};
use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::HashSet;

/// Against a mutant the adversary wins every round: a hundred are above 0.99.
const MUTANT_ROUNDS: usize = 101;

/// A proof with its bit, as the adversary sees it.
struct Round {
    bit: usize,
    values: Vec<u16>,
    /// What each candidate would have drawn.
    drawn: [Vec<u64>; 2],
}

/// The adversary after its earlier proofs.
struct Adversary {
    seen: HashSet<u64>,
    /// Position, binning, and the likelier bit of each bin.
    rule: (usize, Bins, [usize; 32]),
    /// The greatest two-sample statistic over all positions.
    worst: (String, f64),
}

impl Adversary {
    fn train(earlier: &[Round], positions: &[String]) -> Self {
        let of = |position: usize, bit: usize| -> Vec<u16> {
            earlier.iter().filter(|r| r.bit == bit).map(|r| r.values[position]).collect()
        };
        let samples: Vec<[Vec<u16>; 2]> = (0..positions.len()).map(|p| [of(p, 0), of(p, 1)]).collect();
        let (mut rule, mut best) = ((0, Bins::High), -1.0);
        for (position, [a, b]) in samples.iter().enumerate() {
            for bins in [Bins::High, Bins::Low] {
                let statistic = chi_squared(bins, a, b);
                if statistic > best {
                    (rule, best) = ((position, bins), statistic);
                }
            }
        }
        let (position, bins) = rule;
        let [zero, one] = counts(bins, &samples[position][0], &samples[position][1]);
        let likelier = std::array::from_fn(|bin| usize::from(one[bin] > zero[bin]));
        Self {
            seen: earlier.iter().flat_map(|r| r.drawn[r.bit].iter().copied()).collect(),
            rule: (position, bins, likelier),
            worst: (positions[position].clone(), best),
        }
    }

    fn guess(&self, round: &Round) -> usize {
        let tells = |c: usize| round.drawn[c].iter().filter(|v| **v == 0 || self.seen.contains(*v)).count();
        match tells(0).cmp(&tells(1)) {
            Ordering::Greater => 0,
            Ordering::Less => 1,
            Ordering::Equal => {
                let (position, bins, likelier) = &self.rule;
                likelier[bins.of(round.values[*position])]
            }
        }
    }
}

/// What came of a game.
#[derive(Debug)]
pub struct Result {
    wins: usize,
    rounds: usize,
    worst: (String, f64),
}

/// How the proofs of a game are made: by the product, or by a mutant that edits its randomness.
pub type Mutant<'a> = Option<&'a (dyn Fn(&Tiny, &mut Vec<Scalar>) + Sync)>;

/// What one bit chooses between.
pub enum Candidates<'a> {
    /// Two inputs of one committed model.
    Inputs(&'a Model, [Witness; 2]),
    /// Two models, committed afresh for each proof, on one input. Blinds are drawn, or zero.
    Models([(Vec<i64>, Witness); 2], Blinds),
}

/// Whether the models of a game are blinded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Blinds {
    Fresh,
    Zero,
}

fn make(tiny: &Tiny, stated: &Stated, (model, witness): (&Model, &Witness), mutant: Mutant<'_>) -> Proof {
    let Some(edit) = mutant else { return tiny.prove(stated, model, witness) };
    let mut random = random_scalars(Randomness::count(&tiny.plan)).expect("randomness");
    edit(tiny, &mut random);
    tiny.prove_with(stated, (model, witness), random, Oracle::Honest)
}

fn round(tiny: &Tiny, candidates: &Candidates<'_>, bit: usize, mutant: Mutant<'_>) -> (Round, Vec<String>) {
    let fresh;
    let (model, witnesses): (&Model, [&Witness; 2]) = match candidates {
        Candidates::Inputs(model, [a, b]) => (model, [a, b]),
        Candidates::Models(pair, blinds) => {
            fresh = tiny.commit_with(&pair[bit].0, *blinds == Blinds::Fresh);
            (&fresh, [&pair[0].1, &pair[1].1])
        }
    };
    let stated = tiny.state(model.id, &model.rows, &witnesses[bit].output);
    let proof = make(tiny, &stated, (model, witnesses[bit]), mutant);
    let mut named = raw(&proof);
    let drawn = [0, 1].map(|candidate| {
        let found = tiny.recover(&stated, witnesses[candidate], &proof, Oracle::Honest);
        let own = recovered(["the first", "the second"][candidate], &found);
        let mut drawn: Vec<u64> = own.iter().map(|(_, v)| *v).collect();
        named.extend(own);
        if let Candidates::Models(pair, _) = candidates {
            let shape = tiny.program.parameters()[0].shape.clone();
            let tensor = intaglio_program::tensor::IntTensor { shape, data: pair[candidate].0.clone() };
            let width = 1 << tiny.plan.system().column_vars();
            let rows = commit_cells(&generators::rows(width), &tiny.cells(&[tensor]), width);
            let left = model.rows.basis().points().iter().zip(rows).map(|(row, own)| (*row - own).into_affine());
            drawn.extend(left.map(|p| of_point(&p)));
        }
        drawn
    });
    (Round { bit, values: short(&named), drawn }, names(&named))
}

/// Plays `count` rounds after `count` earlier proofs.
pub fn play(tiny: &Tiny, candidates: &Candidates<'_>, count: usize, mutant: Mutant<'_>) -> Result {
    let bits = random_scalars(2 * count).expect("randomness");
    let bit = |i: usize| (crate::positions::of_scalar(&bits[i]) & 1) as usize;
    let (first, positions) = round(tiny, candidates, bit(0), mutant);
    let mut earlier: Vec<Round> =
        (1..count).into_par_iter().map(|i| round(tiny, candidates, bit(i), mutant).0).collect();
    earlier.push(first);
    let adversary = Adversary::train(&earlier, &positions);
    let won = |i: usize| {
        let round = round(tiny, candidates, bit(count + i), mutant).0;
        adversary.guess(&round) == round.bit
    };
    let wins = (0..count).into_par_iter().filter(|i| won(*i)).count();
    Result { wins, rounds: count, worst: adversary.worst }
}

impl Result {
    fn fair(&self) -> bool {
        let (low, high) = interval(self.wins, self.rounds);
        low <= 0.5 && 0.5 <= high && self.worst.1 < LIMIT
    }

    pub fn rate(&self) -> f64 {
        self.wins as f64 / self.rounds as f64
    }
}

/// The adversary does no better than a coin. One fair game in a thousand leaves its 99.9 % interval, so a second one,
/// with fresh proofs, decides.
pub fn assert_fair(name: &str, tiny: &Tiny, candidates: &Candidates<'_>) {
    let mut games = vec![play(tiny, candidates, rounds(), None)];
    if !games[0].fair() {
        games.push(play(tiny, candidates, rounds(), None));
    }
    println!("{name}: {games:?}");
    assert!(games.last().is_some_and(Result::fair), "{name}: {games:?}");
}

fn inputs<'m>(tiny: &Tiny, model: &'m Model) -> Candidates<'m> {
    let pair = [[2, 2], [3, 3]].map(|x| tiny.witness(&model.parameters, &x));
    assert_eq!(pair[0].output, pair[1].output, "else the output tells");
    Candidates::Inputs(model, pair)
}

fn models(tiny: &Tiny, blinds: Blinds) -> Candidates<'static> {
    let pair = [vec![1, -1, 2, 1], vec![2, 0, 3, 3]].map(|weights| {
        let model = tiny.commit(&weights);
        let witness = tiny.witness(&model.parameters, &[2, 2]);
        (weights, witness)
    });
    assert_eq!(pair[0].1.output, pair[1].1.output, "else the output tells");
    Candidates::Models(pair, blinds)
}

/// Point 7 at once: as many earlier proofs under the commitment, with known bits, as rounds.
#[test]
fn two_inputs_cannot_be_told_apart_after_any_number_of_proofs() {
    let tiny = Tiny::new();
    let model = tiny.commit(&[1, -1, 2, 1]);
    assert_fair("two inputs", &tiny, &inputs(&tiny, &model));
}

#[test]
fn two_models_with_equal_outputs_cannot_be_told_apart() {
    let tiny = Tiny::new();
    assert_fair("two models", &tiny, &models(&tiny, Blinds::Fresh));
}

/// Each mutant is an accepted proof with one mask too few; the same adversary wins.
#[test]
fn the_adversary_wins_against_every_mutant() {
    let tiny = Tiny::new();
    let at = tiny.offsets();
    let zero = |random: &mut Vec<Scalar>, index: usize| random[index] = Scalar::default();
    let without_sigma = move |_: &Tiny, random: &mut Vec<Scalar>| {
        zero(random, at.sigma);
        zero(random, at.mask_sigma);
    };
    // the last two operands are a row of weights and the input
    let without_a_pad = move |tiny: &Tiny, random: &mut Vec<Scalar>| {
        let operands = &tiny.plan.shape().operands;
        operands[operands.len() - 2..].iter().for_each(|slot| zero(random, at.pads + *slot as usize));
    };
    let without_masks =
        move |_: &Tiny, random: &mut Vec<Scalar>| random[at.masks..at.slot_masks].fill(Scalar::default());
    let without_a_blind = move |_: &Tiny, random: &mut Vec<Scalar>| zero(random, 0);
    let same_pads =
        move |_: &Tiny, random: &mut Vec<Scalar>| random[at.pads..at.sigma].fill(Scalar::from(0x1234_5678_9abc_u64));
    let same_masks = move |_: &Tiny, random: &mut Vec<Scalar>| {
        random[at.masks..].fill(Scalar::from(0x1234_5678_9abc_u64));
    };
    let model = tiny.commit(&[1, -1, 2, 1]);
    let mutants: [(&str, Mutant<'_>); 6] = [
        ("without σ", Some(&without_sigma)),
        ("without a pad", Some(&without_a_pad)),
        ("without masks over the columns", Some(&without_masks)),
        ("a row without its blind", Some(&without_a_blind)),
        ("the same pads in every proof", Some(&same_pads)),
        ("the same masks in every proof", Some(&same_masks)),
    ];
    for (name, mutant) in mutants {
        for (game, candidates) in [("inputs", inputs(&tiny, &model)), ("models", models(&tiny, Blinds::Fresh))] {
            let result = play(&tiny, &candidates, MUTANT_ROUNDS, mutant);
            println!("{name}, two {game}: {:.3}", result.rate());
            assert!(result.rate() > 0.99, "{name}, two {game}: {result:?}");
        }
    }
    let result = play(&tiny, &models(&tiny, Blinds::Zero), MUTANT_ROUNDS, None);
    assert!(result.rate() > 0.99, "a model without blinds: {result:?}");
}

#[test]
fn the_two_sample_test_covers_every_position() {
    let tiny = Tiny::new();
    let model = tiny.commit(&[1, -1, 2, 1]);
    let candidates = inputs(&tiny, &model);
    let (_, names) = round(&tiny, &candidates, 0, None);
    let shape = tiny.plan.shape();
    let raw = tiny.plan.shape().proof_bytes() / 32 - (shape.witness_rows + 2 + 2 * shape.folds);
    let by_each = 2 * shape.slots + 2 + (1 << tiny.plan.system().column_vars()) + shape.witness_rows + 2;
    assert_eq!(names.len(), raw + 2 * by_each);
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    assert!(two_sample(&[1; 100], &[2; 100]) > 0.0);
}
