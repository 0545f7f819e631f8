//! The relation of a function table.

use super::Lookup;
use crate::lower::{Lowering, Role};
use intaglio_argument::system::Affine;

impl Lookup {
    pub(crate) fn relate(&self, cx: &mut Lowering<'_>, node: usize) {
        let num_vars = cx.output_value(node).layout.num_vars();
        let name = cx.node_name(node);
        let input = cx.tensor_of(cx.node_input(node, 0));
        let x = cx.b.whole(input);
        let tensor = cx.column(&format!("{name}, y"), num_vars, Role::Value(cx.program.output_of(node)));
        let y = cx.b.whole(tensor);
        let table = cx.function_table(self.table.0);
        cx.b.lookup(&format!("{name}, (x, y)"), table, num_vars, Affine::source(x), vec![Affine::source(y)]);
        cx.make_tensor(tensor);
    }
}
