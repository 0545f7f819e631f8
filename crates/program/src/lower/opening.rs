//! Opening a committed input or output, wholly or by element.

use super::LowerError;
use crate::layout::Layout;
use intaglio_argument::system::{Affine, Origin, Public, System, SystemBuilder};

/// `log2` of the width of a standard boundary row: the same in every program, so that rows can be handed on.
pub const BOUNDARY_WIDTH_VARS: usize = 8;

/// The system that shows some elements of a committed tensor of the given shape.
///
/// The statement's public tensors are: 1 at the shown elements and 0 elsewhere; the shown elements and 0 elsewhere.
///
/// # Errors
///
/// [`LowerError`] if the shape is too large.
pub fn opening(shape: &[usize]) -> Result<System, LowerError> {
    let num_vars = Layout::flat(shape).num_vars();
    let width = num_vars.min(BOUNDARY_WIDTH_VARS);
    let mut b = SystemBuilder::new("opening", width);
    let group = b.group("committed", Origin::Imported, width);
    let tensor = b.tensor("committed", num_vars, group);
    let x = b.whole(tensor);
    let shown = b.public(Public::Values { name: "shown".into(), num_vars });
    let elements = b.public(Public::Values { name: "elements".into(), num_vars });
    let products = vec![(Affine::public(shown), Affine::source(x)), (Affine::constant(-1), Affine::public(elements))];
    b.zerocheck("opening", num_vars, products);
    Ok(b.finish()?)
}
