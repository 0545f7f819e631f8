//! Prints what deploying programs costs and what their circuits take: `cargo run --example function_counts -- a.aleo b.aleo`, in order of imports.

use intaglio_aleo::parameters::needed;
use intaglio_aleo_ledger::author::Author;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let author = Author::new()?;
    for path in std::env::args().skip(1) {
        let source = std::fs::read_to_string(&path)?;
        if let Ok(price) = author.deployment_price(&source) {
            println!("{path}: {price} microcredits");
        }
        let id = author.learn(&source)?.to_string();
        for (function, counts) in author.all_counts(&id)? {
            let [a, b, c] = counts.non_zeros;
            let powers = needed(&counts);
            println!("{id}/{function}: {} constraints, {a}/{b}/{c} non-zeros, 2^{powers}", counts.constraints);
        }
    }
    Ok(())
}
