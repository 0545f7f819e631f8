//! The prover's half: folds each operand along its own output coordinates, keeping the shared and summed ones.

use crate::point::{Coordinate, values};
use crate::prove::Data;
use crate::sumcheck::prove::Products;
use crate::system::{AxisMap, Coord, Factor, Inner, Operand, OperandCoord, SourceId, SourceKind, TensorId, Wiring};
use intaglio_algebra::encoding::small;
use intaglio_algebra::eq::eq_table;
use intaglio_algebra::{One, Scalar, Zero, kernels};

/// The terms of one batch.
pub(crate) fn terms(data: &Data<'_>, items: &[(SourceId, Vec<Coordinate>)], delta: Scalar) -> Products {
    let plan = data.plan;
    let mut terms = Vec::new();
    let mut weight = Scalar::one();
    for (source, point) in items {
        if let Some(SourceKind::Inner(inner)) = plan.system().sources().get(source.0 as usize).map(|s| &s.kind) {
            terms.push((weight, fold(data, &inner.left, inner, point), fold(data, &inner.right, inner, point)));
        }
        weight *= delta;
    }
    Products::new(terms)
}

/// Where one variable of an operand goes: into the table, or away with a weight.
#[derive(Clone, Copy)]
enum Place {
    /// Bit of the table's index, counted from the lowest.
    Kept(usize),
    /// Summed away at this coordinate.
    Folded(Coordinate),
}

/// The operand as a table over `(shared, summed)`.
fn fold(data: &Data<'_>, operand: &Operand, inner: &Inner, point: &[Coordinate]) -> Vec<Scalar> {
    let table_vars = inner.shared.len() + inner.summed;
    let places: Vec<Place> = operand
        .coords
        .iter()
        .map(|c| match c {
            OperandCoord::Out(i) => Place::Folded(point.get(*i).copied().unwrap_or_else(Coordinate::zero)),
            OperandCoord::Shared(i) => Place::Kept(table_vars - 1 - i),
            OperandCoord::Summed(i) => Place::Kept(table_vars - 1 - inner.shared.len() - i),
        })
        .collect();
    match data.plan.system().sources().get(operand.source.0 as usize).map(|s| &s.kind) {
        Some(SourceKind::Read { tensor, coords }) => fold_read(data, *tensor, coords, &places, table_vars),
        Some(SourceKind::Wired { tensor, wiring }) => fold_wired(data, *tensor, wiring, &places, table_vars),
        _ => vec![Scalar::zero(); 1 << table_vars],
    }
}

/// A read: rows of consecutive kept cells are combined with the weights of the folded coordinates.
fn fold_read(data: &Data<'_>, tensor: TensorId, coords: &[Coord], places: &[Place], table_vars: usize) -> Vec<Scalar> {
    let own: Vec<Place> = coords
        .iter()
        .map(|c| match c {
            Coord::Var(i) => places.get(*i).copied().unwrap_or(Place::Folded(Coordinate::zero())),
            Coord::Zero => Place::Folded(Coordinate::zero()),
            Coord::One => Place::Folded(Coordinate::one()),
            Coord::Sum => Place::Folded(Coordinate::half()),
        })
        .collect();
    let sums = coords.iter().filter(|c| **c == Coord::Sum).count();
    let scale = Scalar::from(1u64 << sums);
    let run = own.iter().rev().enumerate().take_while(|(i, p)| matches!(p, Place::Kept(bit) if bit == i)).count();
    let high = own.get(..own.len() - run).unwrap_or(&[]);
    let mut table = vec![Scalar::zero(); 1 << table_vars];
    let cells = data.tensor(tensor);
    // rows that land on one place of the table are combined together
    let mut by_offset: std::collections::BTreeMap<usize, Vec<(usize, Scalar)>> = std::collections::BTreeMap::new();
    for (row, (offset, weight)) in spread(high, scale).into_iter().enumerate() {
        if !weight.is_zero() {
            by_offset.entry(offset).or_default().push((row, weight));
        }
    }
    for (offset, rows) in by_offset {
        let Some(out) = table.get_mut(offset..offset + (1usize << run)) else { continue };
        match cells {
            crate::prove::CellsRef::Small(v) => {
                let slices: Vec<&[i64]> =
                    rows.iter().map(|(r, _)| v.get(r << run..(r + 1) << run).unwrap_or(&[])).collect();
                let weights: Vec<Scalar> = rows.iter().map(|(_, w)| *w).collect();
                kernels::combine_rows(&slices, &weights, out);
            }
            crate::prove::CellsRef::Field(v) => {
                for (r, w) in rows {
                    kernels::scale_add(out, w, v.get(r << run..(r + 1) << run).unwrap_or(&[]));
                }
            }
        }
    }
    // variables of the source that the read does not name are broadcast: the table repeats over them
    broadcast(table, coords, places, table_vars)
}

