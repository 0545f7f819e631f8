//! The digest of a system: every field, in order of declaration.

use super::{
    Affine, AxisMap, Coord, Entry, Factor, Inner, Lookup, Operand, OperandCoord, Origin, Public, RowGroup, Source,
    SourceKind, System, Table, Tensor, Zerocheck,
};
use blake2b_simd::{Params, State};

/// Writes integers, lengths and names into the hash, each of fixed size or length-prefixed.
struct Writer(State);

impl Writer {
    fn int(&mut self, value: i128) {
        self.0.update(&value.to_le_bytes());
    }

    fn count(&mut self, value: usize) {
        self.int(value as i128);
    }

    fn text(&mut self, value: &str) {
        self.count(value.len());
        self.0.update(value.as_bytes());
    }

    fn indices(&mut self, values: &[usize]) {
        self.count(values.len());
        values.iter().for_each(|v| self.count(*v));
    }

    fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.count(items.len());
        for item in items {
            write(self, item);
        }
    }
}

impl System {
    /// BLAKE2b of the system's canonical form: what the transcript binds a schedule by.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        // Exhaustive on purpose: a new field does not compile until it is bound.
        let Self { kind, column_vars, groups, tensors, sources, publics, tables, lookups, zerochecks } = self;
        let mut w = Writer(Params::new().hash_length(32).personal(b"intaglio-system1").to_state());
        w.text(kind);
        w.count(*column_vars);
        w.list(groups, |w, RowGroup { name, origin, width_vars }| {
            w.text(name);
            w.int(i128::from(matches!(origin, Origin::Witness)));
            w.count(*width_vars);
        });
        w.list(tensors, |w, Tensor { name, num_vars, group }| {
            w.text(name);
            w.count(*num_vars);
            w.int(group.0.into());
        });
        w.list(sources, source);
        w.list(publics, |w, p| match p {
            Public::Mask { axes } => {
                w.int(0);
                w.list(axes, |w, (n, len)| {
                    w.count(*n);
                    w.int((*len).into());
                });
            }
            Public::Values { name, num_vars } => {
                w.int(1);
                w.text(name);
                w.count(*num_vars);
            }
        });
        w.list(tables, |w, Table { name, first_key, len, outputs, blocks }| {
            w.text(name);
            w.int((*first_key).into());
            w.int((*len).into());
            w.list(outputs, |w, column| w.list(column, |w, v| w.int((*v).into())));
            w.list(blocks, |w, b| {
                w.int(b.first_row.into());
                w.count(b.num_vars);
                w.int(b.multiplicity.0.into());
            });
        });
        w.list(lookups, |w, Lookup { name, table, num_vars, key, outputs }| {
            w.text(name);
            w.int(table.0.into());
            w.count(*num_vars);
            affine(w, key);
            w.list(outputs, affine);
        });
        w.list(zerochecks, |w, Zerocheck { name, num_vars, products }| {
            w.text(name);
            w.count(*num_vars);
            w.list(products, |w, (a, b)| {
                affine(w, a);
                affine(w, b);
            });
        });
        let mut digest = [0; 32];
        digest.iter_mut().zip(w.0.finalize().as_bytes()).for_each(|(d, b)| *d = *b);
        digest
    }
}

fn affine(w: &mut Writer, form: &Affine) {
    let Affine { constant, terms, publics, denominator_bits } = form;
    w.int(*constant);
    w.list(terms, |w, (k, s)| {
        w.int((*k).into());
        w.int(s.0.into());
    });
    w.list(publics, |w, (k, p)| {
        w.int((*k).into());
        w.int(p.0.into());
    });
    w.int((*denominator_bits).into());
}

fn source(w: &mut Writer, Source { name, num_vars, kind }: &Source) {
    w.text(name);
    w.count(*num_vars);
    match kind {
        SourceKind::Read { tensor, coords } => {
            w.int(0);
            w.int(tensor.0.into());
            w.list(coords, |w, c| match c {
                Coord::Var(i) => w.count(*i),
                Coord::Sum => w.int(-1),
                Coord::Zero => w.int(-2),
                Coord::One => w.int(-3),
            });
        }
        SourceKind::Inner(Inner { summed, shared, left, right }) => {
            w.int(1);
            w.count(*summed);
            w.indices(shared);
            operand(w, left);
            operand(w, right);
        }
        SourceKind::Wired { tensor, wiring } => {
            w.int(2);
            w.int(tensor.0.into());
            w.list(&wiring.factors, |w, Factor { view, tensor, map }| {
                w.indices(view);
                w.indices(tensor);
                match map {
                    AxisMap::Identity => w.int(0),
                    AxisMap::Sparse(entries) => {
                        w.int(1);
                        w.list(entries, |w, Entry { view, tensor, weight }| {
                            w.int((*view).into());
                            w.int((*tensor).into());
                            w.int((*weight).into());
                        });
                    }
                }
            });
        }
    }
}

fn operand(w: &mut Writer, Operand { source, coords }: &Operand) {
    w.int(source.0.into());
    w.list(coords, |w, c| {
        let (kind, index) = match c {
            OperandCoord::Out(i) => (0, i),
            OperandCoord::Summed(i) => (1, i),
            OperandCoord::Shared(i) => (2, i),
        };
        w.int(kind);
        w.count(*index);
    });
}
