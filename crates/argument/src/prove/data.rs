//! Values of tensors, sources and affine forms, cell by cell and at points.

use super::cells::{Assignment, Cells};
use crate::plan::Plan;
use crate::point::{Coordinate, Name, names, values};
use crate::schedule::read_point;
use crate::system::{Affine, Coord, Inner, OperandCoord, Origin, Public, SourceId, SourceKind, TensorId, Zerocheck};
use crate::wiring::prove::Entries;
use intaglio_algebra::encoding::{small, small128};
use intaglio_algebra::eq::eq_table;
use intaglio_algebra::{Field, Projective, Scalar, generators, group, kernels};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use zeroize::Zeroize;

/// The prover's view of a plan's data.
pub struct Data<'a> {
    pub(crate) plan: &'a Plan,
    publics: &'a [Vec<i64>],
    assignment: Assignment<'a>,
    sources: BTreeMap<SourceId, Arc<Cells>>,
    eq: HashMap<Vec<Name>, Arc<Vec<Scalar>>>,
}

/// The witness is wiped: groups that the proof owns, values of inner products, and cached sources.
impl Drop for Data<'_> {
    fn drop(&mut self) {
        for group in &mut self.assignment.groups {
            if let Cow::Owned(cells) = group {
                cells.zeroize();
            }
        }
        self.assignment.inner.values_mut().for_each(Zeroize::zeroize);
        for source in self.sources.values_mut() {
            if let Some(cells) = Arc::get_mut(source) {
                cells.zeroize();
            }
        }
    }
}

/// Cells of a tensor, borrowed.
#[derive(Clone, Copy)]
pub(crate) enum CellsRef<'a> {
    Small(&'a [i64]),
    Field(&'a [Scalar]),
}

impl CellsRef<'_> {
    pub(crate) fn to_field(self) -> Vec<Scalar> {
        match self {
            Self::Small(v) => v.iter().map(|x| if *x == 0 { Scalar::default() } else { small(*x) }).collect(),
            Self::Field(v) => v.to_vec(),
        }
    }

    /// `Σ cells·weights`.
    pub(crate) fn dot(self, weights: &[Scalar]) -> Scalar {
        match self {
            Self::Small(v) => kernels::dot_small(v, weights),
            Self::Field(v) => kernels::dot(v, weights),
        }
    }

    fn at(self, index: usize) -> Scalar {
        match self {
            Self::Small(v) => v.get(index).map_or_else(Scalar::default, |x| small(*x)),
            Self::Field(v) => v.get(index).copied().unwrap_or_default(),
        }
    }
}

impl Cells {
    pub(crate) fn borrow(&self) -> CellsRef<'_> {
        match self {
            Self::Small(v) => CellsRef::Small(v),
            Self::Field(v) => CellsRef::Field(v),
        }
    }
}

impl<'a> Data<'a> {
    /// Data of an assignment that fits the plan.
    #[must_use]
    pub fn new(plan: &'a Plan, publics: &'a [Vec<i64>], assignment: Assignment<'a>) -> Self {
        Self { plan, publics, assignment, sources: BTreeMap::new(), eq: HashMap::new() }
    }

