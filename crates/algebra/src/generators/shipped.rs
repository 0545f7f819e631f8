//! The generators in the file: 4096 `G`, 1024 `K`, then `S`, `H`, `Q`, each as 64 bytes `x ‖ y`.
//!
//! `cargo run --release -p intaglio-algebra --example ship_generators` writes it.

use super::derive::Family;
use crate::{Affine, encoding};

/// Generators of family `G` in the file.
pub const SHIPPED_ROWS: u64 = 4096;
/// Generators of family `K` in the file.
pub const SHIPPED_PADS: u64 = 1024;
/// BLAKE2b-512 of the file, in hexadecimal.
pub const SHIPPED_DIGEST: &str = concat!(
    "77b7b88fd1d421a9fdfeb112e54dcf7c23a3ac83d4b1727c98b57152904110f2",
    "70667fc679175d9fba801e013057755dc461a7191b5047e4e6d4cbe0bc93494e"
);

static FILE: &[u8] = include_bytes!("generators.bin");

/// The bytes of the file.
#[must_use]
pub fn shipped_bytes() -> &'static [u8] {
    FILE
}

/// Where a generator stands in the file, if it is shipped.
fn position(family: Family, index: u64) -> Option<u64> {
    let (start, count) = match family {
        Family::Rows => (0, SHIPPED_ROWS),
        Family::Pads => (SHIPPED_ROWS, SHIPPED_PADS),
        Family::Mask => (SHIPPED_ROWS + SHIPPED_PADS, 1),
        Family::Blind => (SHIPPED_ROWS + SHIPPED_PADS + 1, 1),
        Family::Product => (SHIPPED_ROWS + SHIPPED_PADS + 2, 1),
    };
    (index < count).then(|| start + index)
}

/// A generator of the file. The file is ours and its digest is tested, so the curve is not checked again.
pub(super) fn read(family: Family, index: u64) -> Option<Affine> {
    let start = usize::try_from(position(family, index)?).ok()?.checked_mul(64)?;
    let bytes: &[u8; 64] = FILE.get(start..start.checked_add(64)?)?.try_into().ok()?;
    encoding::point_unchecked(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::super::derive::derive;
    use super::*;
    use rayon::prelude::*;

    #[test]
    fn the_file_has_the_pinned_digest_and_length() {
        assert_eq!(FILE.len() as u64, 64 * (SHIPPED_ROWS + SHIPPED_PADS + 3));
        assert_eq!(blake2b_simd::blake2b(FILE).to_hex().as_str(), SHIPPED_DIGEST);
    }

    #[test]
    fn every_shipped_generator_is_the_derived_one() {
        let families = [
            (Family::Rows, SHIPPED_ROWS),
            (Family::Pads, SHIPPED_PADS),
            (Family::Mask, 1),
            (Family::Blind, 1),
            (Family::Product, 1),
        ];
        for (family, count) in families {
            (0..count).into_par_iter().for_each(|index| {
                assert_eq!(read(family, index), Some(derive(family, index)), "{family:?} {index}");
            });
            assert_eq!(read(family, count), None);
        }
    }
}
