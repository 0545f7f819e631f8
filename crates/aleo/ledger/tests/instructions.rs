//! Models as programs of instructions: what they cost is foretold, what they compute is what the interpreter says.

use intaglio_aleo::instructions::{Instructions, InstructionsError, Target, Visibility, fits, generate};
use intaglio_aleo_ledger::account::Account;
use intaglio_aleo_ledger::author::{Author, Call};
use intaglio_aleo_ledger::chain::{Chain, DEVELOPMENT, Outcome};
use intaglio_program::description::parse;
use intaglio_program::interpret::run;
use intaglio_program::program::{Overflow, Program};
use intaglio_program::tensor::{IntTensor, cells};
use snarkvm_ledger::block::Transaction;

/// A small deterministic generator.
struct Numbers(u64);

impl Numbers {
    fn between(&mut self, lo: i64, hi: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        lo + ((self.0 >> 20) % (hi - lo + 1) as u64) as i64
    }

    fn tensor(&mut self, shape: &[usize], (lo, hi): (i64, i64)) -> IntTensor {
        IntTensor { shape: shape.to_vec(), data: (0..cells(shape)).map(|_| self.between(lo, hi)).collect() }
    }
}

struct Net {
    program: Program,
    weights: Vec<IntTensor>,
}

impl Net {
    /// Layers of `widths` cells; each requantise is `(shift, lo, hi)`.
    fn new(overflow: &str, input: (i64, i64), widths: &[usize], bits: u32, rescales: &[(u32, i64, i64)]) -> Self {
        let (mut parameters, mut nodes) = (Vec::new(), Vec::new());
        for (index, pair) in widths.windows(2).enumerate() {
            let (i, o, w) = (pair[0], pair[1], 2 * index);
            parameters.push(format!(r#"{{"name": "w{index}", "shape": [{o},{i}], "bits": {bits}}}"#));
            parameters.push(format!(r#"{{"name": "b{index}", "shape": [{o}], "bits": 8}}"#));
            let (name, from) = (format!("fc{index}"), 2 * index);
            nodes.push(format!(
                r#"{{"name": "{name}", "op": "matmul", "weight": {w}, "bias": {}, "inputs": [{from}]}}"#,
                w + 1
            ));
            let (shift, lo, hi) = rescales[index];
            nodes.push(format!(
                r#"{{"name": "q{index}", "op": "requantise", "shift": {shift}, "lo": {lo}, "hi": {hi}, "inputs": [{}]}}"#,
                from + 1
            ));
        }
        let (lo, hi) = input;
        let program = parse(&format!(
            r#"{{"limb_bits": 8, "overflow": "{overflow}", "tables": [], "parameters": [{}],
                "inputs": [{{"name": "x", "shape": [1,{}], "exponent": 0, "lo": {lo}, "hi": {hi}}}],
                "nodes": [{}], "outputs": [{{"name": "y", "value": {}, "exponent": 0}}]}}"#,
            parameters.join(","),
            widths[0],
            nodes.join(","),
            nodes.len()
        ))
        .expect("a program");
        let mut numbers = Numbers(widths.iter().sum::<usize>() as u64 + u64::from(bits));
        let weights = program.parameters().iter().map(|p| numbers.tensor(&p.shape, p.range())).collect();
        Self { program, weights }
    }

    fn written(&self, name: &str, input: Visibility, output: Visibility) -> Instructions {
        generate(&self.program, &self.weights, &Target { name: name.into(), input, output }).expect("instructions")
    }

    fn sample(&self, numbers: &mut Numbers) -> IntTensor {
        let input = &self.program.inputs()[0];
        numbers.tensor(&input.shape, (input.lo, input.hi))
    }

    /// What the interpreter says, or nothing if it refuses.
    fn expected(&self, input: &IntTensor) -> Option<Vec<i64>> {
        let outputs = run(&self.program, std::slice::from_ref(input), &self.weights).ok()?;
        let refuses =
            self.program.overflow() == Overflow::Refuse && outputs.saturated.iter().any(|(_, count)| *count > 0);
        (!refuses).then_some(())?;
        Some(outputs.values[self.program.outputs()[0].value.0 as usize].data.clone())
    }
}

use Visibility::{Private, Public};

fn nets() -> Vec<(Net, Visibility, Visibility)> {
    let relu = (4, 0, 127);
    vec![
        (Net::new("saturate", (-128, 127), &[4, 3, 2], 8, &[relu, (4, -2048, 2047)]), Public, Public),
        (Net::new("refuse", (-128, 127), &[4, 3, 2], 4, &[(3, 0, 255), (2, -512, 511)]), Private, Public),
        (Net::new("refuse", (0, 15), &[9, 5, 1], 6, &[(2, 0, 127), (0, -1024, 1023)]), Private, Private),
        (Net::new("saturate", (-5, 100), &[40, 8, 11], 8, &[(7, -128, 127), (5, -100, 100)]), Public, Private),
        (Net::new("saturate", (-30_000, 30_000), &[20, 30], 8, &[(3, -2_000_000, 2_000_000)]), Private, Public),
        (Net::new("refuse", (-128, 127), &[130, 4], 8, &[(6, -32768, 32767)]), Public, Public),
    ]
}

#[test]
fn costs_are_foretold_and_outputs_are_the_interpreters() {
    let account = Account::new().expect("a key");
    let (author, mut numbers) = (Author::new().expect("snarkVM"), Numbers(7));
    let mut refusals = 0;
    for (index, (net, input, output)) in nets().into_iter().enumerate() {
        let name = format!("written_net_{index}");
        let made = net.written(&name, input, output);
        author.learn(&made.source).expect("it type-checks");
        let counts = author.all_counts(&format!("{name}.aleo")).expect("known");
        assert_eq!(counts[0].1.constraints, made.constraints, "{name}");
        let mut refused = 0;
        for round in 0..6 {
            let mut sample = net.sample(&mut numbers);
            if round % 2 == 1 {
                // small values: refusing nets run through
                sample.data.iter_mut().for_each(|v| *v = (*v).clamp(0, 2));
            }
            let call = Call::new(&format!("{name}.aleo"), "run", &[&made.input.encode(&sample.data)]);
            let outputs = author.evaluate(&account, &call);
            match net.expected(&sample) {
                Some(expected) => {
                    let outputs = outputs.unwrap_or_else(|e| panic!("{name}: {e}"));
                    assert_eq!(made.output.decode(&outputs[0]), Some(expected), "{name}");
                }
                None => {
                    assert!(outputs.is_err(), "{name}: the interpreter refuses");
                    refused += 1;
                }
            }
        }
        refusals += refused;
    }
    assert!(refusals > 2, "some net must refuse some input: {refusals}");
}

#[test]
fn an_input_beyond_its_range_fails() {
    let account = Account::new().expect("a key");
    let author = Author::new().expect("snarkVM");
    let net = Net::new("saturate", (-5, 100), &[4, 2], 8, &[(4, -128, 127)]);
    let made = net.written("ranged_net", Private, Public);
    author.learn(&made.source).expect("it type-checks");
    let judge = |cells: &[i64]| {
        author.evaluate(&account, &Call::new("ranged_net.aleo", "run", &[&made.input.encode(cells)])).is_ok()
    };
    assert!(judge(&[-5, 100, 0, 0]));
    assert!(!judge(&[-5, 101, 0, 0]));
}

#[test]
fn what_is_not_written_is_refused_by_name() {
    let net = Net::new("saturate", (-128, 127), &[4, 2], 8, &[(4, -128, 127)]);
    let target = |name: &str| Target { name: name.into(), input: Private, output: Public };
    for name in ["", "Upper", "9lives", "with.dot", "a_name_that_is_longer_than_thirty_one"] {
        let made = generate(&net.program, &net.weights, &target(name));
        assert_eq!(made, Err(InstructionsError::Name(name.into())));
    }
    let wide = Net::new("saturate", (0, 1), &[3000, 1], 8, &[(4, -128, 127)]);
    let made = generate(&wide.program, &wide.weights, &target("wide_net_of_cells"));
    assert!(matches!(made, Err(InstructionsError::Limit { what: "cells of the input", got: 3000, most: 2048, .. })));
    let heavy = Net::new("saturate", (0, 1), &[500, 100], 8, &[(4, -128, 127)]);
    let made = generate(&heavy.program, &heavy.weights, &target("heavy_net_of_weights"));
    let text = made.expect_err("too many").to_string();
    assert!(text.starts_with("instructions: 102") && text.contains("at most 65535, so 3"), "{text}");
    let argmax = parse(
        r#"{"limb_bits": 8, "overflow": "saturate", "tables": [], "parameters": [],
            "inputs": [{"name": "x", "shape": [1,4], "exponent": 0, "lo": 0, "hi": 9}],
            "nodes": [{"name": "best", "op": "argmax", "axis": 1, "keepdims": false, "inputs": [0]}],
            "outputs": [{"name": "y", "value": 1, "exponent": 0}]}"#,
    )
    .expect("a program");
    let text = generate(&argmax, &[], &target("places_of_maxima")).expect_err("refused").to_string();
    assert_eq!(text, "node 'best': the place of a maximum is not written as instructions; a circuit takes it");
    assert!(fits(16_385).expect_err("too many").to_string().contains("so 1 too many"));
    assert_eq!(fits(16_384), Ok(()));
}

/// Deployed, executed, proven and accepted, for the price that was foretold.
#[test]
fn nets_run_on_the_chain_below_2_16_powers() {
    let chain = Chain::from_bytes(DEVELOPMENT).expect("a chain");
    let author = Author::new().expect("snarkVM");
    let owner = &chain.validators()[0];
    let mut numbers = Numbers(3);
    let regression = Net::new("saturate", (-128, 127), &[30, 1], 8, &[(4, -32_768, 32_767)]);
    // narrow weights: 16-bit sums of 64 products
    let perceptron = Net::new("refuse", (0, 15), &[64, 160, 10], 4, &[(6, 0, 127), (5, -32_768, 32_767)]);
    for (net, name, input) in
        [(regression, "logistic_regression", Private), (perceptron, "perceptron_64_160_10", Public)]
    {
        let made = net.written(name, input, Public);
        fits(made.constraints).expect("2^16 powers");
        let price = author.deployment_price(&made.source).expect("a price");
        let tip = chain.tip().expect("newest rules");
        let (deployment, paid) = author.deploy(owner, &made.source, &tip).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(price, paid, "{name}");
        let Transaction::Deploy(_, _, _, deployed, _) = &deployment else { panic!("a deployment") };
        let counted = deployed.verifying_keys()[0].1.0.circuit_info.num_constraints;
        assert_eq!(counted, made.constraints, "{name}");
        println!("{name}: {} characters, {counted} constraints, {paid} microcredits", made.source.len());
        assert_eq!(chain.advance(vec![deployment]).expect("a block"), [Outcome::Accepted]);
        let sample = net.sample(&mut numbers);
        let call = Call::new(&format!("{name}.aleo"), "run", &[&made.input.encode(&sample.data)]);
        let transaction = author.execute(owner, &call, &chain.tip().expect("newest rules")).expect("a proof");
        let outputs = transaction.transitions().next().expect("one").outputs().to_vec();
        let shown = format!("{}", outputs[0]);
        let value =
            shown.split("\"value\":").nth(1).and_then(|v| v.split('"').nth(1)).expect("public").replace("\\n", "");
        assert_eq!(made.output.decode(&value), net.expected(&sample), "{name}");
        assert_eq!(chain.advance(vec![transaction]).expect("a block"), [Outcome::Accepted]);
    }
}