    /// The cells of a tensor, contiguous in its group.
    pub(crate) fn tensor(&self, id: TensorId) -> CellsRef<'_> {
        let Some(place) = self.plan.place(id) else { return CellsRef::Small(&[]) };
        let range = place.offset..place.offset + (1usize << place.num_vars);
        match self.assignment.groups.get(place.group).map(|c| &**c) {
            Some(Cells::Small(v)) => CellsRef::Small(v.get(range).unwrap_or(&[])),
            Some(Cells::Field(v)) => CellsRef::Field(v.get(range).unwrap_or(&[])),
            None => CellsRef::Small(&[]),
        }
    }

    /// Writes a tensor of small cells; used for multiplicities.
    pub(crate) fn write(&mut self, id: TensorId, cells: &[i64]) {
        let Some(place) = self.plan.place(id) else { return };
        let Some(group) = self.assignment.groups.get_mut(place.group) else { return };
        match group.to_mut() {
            Cells::Small(v) => v.iter_mut().skip(place.offset).zip(cells).for_each(|(o, c)| *o = *c),
            Cells::Field(v) => v.iter_mut().skip(place.offset).zip(cells).for_each(|(o, c)| *o = small(*c)),
        }
    }

    /// The cells of a source, computed once.
    pub(crate) fn source(&mut self, id: SourceId) -> Arc<Cells> {
        if let Some(known) = self.sources.get(&id) {
            return known.clone();
        }
        let cells = Arc::new(self.compute_source(id));
        self.sources.insert(id, cells.clone());
        cells
    }

    fn compute_source(&mut self, id: SourceId) -> Cells {
        let plan = self.plan;
        let Some(source) = plan.system().sources().get(id.0 as usize) else { return Cells::Small(Vec::new()) };
        match &source.kind {
            SourceKind::Read { tensor, coords } => self.read_cells(source.num_vars, *tensor, coords),
            #[cfg(feature = "mutants")]
            SourceKind::Wired { .. } if self.assignment.inner.contains_key(&id) => {
                Cells::Small(self.assignment.inner.remove(&id).unwrap_or_default())
            }
            SourceKind::Wired { tensor, wiring } => {
                let entries = Entries::new(wiring, source.num_vars, plan.tensor_vars(*tensor));
                match self.tensor(*tensor) {
                    CellsRef::Small(v) => Cells::Small(entries.gather(v)),
                    CellsRef::Field(v) => Cells::Field(entries.gather_field(v)),
                }
            }
            SourceKind::Inner(inner) => match self.assignment.inner.remove(&id) {
                Some(cells) => Cells::Small(cells),
                None => self.inner_cells(source.num_vars, inner),
            },
        }
    }

    fn read_cells(&self, num_vars: usize, tensor: TensorId, coords: &[Coord]) -> Cells {
        let own = coords.iter().enumerate().all(|(i, c)| *c == Coord::Var(i)) && coords.len() == num_vars;
        let sums = coords.iter().filter(|c| **c == Coord::Sum).count();
        let index = |cell: usize, sum: usize| {
            let mut left = sums;
            coords.iter().fold(0usize, |at, c| {
                let bit = match c {
                    Coord::Var(i) => cell >> (num_vars - 1 - i) & 1,
                    Coord::Zero => 0,
                    Coord::One => 1,
                    Coord::Sum => {
                        left -= 1;
                        sum >> left & 1
                    }
                };
                at << 1 | bit
            })
        };
        match self.tensor(tensor) {
            CellsRef::Small(v) if own => Cells::Small(v.to_vec()),
            CellsRef::Field(v) if own => Cells::Field(v.to_vec()),
            CellsRef::Small(v) => {
                let cell = |i| (0..1usize << sums).map(|s| v.get(index(i, s)).copied().unwrap_or(0)).sum();
                Cells::Small((0..1usize << num_vars).map(cell).collect())
            }
            CellsRef::Field(v) => {
                let cell = |i| (0..1usize << sums).map(|s| v.get(index(i, s)).copied().unwrap_or_default()).sum();
                Cells::Field((0..1usize << num_vars).map(cell).collect())
            }
        }
    }

    /// The slow way to an inner product: every term of every cell. Callers that care bring the values along.
    fn inner_cells(&mut self, num_vars: usize, inner: &Inner) -> Cells {
        let left = self.source(inner.left.source);
        let right = self.source(inner.right.source);
        let index = |coords: &[OperandCoord], out: usize, k: usize| {
            coords.iter().fold(0usize, |at, c| {
                let bit = match c {
                    OperandCoord::Out(i) => out >> (num_vars - 1 - i) & 1,
                    OperandCoord::Shared(i) => inner.shared.get(*i).map_or(0, |s| out >> (num_vars - 1 - s) & 1),
                    OperandCoord::Summed(i) => k >> (inner.summed - 1 - i) & 1,
                };
                at << 1 | bit
            })
        };
        if let (Cells::Small(a), Cells::Small(b)) = (&*left, &*right) {
            let cell = |out| {
                (0..1usize << inner.summed).try_fold(0i128, |sum, k| {
                    let x = a.get(index(&inner.left.coords, out, k)).copied().unwrap_or(0);
                    let y = b.get(index(&inner.right.coords, out, k)).copied().unwrap_or(0);
                    sum.checked_add(i128::from(x) * i128::from(y))
                })
            };
            let cells: Option<Vec<i64>> =
                (0..1usize << num_vars).map(|out| cell(out).and_then(|v| i64::try_from(v).ok())).collect();
            if let Some(cells) = cells {
                return Cells::Small(cells);
            }
        }
        let cell = |out| {
            (0..1usize << inner.summed)
                .map(|k| {
                    left.borrow().at(index(&inner.left.coords, out, k))
                        * right.borrow().at(index(&inner.right.coords, out, k))
                })
                .sum()
        };
        Cells::Field((0..1usize << num_vars).map(cell).collect())
    }

    fn public_cells(&self, id: usize) -> Vec<i64> {
        match self.plan.system().publics().get(id) {
            None => Vec::new(),
            Some(Public::Values { num_vars, .. }) => {
                let mut cells = self.publics.get(self.plan.public_index(id)).cloned().unwrap_or_default();
                cells.resize(1 << num_vars, 0);
                cells
            }
            Some(Public::Mask { axes }) => axes.iter().fold(vec![1i64], |cells, (n, len)| {
                let axis = (0..1u64 << n).map(|i| i64::from(i < *len)).collect::<Vec<_>>();
                cells.iter().flat_map(|c| axis.iter().map(move |a| c * a)).collect()
            }),
        }
    }

    /// An affine form, cell by cell: integers if every cell is one below 2^63.
    pub(crate) fn affine(&mut self, form: &Affine, num_vars: usize) -> Cells {
        let len = 1usize << num_vars;
        let parts: Vec<(i64, Arc<Cells>)> = form.terms.iter().map(|(k, s)| (*k, self.source(*s))).collect();
        let publics: Vec<(i64, Vec<i64>)> =
            form.publics.iter().map(|(k, p)| (*k, self.public_cells(p.0 as usize))).collect();
        let small_parts: Option<Vec<(i64, &[i64])>> = parts
            .iter()
            .map(|(k, c)| match &**c {
                Cells::Small(v) => Some((*k, v.as_slice())),
                Cells::Field(_) => None,
            })
            .chain(publics.iter().map(|(k, v)| Some((*k, v.as_slice()))))
            .collect();
        if let Some(cells) = small_parts.and_then(|p| affine_small(form, &p, len)) {
            return Cells::Small(cells);
        }
        let scale = crate::point::half().pow([u64::from(form.denominator_bits)]);
        let cell = |i: usize| {
            let mut v = small128(form.constant);
            for (k, c) in &parts {
                v += small(*k) * c.borrow().at(i);
            }
            for (k, c) in &publics {
                v += small(*k) * small(c.get(i).copied().unwrap_or(0));
            }
            v * scale
        };
        Cells::Field((0..len).map(cell).collect())
    }

    /// Whether a zerocheck holds at every cell.
    pub(super) fn holds(&mut self, check: &Zerocheck) -> bool {
        let mut sums = vec![Scalar::default(); 1 << check.num_vars];
        for (a, b) in &check.products {
            let (a, b) = (self.affine(a, check.num_vars), self.affine(b, check.num_vars));
            sums.iter_mut().enumerate().for_each(|(cell, sum)| *sum += a.borrow().at(cell) * b.borrow().at(cell));
        }
        sums.iter().all(|sum| *sum == Scalar::default())
    }

    /// Adds to one cell, which then is a field element.
    #[cfg(feature = "mutants")]
    pub(crate) fn insecure_add(&mut self, id: TensorId, cell: usize, by: Scalar) {
        let Some(place) = self.plan.place(id) else { return };
        let Some(group) = self.assignment.groups.get_mut(place.group) else { return };
        let mut cells = group.to_field();
        cells.iter_mut().skip(place.offset + cell).take(1).for_each(|c| *c += by);
        *group = Cow::Owned(Cells::Field(cells));
    }

    /// eq table of a point; asked again for the same coordinates it is not computed again.
    pub(crate) fn eq(&mut self, point: &[Coordinate]) -> Arc<Vec<Scalar>> {
        self.eq.entry(names(point)).or_insert_with(|| Arc::new(eq_table(&values(point)))).clone()
    }

    /// A tensor at a point of its own variables.
    pub(crate) fn evaluate_tensor(&mut self, id: TensorId, point: &[Coordinate]) -> Scalar {
        let weights = self.eq(point);
        self.tensor(id).dot(&weights)
    }

    /// A source at a point of its own variables.
    pub(crate) fn evaluate_source(&mut self, id: SourceId, point: &[Coordinate]) -> Scalar {
        let plan = self.plan;
        match plan.system().sources().get(id.0 as usize).map(|s| &s.kind) {
            Some(SourceKind::Read { tensor, coords }) => {
                let (own, sums) = read_point(coords, point);
                self.evaluate_tensor(*tensor, &own) * Scalar::from(2u64).pow([sums])
            }
            Some(_) => {
                let weights = self.eq(point);
                self.source(id).borrow().dot(&weights)
            }
            None => Scalar::default(),
        }
    }

    /// Rows `start..` of the plan as `(cells, width)`, to be combined with weights.
    pub(crate) fn combine_rows(&self, start: usize, weights: &[Scalar], out: &mut [Scalar]) {
        let mut first = 0;
        for (index, (group, rows)) in self.plan.system().groups().iter().zip(self.plan.group_rows()).enumerate() {
            let width = 1usize << group.width_vars;
            let own = first..first + rows;
            first += rows;
            let from = start.max(own.start);
            let to = (start + weights.len()).min(own.end);
            if from >= to {
                continue;
            }
            let Some(weights) = weights.get(from - start..to - start) else { continue };
            let cells = (from - own.start) * width..(to - own.start) * width;
            match self.assignment.groups.get(index).map(|c| &**c) {
                Some(Cells::Small(v)) => {
                    let rows: Vec<&[i64]> = v.get(cells).unwrap_or(&[]).chunks(width).collect();
                    kernels::combine_rows(&rows, weights, out);
                }
                Some(Cells::Field(v)) => {
                    for (row, w) in v.get(cells).unwrap_or(&[]).chunks(width).zip(weights) {
                        kernels::scale_add(out, *w, row);
                    }
                }
                None => {}
            }
        }
    }

    /// `Σ c_i·row_i` over all rows of the plan.
    pub(crate) fn combine_all_rows(&self, coefficients: &[Scalar]) -> Vec<Scalar> {
        let mut out = vec![Scalar::default(); 1 << self.plan.system().column_vars()];
        self.combine_rows(0, coefficients, &mut out);
        out
    }

    /// Unblinded commitments to the rows of all groups of one origin, in order.
    pub(crate) fn commit_group_rows(&self, origin: Origin) -> Vec<Projective> {
        let basis = generators::rows(1 << self.plan.system().column_vars());
        let mut points = Vec::new();
        for (group, cells) in self.plan.system().groups().iter().zip(&self.assignment.groups) {
            if group.origin == origin {
                points.extend(commit_cells(&basis, cells, 1 << group.width_vars));
            }
        }
        points
    }
}

