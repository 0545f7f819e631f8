//! The relations of a system, cell by cell and by definition: an oracle that shares no code with the argument.
//!
//! ```text
//! read    view(a) = Σ tensor(b)                inner   acc(z) = Σ_k left(z, k)·right(z, k)
//! wired   view(a) = Σ weight·tensor(b)         affine  (constant + Σ k·source + Σ k·public) / 2^d
//! ```
//!
//! Multiplicities are not looked at: the argument fills them, and a lookup holds if and only if its cells are rows.

use intaglio_argument::plan::Plan;
use intaglio_argument::system::{
    Affine, AxisMap, Coord, Factor, Inner, Operand, OperandCoord, Public, SourceId, SourceKind, TensorId, Wiring,
};
use std::collections::{BTreeMap, BTreeSet};

/// Names of what is broken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Broken {
    pub lookups: BTreeSet<String>,
    pub zerochecks: BTreeSet<String>,
}

impl Broken {
    pub fn is_empty(&self) -> bool {
        self.lookups.is_empty() && self.zerochecks.is_empty()
    }
}

/// A committed cell: its group, and its offset there.
pub type Cell = (usize, usize);

/// One relation at one cell of its domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    Lookup { index: usize, cell: usize },
    Zerocheck { index: usize, cell: usize },
}

/// The relations of one plan under given public tensors.
pub struct Relations<'p> {
    plan: &'p Plan,
    publics: Vec<Vec<i64>>,
    /// For each source that is linear, for each of its cells, the committed cells behind it with their weights.
    linear: Vec<Vec<Vec<(Cell, i64)>>>,
}

/// Bit `variable` of a cell index of `num_vars` bits; variable 0 is the highest.
fn bit(cell: usize, variable: usize, num_vars: usize) -> usize {
    cell >> (num_vars - 1 - variable) & 1
}

/// An index of `num_vars` bits with the bits of `index` at the given variables, highest first.
fn place_bits(index: usize, variables: &[usize], num_vars: usize) -> usize {
    let own = variables.len();
    variables.iter().enumerate().map(|(i, v)| bit(index, i, own) << (num_vars - 1 - v)).sum()
}

impl<'p> Relations<'p> {
    pub fn new(plan: &'p Plan, publics: &[Vec<i64>]) -> Self {
        let mut relations = Self { plan, publics: Vec::new(), linear: Vec::new() };
        let public = |(id, public): (usize, &Public)| match public {
            Public::Values { num_vars, .. } => {
                let mut cells = publics[plan.public_index(id)].clone();
                cells.resize(1 << num_vars, 0);
                cells
            }
            Public::Mask { axes } => (0..1usize << public.num_vars())
                .map(|cell| {
                    let mut shift = public.num_vars();
                    let inside = axes.iter().all(|(vars, len)| {
                        shift -= vars;
                        ((cell >> shift & ((1 << vars) - 1)) as u64) < *len
                    });
                    i64::from(inside)
                })
                .collect(),
        };
        relations.publics = plan.system().publics().iter().enumerate().map(public).collect();
        for source in plan.system().sources() {
            relations.linear.push(match &source.kind {
                SourceKind::Read { tensor, coords } => (0..1 << source.num_vars)
                    .map(|cell| relations.read(*tensor, coords, cell, source.num_vars))
                    .collect(),
                SourceKind::Wired { tensor, wiring } => relations.wired(*tensor, wiring, source.num_vars),
                SourceKind::Inner(_) => Vec::new(),
            });
        }
        relations
    }

    fn committed(&self, tensor: TensorId, index: usize) -> Cell {
        let place = self.plan.place(tensor).expect("a placed tensor");
        (place.group, place.offset + index)
    }

    fn read(&self, tensor: TensorId, coords: &[Coord], cell: usize, num_vars: usize) -> Vec<(Cell, i64)> {
        let mut indices = vec![0usize];
        for coord in coords {
            let bits: &[usize] = match coord {
                Coord::Var(v) => &[bit(cell, *v, num_vars)],
                Coord::Zero => &[0],
                Coord::One => &[1],
                Coord::Sum => &[0, 1],
            };
            indices = indices.iter().flat_map(|i| bits.iter().map(move |b| i << 1 | b)).collect();
        }
        indices.into_iter().map(|i| (self.committed(tensor, i), 1)).collect()
    }