/// `(offset in the table, weight)` of each index over the given places, highest bit first.
fn spread(places: &[Place], scale: Scalar) -> Vec<(usize, Scalar)> {
    let mut out = vec![(0usize, scale)];
    for place in places {
        out = out
            .into_iter()
            .flat_map(|(at, w)| match place {
                Place::Kept(bit) => [(at, w), (at | 1 << bit, w)],
                Place::Folded(c) => [(at, w * (Scalar::one() - c.value)), (at, w * c.value)],
            })
            .collect();
    }
    out
}

/// Repeats the table over kept variables that the read does not name.
fn broadcast(mut table: Vec<Scalar>, coords: &[Coord], places: &[Place], table_vars: usize) -> Vec<Scalar> {
    for (i, place) in places.iter().enumerate() {
        if let Place::Kept(bit) = place
            && !coords.contains(&Coord::Var(i))
        {
            for at in (0..1usize << table_vars).filter(|at| at >> bit & 1 == 1) {
                let low = table.get(at & !(1 << bit)).copied().unwrap_or_default();
                if let Some(cell) = table.get_mut(at) {
                    *cell = low;
                }
            }
        }
    }
    table
}

/// One non-zero of a factor: where it lands in the table, which cell it reads, with which weight.
struct Piece {
    table: usize,
    cell: usize,
    weight: Scalar,
}

/// A wired view: every non-zero of the wiring adds `weight · cell` at its place.
fn fold_wired(data: &Data<'_>, tensor: TensorId, wiring: &Wiring, places: &[Place], table_vars: usize) -> Vec<Scalar> {
    let tensor_vars = data.plan.tensor_vars(tensor);
    let mut factors: Vec<Vec<Piece>> = wiring.factors.iter().map(|f| pieces(f, places, tensor_vars)).collect();
    // the longest list outermost: its weight is multiplied once
    factors.sort_by_key(|f| std::cmp::Reverse(f.len()));
    let mut table = vec![Scalar::zero(); 1 << table_vars];
    let cells = data.tensor(tensor);
    let (small_cells, field) = match cells {
        crate::prove::CellsRef::Small(v) => (Some(v), Vec::new()),
        crate::prove::CellsRef::Field(v) => (None, v.to_vec()),
    };
    let mut visit = |at: usize, cell: usize, weight: Scalar| {
        let value = match small_cells {
            Some(v) => match v.get(cell) {
                None | Some(0) => return,
                Some(x) => weight * small(*x),
            },
            None => weight * field.get(cell).copied().unwrap_or_default(),
        };
        if let Some(t) = table.get_mut(at) {
            *t += value;
        }
    };
    walk(&factors, 0, 0, None, &mut visit);
    table
}

fn walk(
    factors: &[Vec<Piece>],
    at: usize,
    cell: usize,
    weight: Option<Scalar>,
    visit: &mut impl FnMut(usize, usize, Scalar),
) {
    match factors.split_first() {
        None => visit(at, cell, weight.unwrap_or_else(Scalar::one)),
        Some((first, rest)) => {
            for p in first {
                let w = match weight {
                    None => p.weight,
                    Some(w) if p.weight.is_one() => w,
                    Some(w) => w * p.weight,
                };
                walk(rest, at | p.table, cell | p.cell, Some(w), visit);
            }
        }
    }
}

fn pieces(factor: &Factor, places: &[Place], tensor_vars: usize) -> Vec<Piece> {
    let own: Vec<Place> = factor.view.iter().filter_map(|i| places.get(*i).copied()).collect();
    let folded: Vec<Coordinate> =
        own.iter().filter_map(|p| if let Place::Folded(c) = p { Some(*c) } else { None }).collect();
    let eq = eq_table(&values(&folded));
    let n = own.len();
    let cell_of = |index: usize| {
        let m = factor.tensor.len();
        factor
            .tensor
            .iter()
            .enumerate()
            .fold(0usize, |at, (k, p)| at | (index >> (m - 1 - k) & 1) << (tensor_vars - 1 - p))
    };
    let piece = |view: usize, cell: usize, weight: i64| {
        let (mut table, mut outer) = (0usize, 0usize);
        for (k, place) in own.iter().enumerate() {
            let bit = view >> (n - 1 - k) & 1;
            match place {
                Place::Kept(b) => table |= bit << b,
                Place::Folded(_) => outer = outer << 1 | bit,
            }
        }
        let w = eq.get(outer).copied().unwrap_or_default();
        Piece { table, cell: cell_of(cell), weight: if weight == 1 { w } else { w * small(weight) } }
    };
    match &factor.map {
        AxisMap::Identity => (0..1usize << n).map(|i| piece(i, i, 1)).collect(),
        AxisMap::Sparse(entries) => {
            entries.iter().map(|e| piece(e.view as usize, e.tensor as usize, e.weight)).collect()
        }
    }
}
