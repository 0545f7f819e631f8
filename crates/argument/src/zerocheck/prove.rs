//! The prover's half: the tables of all products.

use crate::prove::Data;
use crate::rules::Check;
use crate::sumcheck::prove::Products;
use intaglio_algebra::{One, Scalar};

/// The terms of the zerocheck sum. A product with a factor that is zero everywhere is no exception: that no cell saturated,
/// say, is nobody's business.
pub(crate) fn terms(data: &mut Data<'_>, omega: Scalar) -> Products {
    let plan = data.plan;
    let mut terms = Vec::new();
    let mut weight = Scalar::one();
    for check in plan.system().zerochecks() {
        let own = plan.rules().weigh(Check::Zerocheck(&check.name), weight);
        for (a, b) in &check.products {
            let (left, right) = (data.affine(a, check.num_vars), data.affine(b, check.num_vars));
            terms.push((own, left.to_field(), right.to_field()));
        }
        weight *= omega;
    }
    Products::new(terms)
}
