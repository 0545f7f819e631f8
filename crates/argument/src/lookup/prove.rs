//! The prover's half: which row each cell is, how often each row occurs, and the fraction tree.

use super::Fingerprint;
use crate::plan::{Leaf, Plan};
use crate::prove::{Cells, Data};
use crate::rules::Check;
use crate::sumcheck::prove::Fractions;
use crate::system::{Lookup, Table};
use intaglio_algebra::encoding::small;
use intaglio_algebra::{One, Scalar, Zero, kernels};
use rayon::prelude::*;
use zeroize::{Zeroize, Zeroizing};

/// A cell that is no row of its table.
const MISSED: u32 = u32::MAX;

/// The row of each looked-up cell.
pub(crate) struct Keys {
    rows: Vec<Vec<u32>>,
    /// Names of lookups with a missed cell.
    pub(crate) missed: Vec<String>,
}

impl Keys {
    /// Finds all rows and writes the multiplicities into the data.
    pub(crate) fn collect(data: &mut Data<'_>) -> Self {
        let plan = data.plan;
        let mut counts: Vec<Vec<i64>> = plan.system().tables().iter().map(|t| vec![0; t.len as usize]).collect();
        let mut rows = Vec::new();
        let mut missed = Vec::new();
        for lookup in plan.system().lookups() {
            let Some(table) = plan.system().tables().get(lookup.table.0 as usize) else { continue };
            let found = find_rows(data, lookup, table);
            if found.contains(&MISSED) {
                missed.push(lookup.name.clone());
            }
            if let Some(counts) = counts.get_mut(lookup.table.0 as usize).filter(|_| is_stated(plan, lookup)) {
                for row in &found {
                    if let Some(c) = counts.get_mut(*row as usize) {
                        *c += 1;
                    }
                }
            }
            rows.push(found);
        }
        for (table, counts) in plan.system().tables().iter().zip(&counts) {
            for block in &table.blocks {
                let start = block.first_row as usize;
                let own = counts.get(start..start + (1usize << block.num_vars)).unwrap_or(&[]);
                data.write(block.multiplicity, own);
            }
        }
        Self { rows, missed }
    }
}

/// Whether the cells of a lookup stand in the tree.
fn is_stated(plan: &Plan, lookup: &Lookup) -> bool {
    plan.rules().has(Check::Lookup(&lookup.name))
}

fn find_rows(data: &mut Data<'_>, lookup: &Lookup, table: &Table) -> Vec<u32> {
    let keys = Zeroizing::new(data.affine(&lookup.key, lookup.num_vars));
    let Cells::Small(keys) = &*keys else { return vec![MISSED; 1 << lookup.num_vars] };
    let row = |key: &i64| match key.checked_sub(table.first_key).map(u32::try_from) {
        Some(Ok(row)) if row < table.len => row,
        _ => MISSED,
    };
    let mut rows: Vec<u32> = keys.iter().map(row).collect();
    for (form, column) in lookup.outputs.iter().zip(&table.outputs) {
        let outputs = Zeroizing::new(data.affine(form, lookup.num_vars));
        for (i, row) in rows.iter_mut().enumerate() {
            let want = column.get(*row as usize);
            let fits = match &*outputs {
                Cells::Small(v) => v.get(i) == want,
                Cells::Field(v) => v.get(i).copied() == want.map(|w| small(*w)),
            };
            if !fits {
                *row = MISSED;
            }
        }
    }
    rows
}

/// Each row tells its cell.
impl Drop for Keys {
    fn drop(&mut self) {
        self.rows.iter_mut().for_each(Zeroize::zeroize);
    }
}

/// All levels of the tree; level `j` has `2^j` nodes, the last are the leaves.
pub(crate) struct Tree {
    levels: Vec<(Vec<Scalar>, Vec<Scalar>)>,
}