    fn wired(&self, tensor: TensorId, wiring: &Wiring, num_vars: usize) -> Vec<Vec<(Cell, i64)>> {
        let tensor_vars = self.plan.tensor_vars(tensor);
        let mut entries = vec![(0usize, 0usize, 1i64)];
        for Factor { view, tensor, map } in &wiring.factors {
            let own: Vec<(usize, usize, i64)> = match map {
                AxisMap::Identity => (0..1 << view.len()).map(|i| (i, i, 1)).collect(),
                AxisMap::Sparse(list) => list.iter().map(|e| (e.view as usize, e.tensor as usize, e.weight)).collect(),
            };
            let own: Vec<_> = own
                .into_iter()
                .map(|(v, t, w)| (place_bits(v, view, num_vars), place_bits(t, tensor, tensor_vars), w))
                .collect();
            entries =
                entries.iter().flat_map(|(v, t, w)| own.iter().map(move |(a, b, k)| (v + a, t + b, w * k))).collect();
        }
        let mut cells = vec![Vec::new(); 1 << num_vars];
        for (view, index, weight) in entries {
            cells[view].push((self.committed(tensor, index), weight));
        }
        cells
    }

    /// The cells of both operands under one cell of an inner product.
    fn pairs<'a>(
        &self,
        inner: &'a Inner,
        cell: usize,
        num_vars: usize,
    ) -> impl Iterator<Item = (usize, usize)> + use<'a> {
        let index = move |operand: &Operand, k: usize| {
            operand.coords.iter().fold(0, |at, coord| {
                let own = match coord {
                    OperandCoord::Out(v) => bit(cell, *v, num_vars),
                    OperandCoord::Shared(i) => bit(cell, inner.shared[*i], num_vars),
                    OperandCoord::Summed(i) => bit(k, *i, inner.summed),
                };
                at << 1 | own
            })
        };
        (0..1usize << inner.summed).map(move |k| (index(&inner.left, k), index(&inner.right, k)))
    }

    /// One cell of a source.
    pub fn source(&self, groups: &[Vec<i64>], id: SourceId, cell: usize) -> i128 {
        let linear = |id: SourceId, cell: usize| -> i128 {
            let parts = &self.linear[id.0 as usize][cell];
            parts
                .iter()
                .map(|((group, offset), weight)| i128::from(groups[*group][*offset]) * i128::from(*weight))
                .sum()
        };
        let source = &self.plan.system().sources()[id.0 as usize];
        match &source.kind {
            SourceKind::Inner(inner) => {
                let pairs = self.pairs(inner, cell, source.num_vars);
                pairs.map(|(l, r)| linear(inner.left.source, l) * linear(inner.right.source, r)).sum()
            }
            SourceKind::Read { .. } | SourceKind::Wired { .. } => linear(id, cell),
        }
    }

    /// The committed cells behind one cell of a source.
    fn behind(&self, id: SourceId, cell: usize, out: &mut BTreeSet<Cell>) {
        let source = &self.plan.system().sources()[id.0 as usize];
        if let SourceKind::Inner(inner) = &source.kind {
            for (l, r) in self.pairs(inner, cell, source.num_vars) {
                self.behind(inner.left.source, l, out);
                self.behind(inner.right.source, r, out);
            }
        } else {
            out.extend(self.linear[id.0 as usize][cell].iter().map(|(cell, _)| *cell));
        }
    }

    /// Numerator of a form; its denominator is `2^denominator_bits`.
    fn affine(&self, groups: &[Vec<i64>], form: &Affine, cell: usize) -> i128 {
        let sources: i128 = form.terms.iter().map(|(k, s)| i128::from(*k) * self.source(groups, *s, cell)).sum();
        let publics = form.publics.iter().map(|(k, p)| i128::from(*k) * i128::from(self.publics[p.0 as usize][cell]));
        form.constant + sources + publics.sum::<i128>()
    }

    /// The integer that a form is, if it is one.
    fn integer(&self, groups: &[Vec<i64>], form: &Affine, cell: usize) -> Option<i128> {
        let numerator = self.affine(groups, form, cell);
        let quotient = numerator >> form.denominator_bits;
        (quotient << form.denominator_bits == numerator).then_some(quotient)
    }

    /// True if one relation holds at one cell.
    pub fn holds(&self, groups: &[Vec<i64>], relation: Relation) -> bool {
        match relation {
            Relation::Lookup { index, cell } => {
                let lookup = &self.plan.system().lookups()[index];
                let table = &self.plan.system().tables()[lookup.table.0 as usize];
                let Some(key) = self.integer(groups, &lookup.key, cell) else { return false };
                let row = key - i128::from(table.first_key);
                if row < 0 || row >= i128::from(table.len) {
                    return false;
                }
                let stated = |form| self.integer(groups, form, cell);
                lookup
                    .outputs
                    .iter()
                    .zip(&table.outputs)
                    .all(|(form, column)| stated(form) == Some(column[row as usize].into()))
            }
            Relation::Zerocheck { index, cell } => {
                let zerocheck = &self.plan.system().zerochecks()[index];
                let product = |(a, b): &(Affine, Affine)| {
                    assert_eq!((a.denominator_bits, b.denominator_bits), (0, 0), "zerochecks have no denominators");
                    self.affine(groups, a, cell) * self.affine(groups, b, cell)
                };
                zerocheck.products.iter().map(product).sum::<i128>() == 0
            }
        }
    }

    /// Table and key of each looked-up cell whose key is an integer without a row.
    pub fn missed_keys(&self, groups: &[Vec<i64>]) -> Vec<(usize, i128)> {
        let system = self.plan.system();
        let cells = system.lookups().iter().flat_map(|l| (0..1usize << l.num_vars).map(move |cell| (l, cell)));
        let missed = cells.filter_map(|(lookup, cell)| {
            let table = &system.tables()[lookup.table.0 as usize];
            let key = self.integer(groups, &lookup.key, cell)?;
            let row = key - i128::from(table.first_key);
            (row < 0 || row >= i128::from(table.len)).then_some((lookup.table.0 as usize, key))
        });
        missed.collect()
    }

    fn all(&self) -> Vec<Relation> {
        let system = self.plan.system();
        let lookups = system.lookups().iter().enumerate();
        let zerochecks = system.zerochecks().iter().enumerate();
        lookups
            .flat_map(|(index, l)| (0..1usize << l.num_vars).map(move |cell| Relation::Lookup { index, cell }))
            .chain(
                zerochecks.flat_map(|(index, z)| {
                    (0..1usize << z.num_vars).map(move |cell| Relation::Zerocheck { index, cell })
                }),
            )
            .collect()
    }

    /// Everything that is broken.
    pub fn broken(&self, groups: &[Vec<i64>]) -> Broken {
        let mut broken = Broken::default();
        for relation in self.all() {
            if !self.holds(groups, relation) {
                match relation {
                    Relation::Lookup { index, .. } => {
                        broken.lookups.insert(self.plan.system().lookups()[index].name.clone())
                    }
                    Relation::Zerocheck { index, .. } => {
                        broken.zerochecks.insert(self.plan.system().zerochecks()[index].name.clone())
                    }
                };
            }
        }
        broken
    }

    /// For each committed cell the relations that read it.
    pub fn readers(&self) -> BTreeMap<Cell, Vec<Relation>> {
        let system = self.plan.system();
        let mut readers: BTreeMap<Cell, Vec<Relation>> = BTreeMap::new();
        for relation in self.all() {
            let (cell, forms): (usize, Vec<&Affine>) = match relation {
                Relation::Lookup { index, cell } => {
                    let lookup = &system.lookups()[index];
                    (cell, std::iter::once(&lookup.key).chain(&lookup.outputs).collect())
                }
                Relation::Zerocheck { index, cell } => {
                    (cell, system.zerochecks()[index].products.iter().flat_map(|(a, b)| [a, b]).collect())
                }
            };
            let mut behind = BTreeSet::new();
            for (_, source) in forms.iter().flat_map(|f| &f.terms) {
                self.behind(*source, cell, &mut behind);
            }
            behind.into_iter().for_each(|committed| readers.entry(committed).or_default().push(relation));
        }
        readers
    }
}
