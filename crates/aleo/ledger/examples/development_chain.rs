//! Makes `development.chain` anew, in `fixtures/` or the folder that INTAGLIO_FIXTURES names: a genesis block of fresh
//! validators, empty blocks up to the newest rules, and our contracts deployed. Minutes; needs 2^16 powers.

use intaglio_aleo_ledger::author::Author;
use intaglio_aleo_ledger::chain::{Chain, Outcome};
use intaglio_aleo_ledger::contracts::{DEPLOYED, source};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let chain = Chain::create()?;
    let author = Author::new()?;
    for name in DEPLOYED {
        let program = source(name).ok_or("no such contract")?;
        let (deployment, price) = author.deploy(&chain.validators()[0], program, &chain.tip()?)?;
        if let Some(objection) = chain.objection(&deployment) {
            return Err(objection.into());
        }
        if chain.advance(vec![deployment])? != [Outcome::Accepted] {
            return Err(format!("{name} was not accepted").into());
        }
        println!("{name}: {} bytes, {price} microcredits", program.len());
    }
    let own = || concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures").into();
    let folder = std::path::PathBuf::from(std::env::var_os("INTAGLIO_FIXTURES").unwrap_or_else(own));
    std::fs::write(folder.join("development.chain"), chain.to_bytes()?)?;
    println!("{}: height {}", folder.display(), chain.height());
    Ok(())
}