impl Tree {
    /// Builds the leaves from the keys, then the levels up to two nodes.
    pub(crate) fn build(data: &mut Data<'_>, keys: &Keys, beta: Scalar, gamma: Scalar) -> Self {
        let plan = data.plan;
        let fingerprint = Fingerprint::new(plan, beta, gamma);
        let rows: Vec<Vec<Scalar>> = plan
            .system()
            .tables()
            .iter()
            .enumerate()
            .map(|(index, table)| {
                let base = fingerprint.base(index);
                (0..table.len).into_par_iter().with_min_len(1024).map(|r| fingerprint.row(base, table, r)).collect()
            })
            .collect();
        let (numerators, denominators) = leaves(data, keys, &fingerprint, &rows);
        let mut levels = vec![(numerators, denominators)];
        while let Some((n, d)) = levels.last().filter(|(n, _)| n.len() > 2) {
            let parents = kernels::fraction_layer(n, d);
            levels.push(parents);
        }
        levels.reverse();
        Self { levels }
    }

    /// `n0, n1, d0, d1` at the root.
    pub(crate) fn root(&self) -> [Scalar; 4] {
        let pair = |v: &[Scalar]| [v.first().copied().unwrap_or_default(), v.get(1).copied().unwrap_or_default()];
        let (n, d) = self.levels.first().map_or((&[][..], &[][..]), |(n, d)| (n.as_slice(), d.as_slice()));
        let ([n0, n1], [d0, d1]) = (pair(n), pair(d));
        [n0, n1, d0, d1]
    }

    /// The children of level `level`, moved out: each level is summed once.
    pub(crate) fn take(&mut self, level: usize, lambda: Scalar) -> Fractions {
        let (mut n0, mut d0) = self.levels.get_mut(level).map(std::mem::take).unwrap_or_default();
        let n1 = n0.split_off(n0.len() >> 1);
        let d1 = d0.split_off(d0.len() >> 1);
        Fractions::new([n0, n1, d0, d1], lambda)
    }
}

fn leaves(
    data: &mut Data<'_>,
    keys: &Keys,
    fingerprint: &Fingerprint,
    rows: &[Vec<Scalar>],
) -> (Vec<Scalar>, Vec<Scalar>) {
    let plan = data.plan;
    let len = 1usize << plan.tree_vars();
    let mut numerators = Vec::with_capacity(len);
    let mut denominators = Vec::with_capacity(len);
    for leaf in plan.leaves() {
        match leaf {
            Leaf::Lookup { index, num_vars, .. } => {
                let (Some(lookup), Some(found)) = (plan.system().lookups().get(*index), keys.rows.get(*index)) else {
                    continue;
                };
                let len = 1usize << num_vars;
                if !is_stated(plan, lookup) {
                    numerators.resize(numerators.len() + len, Scalar::zero());
                    denominators.resize(denominators.len() + len, Scalar::one());
                    continue;
                }
                numerators.resize(numerators.len() + len, Scalar::one());
                let table = rows.get(lookup.table.0 as usize).map_or(&[][..], Vec::as_slice);
                if found.contains(&MISSED) {
                    denominators.extend(direct(data, fingerprint, lookup));
                } else {
                    denominators.extend(found.iter().map(|r| table.get(*r as usize).copied().unwrap_or_default()));
                }
            }
            Leaf::Table { table, block, .. } => {
                let block = plan.system().tables().get(*table).and_then(|t| t.blocks.get(*block));
                let Some(block) = block else { continue };
                let counts = data.tensor(block.multiplicity).to_field();
                numerators.extend(counts.into_iter().map(|m| -m));
                let start = block.first_row as usize;
                let own = rows.get(*table).and_then(|r| r.get(start..start + (1usize << block.num_vars)));
                denominators.extend_from_slice(own.unwrap_or(&[]));
            }
        }
    }
    numerators.resize(len, Scalar::zero());
    denominators.resize(len, Scalar::one());
    (numerators, denominators)
}

/// Leaves of a lookup with cells outside the table, from the forms themselves.
fn direct(data: &mut Data<'_>, fingerprint: &Fingerprint, lookup: &Lookup) -> Vec<Scalar> {
    let base = fingerprint.base(lookup.table.0 as usize);
    let mut leaves: Vec<Scalar> =
        data.affine(&lookup.key, lookup.num_vars).to_field().into_iter().map(|key| base - key).collect();
    for (power, form) in fingerprint.outputs.iter().zip(&lookup.outputs) {
        let outputs = data.affine(form, lookup.num_vars).to_field();
        kernels::scale_add(&mut leaves, -*power, &outputs);
    }
    leaves
}
