//! Writes or compares what the official Leo compiler makes of our contracts.
//!
//! `contracts-compiler SOURCES OUTPUTS [--check] [NAME…]`: compiles each `NAME.leo` of a folder, our contracts if none is
//! given, into `NAME.aleo` of another; with `--check` it compares instead, and fails where they differ.

use indexmap::IndexMap;
use leo_ast::{NetworkName, NodeBuilder, Stub};
use leo_compiler::Compiler;
use leo_errors::Handler;
use leo_span::source_map::FileName;
use leo_span::{Symbol, create_session_if_not_set_then};
use std::path::Path;
use std::rc::Rc;

type Network = snarkvm::prelude::TestnetV0;

/// Each may import those before it.
const ORDER: [&str; 6] = ["registry", "attest", "direct", "vouch", "record", "release"];

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let all = arguments.len();
    arguments.retain(|argument| argument != "--check");
    let check = arguments.len() < all;
    let [sources, outputs, names @ ..] = arguments.as_slice() else {
        eprintln!("usage: contracts-compiler SOURCES OUTPUTS [--check] [NAME…]");
        std::process::exit(2)
    };
    let names: Vec<&str> = if names.is_empty() { ORDER.to_vec() } else { names.iter().map(String::as_str).collect() };
    let (sources, outputs) = (Path::new(sources), Path::new(outputs));
    if let Err(cause) = create_session_if_not_set_then(|_| compile(&names, sources, outputs, check)) {
        eprintln!("{cause}");
        std::process::exit(1)
    }
}

fn compile(names: &[&str], sources: &Path, outputs: &Path, check: bool) -> Result<(), String> {
    let mut known = IndexMap::new();
    let credits = snarkvm::prelude::Program::<Network>::credits().map_err(|e| e.to_string())?;
    known.insert(Symbol::intern("credits.aleo"), stub("credits.aleo", &credits.to_string())?);
    for name in names {
        let path = sources.join(name).with_extension("leo");
        let source = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let nodes = Rc::new(NodeBuilder::default());
        let network = NetworkName::TestnetV0;
        let mut compiler = Compiler::new(None, false, Handler::default(), nodes, None, known.clone(), network);
        let made = compiler.compile(&source, FileName::Custom(path.display().to_string()), &Vec::new());
        let made = made.map_err(|e| e.to_string())?.primary;
        let target = outputs.join(name).with_extension("aleo");
        if check {
            let checked_in = std::fs::read_to_string(&target).map_err(|e| format!("{}: {e}", target.display()))?;
            if checked_in != made.bytecode {
                return Err(format!("{} is not what {} compiles to", target.display(), path.display()));
            }
        } else {
            std::fs::write(&target, &made.bytecode).map_err(|e| format!("{}: {e}", target.display()))?;
        }
        println!("{} -> {}: {} bytes", path.display(), target.display(), made.bytecode.len());
        let unit = made.name.trim_end_matches(".aleo").to_string();
        let unit = format!("{unit}.aleo");
        known.insert(Symbol::intern(&unit), stub(&unit, &made.bytecode)?);
    }
    Ok(())
}

fn stub(name: &str, bytecode: &str) -> Result<Stub, String> {
    let program = leo_disassembler::disassemble_from_str_unchecked::<Network>(name, bytecode);
    let program = program.map_err(|e| e.to_string())?;
    Ok(Stub::FromAleo { program, parents: Default::default() })
}
