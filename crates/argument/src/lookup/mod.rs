//! One logUp argument for all tables, over a fraction tree.
//!
//! ```text
//! leaf of a lookup cell   1 / (γ − key − β·out₁ − … − β^d·tag)
//! leaf of a table row    −m / (γ − key − β·out₁ − … − β^d·tag)         padding leaf 0 / 1
//! node x of a level       n = n0·d1 + n1·d0,  d = d0·d1,   children (0,x) and (1,x)
//! root                    n0·d1 + n1·d0 = 0, its denominator is never formed
//! ```
//!
//! # Soundness
//!
//! `β^d` carries the tag and nothing else; β and γ are full size and drawn after all columns, multiplicities and pads.
//! A looked-up tuple that is no row leaves a pole that no multiplicities cancel: error `d(N−1)/r` for N leaves, and
//! `(1 + (ℓ−1)(ℓ+2))/r` for the tree (spec/security.md, Lemmas 4, 6, 7).

#[cfg(feature = "prove")]
pub mod prove;

use crate::form::Form;
use crate::party::{Ask, Party, Slot, Sum};
use crate::plan::{Leaf, Plan};
use crate::point::{Coordinate, Point, last, weight_of};
use crate::rules::Check;
use crate::schedule::{Claims, Reader};
use crate::sumcheck;
use crate::system::{Lookup, Table};
use intaglio_algebra::{AdditiveGroup, One, Scalar, Zero, encoding::small};

/// Powers of β: outputs take `β¹ … β^(d−1)`, the tag takes `β^d`.
#[derive(Clone, Debug)]
pub struct Fingerprint {
    /// γ.
    pub gamma: Scalar,
    /// `β¹ …`, one for each output column.
    pub outputs: Vec<Scalar>,
    /// `β^d`.
    pub tag: Scalar,
}

impl Fingerprint {
    /// The fingerprint of a plan's tables.
    #[must_use]
    pub fn new(plan: &Plan, beta: Scalar, gamma: Scalar) -> Self {
        let mut power = beta;
        let mut outputs = Vec::with_capacity(plan.max_outputs().max(1));
        for _ in 0..plan.max_outputs().max(1) {
            outputs.push(power);
            power *= beta;
        }
        if !plan.rules().has(Check::TagPower) {
            power = outputs.last().copied().unwrap_or_default();
        }
        Self { gamma, outputs, tag: plan.rules().weigh(Check::Tag, power) }
    }

    /// `γ − β^d·tag`, what every leaf of a table starts from. Tags count tables from 1.
    #[must_use]
    pub fn base(&self, table: usize) -> Scalar {
        self.gamma - self.tag * Scalar::from(table as u64 + 1)
    }

    /// The denominator of one row of a table.
    #[must_use]
    pub fn row(&self, base: Scalar, table: &Table, row: u32) -> Scalar {
        let key = table.first_key.saturating_add(i64::from(row));
        let mut value = base - small(key);
        for (power, column) in self.outputs.iter().zip(&table.outputs) {
            value -= *power * small(column.get(row as usize).copied().unwrap_or(0));
        }
        value
    }
}

/// The four scalars of a node pair.
struct Node {
    n0: Form,
    n1: Form,
    d0: Form,
    d1: Form,
}

impl Node {
    fn send<P: Party>(party: &mut P, level: usize) -> Self {
        let mut ask =
            |i: usize, part: &str| party.scalar(&format!("tree.{level}.{part}"), Slot::Operand, Ask::Fraction(i));
        Self { n0: ask(0, "n0"), n1: ask(1, "n1"), d0: ask(2, "d0"), d1: ask(3, "d1") }
    }

    /// `(numerator, denominator)` on the line through both nodes at ρ.
    fn at(&self, rho: Scalar) -> (Form, Form) {
        let line = |a: &Form, b: &Form| Form::default().plus(Scalar::one() - rho, a).plus(rho, b);
        (line(&self.n0, &self.n1), line(&self.d0, &self.d1))
    }
}

