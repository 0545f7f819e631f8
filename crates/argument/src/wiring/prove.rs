//! The prover's half: gathers views, pulls eq weights of a view back to its tensor.

use crate::point::{Coordinate, values};
use crate::sumcheck::prove::Products;
use crate::system::{AxisMap, Factor, SourceId, SourceKind, TensorId, Wiring};
use intaglio_algebra::encoding::small;
use intaglio_algebra::eq::eq_table;
use intaglio_algebra::{One, Scalar, Zero};

/// A wiring with the entries of each factor spread to full cell indices.
pub(crate) struct Entries {
    factors: Vec<Vec<(usize, usize, i64)>>,
    view_len: usize,
}

/// Spreads the bits of a factor's index to their places in an index of `num_vars` bits.
fn spread(index: usize, positions: &[usize], num_vars: usize) -> usize {
    let n = positions.len();
    positions.iter().enumerate().fold(0, |at, (k, p)| at | (index >> (n - 1 - k) & 1) << (num_vars - 1 - p))
}

impl Entries {
    pub(crate) fn new(wiring: &Wiring, view_vars: usize, tensor_vars: usize) -> Self {
        let factor = |f: &Factor| -> Vec<(usize, usize, i64)> {
            let place = |view: usize, tensor: usize, weight: i64| {
                (spread(view, &f.view, view_vars), spread(tensor, &f.tensor, tensor_vars), weight)
            };
            match &f.map {
                AxisMap::Identity => (0..1usize << f.view.len()).map(|i| place(i, i, 1)).collect(),
                AxisMap::Sparse(entries) => {
                    entries.iter().map(|e| place(e.view as usize, e.tensor as usize, e.weight)).collect()
                }
            }
        };
        Self { factors: wiring.factors.iter().map(factor).collect(), view_len: 1 << view_vars }
    }

    /// Calls `visit(view cell, tensor cell, weight)` for every non-zero of the map.
    fn each(&self, visit: &mut impl FnMut(usize, usize, i64)) {
        fn walk(
            factors: &[Vec<(usize, usize, i64)>],
            view: usize,
            tensor: usize,
            weight: i64,
            visit: &mut impl FnMut(usize, usize, i64),
        ) {
            match factors.split_first() {
                None => visit(view, tensor, weight),
                Some((first, rest)) => {
                    for (v, t, w) in first {
                        walk(rest, view | v, tensor | t, weight * w, visit);
                    }
                }
            }
        }
        walk(&self.factors, 0, 0, 1, visit);
    }

    /// The view's cells.
    pub(crate) fn gather(&self, tensor: &[i64]) -> Vec<i64> {
        let mut out = vec![0i64; self.view_len];
        self.each(&mut |v, t, w| {
            if let (Some(o), Some(c)) = (out.get_mut(v), tensor.get(t)) {
                *o += w * c;
            }
        });
        out
    }

    /// The view's cells, for field elements.
    pub(crate) fn gather_field(&self, tensor: &[Scalar]) -> Vec<Scalar> {
        let mut out = vec![Scalar::zero(); self.view_len];
        self.each(&mut |v, t, w| {
            if let (Some(o), Some(c)) = (out.get_mut(v), tensor.get(t)) {
                *o += small(w) * c;
            }
        });
        out
    }
}

/// `A(q, ·)` over the cells of the tensor: the Kronecker product of the factors' own vectors.
pub(crate) fn pull_back(wiring: &Wiring, q: &[Coordinate], tensor_vars: usize) -> Vec<Scalar> {
    let factors: Vec<(&[usize], Vec<Scalar>)> =
        wiring.factors.iter().map(|f| (f.tensor.as_slice(), factor_vector(f, q))).collect();
    // places of each factor's bits in the tensor's index, cell by cell
    let mut out = vec![(0usize, Scalar::one())];
    for (positions, vector) in &factors {
        let spread: Vec<usize> = (0..vector.len()).map(|i| spread(i, positions, tensor_vars)).collect();
        out = out
            .iter()
            .flat_map(|(at, w)| {
                vector.iter().zip(&spread).filter(|(x, _)| !x.is_zero()).map(move |(x, s)| (at | s, *w * x))
            })
            .collect();
    }
    let mut cells = vec![Scalar::zero(); 1 << tensor_vars];
    for (at, w) in out {
        if let Some(c) = cells.get_mut(at) {
            *c = w;
        }
    }
    cells
}

fn factor_vector(factor: &Factor, q: &[Coordinate]) -> Vec<Scalar> {
    let own: Vec<Coordinate> =
        factor.view.iter().map(|&i| q.get(i).copied().unwrap_or_else(Coordinate::zero)).collect();
    let eq = eq_table(&values(&own));
    match &factor.map {
        AxisMap::Identity => eq,
        AxisMap::Sparse(entries) => {
            let mut vector = vec![Scalar::zero(); 1 << factor.tensor.len()];
            for e in entries {
                if let (Some(cell), Some(w)) = (vector.get_mut(e.tensor as usize), eq.get(e.view as usize)) {
                    *cell += if e.weight == 1 { *w } else { *w * small(e.weight) };
                }
            }
            vector
        }
    }
}

/// One term a target tensor: the weighted pull-backs of its claims, and its cells.
pub(crate) fn terms(
    data: &crate::prove::Data<'_>,
    claims: &[(SourceId, Vec<Coordinate>)],
    targets: &[TensorId],
    delta: Scalar,
) -> Products {
    let plan = data.plan;
    let mut publics: Vec<Vec<Scalar>> =
        targets.iter().map(|t| vec![Scalar::zero(); 1 << plan.tensor_vars(*t)]).collect();
    let mut weight = Scalar::one();
    for (source, q) in claims {
        let Some(SourceKind::Wired { tensor, wiring }) =
            plan.system().sources().get(source.0 as usize).map(|s| &s.kind)
        else {
            continue;
        };
        let index = targets.iter().position(|t| t == tensor);
        if let Some(public) = index.and_then(|i| publics.get_mut(i)) {
            let own = pull_back(wiring, q, plan.tensor_vars(*tensor));
            intaglio_algebra::kernels::scale_add(public, weight, &own);
        }
        weight *= delta;
    }
    let terms = publics.into_iter().zip(targets).map(|(a, t)| (Scalar::one(), a, data.tensor(*t).to_field()));
    Products::new(terms.collect())
}