/// Unblinded commitments to rows of `width` cells: variable time in small cells, constant time in field elements.
#[must_use]
pub fn commit_cells(basis: &group::Basis, cells: &Cells, width: usize) -> Vec<Projective> {
    match cells {
        Cells::Small(v) => {
            let rows: Vec<&[i64]> = v.chunks(width.max(1)).collect();
            group::commit_rows(basis, &rows)
        }
        Cells::Field(v) => v.chunks(width.max(1)).map(|row| group::msm_secret(basis, row)).collect(),
    }
}

/// Exact integers or nothing.
fn affine_small(form: &Affine, parts: &[(i64, &[i64])], len: usize) -> Option<Vec<i64>> {
    const BLOCK: usize = 1024;
    let mut out = Vec::with_capacity(len);
    let mut sums = [0i128; BLOCK];
    let mask = (1i128 << form.denominator_bits) - 1;
    let mut exact = true;
    for start in (0..len).step_by(BLOCK) {
        let block = sums.get_mut(..BLOCK.min(len - start))?;
        block.fill(form.constant);
        for (k, cells) in parts {
            let cells = cells.get(start..start + block.len())?;
            for (sum, c) in block.iter_mut().zip(cells) {
                *sum += i128::from(*k) * i128::from(*c);
            }
        }
        for sum in block.iter() {
            let value = sum >> form.denominator_bits;
            exact &= sum & mask == 0 && i64::try_from(value).is_ok();
            out.push(value as i64);
        }
    }
    exact.then_some(out)
}