/// Runs the tree from the root to the leaves; every evaluation at the leaf point becomes a claim in `claims`.
pub fn run<P: Party>(party: &mut P, plan: &Plan, claims: &mut Claims) {
    if plan.leaves().is_empty() {
        return;
    }
    let beta = party.challenge("lookup.beta").value;
    let gamma = party.challenge("lookup.gamma").value;
    party.begin_lookups(beta, gamma);
    let fingerprint = Fingerprint::new(plan, beta, gamma);

    let mut node = Node::send(party, 0);
    party.equation(
        "lookup root",
        vec![(Scalar::one(), node.n0.clone(), node.d1.clone()), (Scalar::one(), node.n1.clone(), node.d0.clone())],
        Form::default(),
    );
    let rho = party.challenge("tree.0.rho");
    let mut point: Point = vec![rho];
    let (mut numerator, mut denominator) = node.at(rho.value);
    for level in 1..plan.tree_vars() {
        let lambda = party.challenge(&format!("tree.{level}.lambda")).value;
        let claim = Form::default().plus(Scalar::one(), &numerator).plus(lambda, &denominator);
        party.begin(Sum::Tree { level, lambda }, &point);
        let (rounds, claim) = sumcheck::run(party, &format!("tree.{level}"), &point, claim);
        node = Node::send(party, level);
        let left = node.n0.clone().plus(lambda, &node.d0);
        party.equation(
            &format!("lookup level {level}"),
            vec![(Scalar::one(), node.d1.clone(), left), (Scalar::one(), node.n1.clone(), node.d0.clone())],
            claim.negated(),
        );
        let rho = party.challenge(&format!("tree.{level}.rho"));
        (numerator, denominator) = node.at(rho.value);
        point = std::iter::once(rho).chain(rounds).collect();
    }
    leaves(party, plan, claims, LeafClaim { fingerprint, point, numerator, denominator });
}

/// What the tree leaves open: the value of all leaves at one point.
struct LeafClaim {
    fingerprint: Fingerprint,
    point: Point,
    numerator: Form,
    denominator: Form,
}

/// The two linear equations at the leaf point.
fn leaves<P: Party>(party: &mut P, plan: &Plan, claims: &mut Claims, claim: LeafClaim) {
    let LeafClaim { fingerprint, point, mut numerator, mut denominator } = claim;
    let mut reader = Reader::new("leaf", claims);
    let mut covered = Scalar::zero();
    let mut minus_denominators = Form::default();
    for leaf in plan.leaves() {
        let low = last(&point, leaf.num_vars());
        let high = point.get(..point.len() - low.len()).unwrap_or(&[]);
        let eq = weight_of(leaf.offset() >> low.len(), high);
        match leaf {
            Leaf::Lookup { index, .. } => {
                let Some(lookup) = plan.system().lookups().get(*index) else { continue };
                let eq = plan.rules().weigh(Check::Lookup(&lookup.name), eq);
                covered += eq;
                numerator.add_constant(-eq);
                let form = lookup_denominator(party, plan, &mut reader, &fingerprint, lookup, low);
                minus_denominators.add(-eq, &form);
            }
            Leaf::Table { table, block, .. } => {
                let Some(t) = plan.system().tables().get(*table) else { continue };
                let Some(b) = t.blocks.get(*block) else { continue };
                covered += eq;
                let m = reader.tensor(party, b.multiplicity, low, Slot::Plain);
                numerator.add(eq, &m);
                minus_denominators.add_constant(-eq * block_denominator(&fingerprint, *table, t, b, low));
            }
        }
    }
    // padding leaves are 0/1
    minus_denominators.add_constant(covered - Scalar::one());
    denominator.add(Scalar::one(), &minus_denominators);
    party.equation("leaf numerator", Vec::new(), numerator);
    party.equation("leaf denominator", Vec::new(), denominator);
}

fn lookup_denominator<P: Party>(
    party: &mut P,
    plan: &Plan,
    reader: &mut Reader<'_, '_>,
    fingerprint: &Fingerprint,
    lookup: &Lookup,
    low: &[Coordinate],
) -> Form {
    let mut form = Form::constant(fingerprint.base(lookup.table.0 as usize));
    let key = reader.affine(party, plan, &lookup.key, low);
    form.add(-Scalar::one(), &key);
    for (power, out) in fingerprint.outputs.iter().zip(&lookup.outputs) {
        let out = reader.affine(party, plan, out, low);
        form.add(-*power, &out);
    }
    form
}

/// `Σ_rows eq(row, low) · (γ − key − β·out − β^d·tag)` of one block; the eq weights sum to 1.
fn block_denominator(
    fingerprint: &Fingerprint,
    index: usize,
    table: &Table,
    block: &crate::system::Block,
    low: &[Coordinate],
) -> Scalar {
    // the keys are an arithmetic progression: Σ eq·key = first + Σ 2^i·coordinate
    let first = table.first_key.saturating_add(i64::from(block.first_row));
    let mut key = small(first);
    let mut place = Scalar::one();
    for c in low.iter().rev() {
        key += place * c.value;
        place.double_in_place();
    }
    let mut value = fingerprint.base(index) - key;
    if !table.outputs.is_empty() {
        let weights = intaglio_algebra::eq::eq_table(&crate::point::values(low));
        let start = block.first_row as usize;
        for (power, column) in fingerprint.outputs.iter().zip(&table.outputs) {
            let rows = column.get(start..start + (1usize << block.num_vars)).unwrap_or(&[]);
            value -= *power * intaglio_algebra::kernels::dot_small(rows, &weights);
        }
    }
    value
}
