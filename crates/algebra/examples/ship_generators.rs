//! Writes `src/generators/generators.bin` and prints its digest for `SHIPPED_DIGEST`.

use intaglio_algebra::encoding::encode_point;
use intaglio_algebra::generators::{Family, SHIPPED_PADS, SHIPPED_ROWS, derive};
use rayon::prelude::*;

fn main() -> std::io::Result<()> {
    let families = [
        (Family::Rows, SHIPPED_ROWS),
        (Family::Pads, SHIPPED_PADS),
        (Family::Mask, 1),
        (Family::Blind, 1),
        (Family::Product, 1),
    ];
    let mut bytes = Vec::new();
    for (family, count) in families {
        let points: Vec<[u8; 64]> = (0..count).into_par_iter().map(|i| encode_point(&derive(family, i))).collect();
        bytes.extend(points.concat());
    }
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/generators/generators.bin"), &bytes)?;
    println!("{}", blake2b_simd::blake2b(&bytes).to_hex());
    Ok(())
}
