//! The relation of a weighted sum: an affine form. Values of other layouts or shapes are wired.

use super::Add;
use crate::layout::Layout;
use crate::lower::{Known, LowerError, Lowering, read_entry};
use crate::tensor::{broadcast_index, unravel};
use intaglio_argument::system::{Affine, AxisMap, Factor, Wiring};

impl Add {
    pub(crate) fn relate(&self, cx: &mut Lowering<'_>, node: usize) -> Result<(), LowerError> {
        let out = cx.output_value(node);
        let num_vars = out.layout.num_vars();
        let mut acc = Affine::constant(self.constant.into());
        for (index, coefficient) in self.coefficients.iter().enumerate() {
            let input = cx.node_input(node, index);
            let shape = cx.program.value(input).map(|v| v.shape.clone()).unwrap_or_default();
            match cx.known(input) {
                Known::Accumulator(form) => {
                    acc.constant += form.constant * i128::from(*coefficient);
                    acc.terms.extend(form.terms.iter().map(|(k, s)| (k * coefficient, *s)));
                }
                Known::Tensor(_) | Known::View if shape == out.shape => {
                    let source = cx.read_value(node, input, &out.layout)?;
                    acc = acc.plus(*coefficient, source);
                }
                Known::Tensor(_) | Known::View => {
                    cx.reserve(node, out.layout.cells())?;
                    let cells = spread(&out.shape, &shape, &out.layout);
                    let source = cx.wire_cells(node, input, num_vars, cells)?;
                    acc = acc.plus(*coefficient, source);
                }
            }
        }
        for (id, coefficient) in &self.parameters {
            let Some(p) = cx.program.parameters().get(id.0 as usize).cloned() else { continue };
            let own = cx.parameter_layout(*id);
            cx.reserve(node, out.layout.cells())?;
            let entries = spread(&out.shape, &p.shape, &out.layout);
            let entries = entries.into_iter().map(|(cell, flat, w)| read_entry(cell, own.cell_of(flat), w)).collect();
            let factor = Factor {
                view: (0..num_vars).collect(),
                tensor: (0..own.num_vars()).collect(),
                map: AxisMap::Sparse(entries),
            };
            let tensor = cx.parameter(*id);
            let source = cx.b.wired(
                &format!("{}, '{}'", cx.node_name(node), p.name),
                num_vars,
                tensor,
                Wiring { factors: vec![factor] },
            );
            acc = acc.plus(*coefficient, source);
        }
        cx.make_accumulator(acc);
        Ok(())
    }
}

/// `(cell of the domain, row-major cell of the broadcast tensor, 1)`, by cell.
fn spread(out: &[usize], shape: &[usize], domain: &Layout) -> Vec<(usize, usize, i64)> {
    let mut cells: Vec<_> = (0..domain.cells())
        .map(|flat| (domain.cell_of(flat), broadcast_index(&unravel(flat, out), shape), 1))
        .collect();
    cells.sort_unstable();
    cells
}
