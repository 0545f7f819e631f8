//! The relation of an argmax; see the formulas in the module's head.

use super::ArgMax;
use crate::layout::Layout;
use crate::lower::{LowerError, Lowering, Role, Span, read_entry};
use crate::tensor::cells;
use intaglio_argument::system::{Affine, AxisMap, Coord, Entry, Factor, Public, SourceId, TensorId, Wiring};

impl ArgMax {
    pub(crate) fn relate(&self, cx: &mut Lowering<'_>, node: usize) -> Result<(), LowerError> {
        let x = cx.node_input(node, 0);
        let Some(value) = cx.program.value(x).cloned() else { return Ok(()) };
        let name = cx.node_name(node);
        let n = value.shape.get(self.axis).copied().unwrap_or(1);
        let rows = Layout::separate(&self.rows(&value.shape));
        let row_vars = rows.num_vars();
        let domain = Layout::new(rows.axes().iter().copied().chain([n]).collect());
        let num_vars = domain.num_vars();
        let row_count = cells(rows.axes());
        // Σ over rows of all pairs i < j: quadratic in the axis, refused before it is built
        cx.reserve(node, row_count.saturating_mul(n))?;
        cx.reserve(node, row_count.saturating_mul(n.saturating_mul(n.saturating_sub(1)) >> 1))?;
        let maximum = cx.column(&format!("{name}, M"), row_vars, Role::RowMaximum(node));
        let selectors = cx.column(&format!("{name}, s"), num_vars, Role::RowSelectors(node));
        let index = cx.column(&format!("{name}, index"), row_vars, Role::Value(cx.program.output_of(node)));

        let true_cells = |row: usize, i: usize| domain.cell_of(row * n + i);
        let each: Vec<(usize, usize)> = (0..cells(rows.axes())).flat_map(|row| (0..n).map(move |i| (row, i))).collect();
        let own = each.iter().map(|(row, i)| (true_cells(*row, *i), self.cell(&value.shape, *row, *i), 1)).collect();
        let own = cx.wire_cells(node, x, num_vars, own)?;
        let spread = each.iter().map(|(row, i)| read_entry(true_cells(*row, *i), rows.cell_of(*row), 1)).collect();
        let spread = wire(cx, &format!("{name}, M on true cells"), num_vars, maximum, row_vars, spread);
        let later: Vec<Entry> = each
            .iter()
            .flat_map(|(row, i)| (i + 1..n).map(move |j| (*row, *i, j)))
            .map(|(row, i, j)| read_entry(true_cells(row, i), true_cells(row, j), 1))
            .collect();
        let later = wire(cx, &format!("{name}, later selectors"), num_vars, selectors, num_vars, later);
        let s = cx.b.whole(selectors);
        let u = Affine::source(spread).plus(-1, own);
        // first index: where a later cell is selected, the difference is at least one
        let span = |complement| Span::ArgDifference { node, complement };
        let reach = value.hi - value.lo;
        cx.within(&format!("{name}, u"), num_vars, &u.clone().plus(-1, later), reach, [span(false), span(true)]);
        let mask = cx.b.public(Public::Mask { axes: domain.mask() });
        let allowed = u.plus_constant(1).plus_public(-1, mask);
        cx.b.zerocheck(&format!("{name}, selected"), num_vars, vec![(Affine::source(s), allowed)]);
        cx.b.zerocheck(
            &format!("{name}, Boolean"),
            num_vars,
            vec![(Affine::source(s), Affine::constant(1).plus(-1, s))],
        );
        let coords = (0..row_vars).map(Coord::Var).chain((row_vars..num_vars).map(|_| Coord::Sum)).collect();
        let total = cx.b.read(&format!("{name}, Σ s"), row_vars, selectors, coords);
        let true_rows = cx.b.public(Public::Mask { axes: rows.mask() });
        let one = Affine::public(true_rows).plus(-1, total);
        cx.b.zerocheck(&format!("{name}, one selected"), row_vars, vec![(Affine::constant(1), one)]);
        let weighted = each
            .iter()
            .filter(|(_, i)| *i > 0)
            .map(|(row, i)| read_entry(rows.cell_of(*row), true_cells(*row, *i), i64::try_from(*i).unwrap_or(0)))
            .collect();
        let weighted = wire(cx, &format!("{name}, Σ i·s"), row_vars, selectors, num_vars, weighted);
        let whole = cx.b.whole(index);
        let equal = Affine::source(weighted).plus(-1, whole);
        cx.b.zerocheck(&format!("{name}, index"), row_vars, vec![(Affine::constant(1), equal)]);
        cx.make_tensor(index);
        Ok(())
    }
}

/// A sparse wiring over all variables of both sides.
fn wire(
    cx: &mut Lowering<'_>,
    name: &str,
    view_vars: usize,
    tensor: TensorId,
    tensor_vars: usize,
    mut entries: Vec<Entry>,
) -> SourceId {
    entries.sort_unstable_by_key(|e| (e.view, e.tensor));
    let factor =
        Factor { view: (0..view_vars).collect(), tensor: (0..tensor_vars).collect(), map: AxisMap::Sparse(entries) };
    cx.b.wired(name, view_vars, tensor, Wiring { factors: vec![factor] })
}
