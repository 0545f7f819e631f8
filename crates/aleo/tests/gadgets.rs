//! Every gadget: what it costs, that honest values satisfy it, that no other value of any of its variables does.

use intaglio_aleo::element::Element;
use intaglio_aleo::gadgets::{Misfit, Number, Rescale, bits, lookup, maximum, multiply, positive_part, rescale};
use intaglio_aleo::poseidon::{RATE, constrain_hash, hash};
use intaglio_aleo::r1cs::{R1cs, Value, Wire, field};
use snarkvm_algorithms::crypto_hash::Poseidon;
use snarkvm_curves::bls12_377::Fr;
use snarkvm_fields::Zero;

/// A system whose public numbers are the gadget's operands.
fn system(operands: &[i128]) -> (R1cs, Vec<Number>) {
    let cs = R1cs::new(operands.iter().map(|v| Value::Number(*v)).collect());
    let numbers = operands.iter().enumerate().map(|(i, v)| Number::wire(Wire(i as u32 + 1), *v)).collect();
    (cs, numbers)
}

/// Runs a gadget, checks its result and cost, and that every private variable has one value only.
fn check(
    operands: &[i128],
    expected: i128,
    constraints: usize,
    gadget: impl Fn(&mut R1cs, &[Number]) -> Result<Number, Misfit>,
) {
    let (mut cs, numbers) = system(operands);
    let result = gadget(&mut cs, &numbers).expect("in range");
    assert_eq!(result.value, expected, "{operands:?}");
    assert_eq!(cs.broken(), None, "{operands:?}");
    assert_eq!(cs.counts().constraints, constraints, "{operands:?}");
    for private in 0..cs.privates().len() {
        let Value::Number(own) = cs.privates()[private] else { panic!("a number") };
        for other in [own + 1, own - 1, 1 - own, -own, own + 2] {
            let mut wrong = cs.clone();
            wrong.set(private, Value::Number(other));
            assert_eq!(wrong.broken().is_none(), other == own, "{operands:?}: variable {private} = {other}");
        }
    }
}

fn relu(shift: u32, bits: u32) -> Rescale {
    let half = 1i128 << (bits - 1);
    // declared so that the bits of the accumulator are all that is needed
    let rounding = if shift == 0 { 0 } else { 1 << (shift - 1) };
    Rescale {
        shift,
        kept: (0, (half >> shift) - 1),
        declared: (-half - rounding, half - 1 - rounding),
        saturate: false,
    }
}

#[test]
fn relu_and_rescale_cost_18_and_34() {
    for (acc, y) in [(-32768, 0), (-9, 0), (-8, 0), (7, 0), (8, 1), (23, 1), (24, 2), (32759, 2047)] {
        check(&[acc], y, 18, |cs, x| rescale(cs, &x[0], relu(4, 16)));
    }
    check(&[123_456_789], 1884, 34, |cs, x| rescale(cs, &x[0], relu(16, 32)));
    check(&[-123_456_789], 0, 34, |cs, x| rescale(cs, &x[0], relu(16, 32)));
}

#[test]
fn what_leaves_its_range_has_no_witness() {
    for acc in [32760, 40_000, -32777] {
        let (mut cs, x) = system(&[acc]);
        assert!(rescale(&mut cs, &x[0], relu(4, 16)).is_err(), "{acc}");
    }
    let (mut cs, x) = system(&[256]);
    assert!(bits(&mut cs, &x[0], 8).is_err());
    assert!(lookup(&mut cs, &x[0], 0, &[1, 2]).is_err());
}

#[test]
fn saturation_keeps_the_nearest_bound() {
    let rule = Rescale { shift: 3, kept: (-10, 20), declared: (-1000, 1000), saturate: true };
    for acc in [-1000, -100, -85, -84, -83, -4, -3, 0, 3, 4, 160, 163, 164, 170, 1000] {
        let expected = ((acc + 4) >> 3).clamp(-10, 20);
        let (mut cs, x) = system(&[acc]);
        let made = rescale(&mut cs, &x[0], rule).expect("any value");
        assert_eq!(made.value, expected);
        let cost = cs.counts().constraints;
        check(&[acc], expected, cost, |cs, x| rescale(cs, &x[0], rule));
    }
}

#[test]
fn refused_overflow_is_checked_on_both_sides() {
    let rule = Rescale { shift: 2, kept: (-10, 20), declared: (-1000, 1000), saturate: false };
    for acc in [-42, -40, 0, 79, 81] {
        let (mut cs, x) = system(&[acc]);
        rescale(&mut cs, &x[0], rule).expect("in range");
        assert_eq!(cs.broken(), None);
    }
    for acc in [-43, 82, 1000, -1000] {
        let (mut cs, x) = system(&[acc]);
        assert!(rescale(&mut cs, &x[0], rule).is_err(), "{acc}");
    }
}

#[test]
fn products_parts_maxima_and_tables() {
    check(&[7, -3], -21, 1, |cs, x| Ok(multiply(cs, &x[0], &x[1])));
    for value in [-8, -1, 0, 1, 7] {
        check(&[value], value.max(0), 6, |cs, x| positive_part(cs, &x[0], (-8, 7)));
    }
    for (a, b) in [(-8, 7), (7, -8), (3, 3), (0, -1)] {
        check(&[a, b], a.max(b), 8, |cs, x| maximum(cs, &x[0], &x[1], (-8, 7)));
    }
    let squares: Vec<i64> = (-4..4).map(|k: i64| k * k).collect();
    for key in -4..4 {
        check(&[key], key * key, 11, |cs, x| lookup(cs, &x[0], -4, &squares));
    }
}

/// A quotient one too high, with the remainder that balances it, needs a bit that is none.
#[test]
fn a_shifted_quotient_needs_a_bit_that_is_none() {
    let (mut cs, x) = system(&[100]);
    let made = rescale(&mut cs, &x[0], relu(4, 16)).expect("in range");
    assert_eq!(made.value, 6);
    let mut wrong = cs.clone();
    // bits of 100 + 8 + 2^15: the fourth is 0, the fifth is 1: swap weight 2^4 for two of weight 2^3
    assert_eq!((cs.privates()[3], cs.privates()[5]), (Value::Number(1), Value::Number(1)));
    wrong.set(5, Value::Number(0));
    wrong.set(4, Value::Number(2));
    assert!(wrong.broken().is_some());
    let boolean = wrong.broken().expect("a row");
    assert_eq!(wrong.rows()[boolean].c.len(), 0, "the Boolean constraint, not the sum");
}

/// The gadget is the function, and the function is snarkVM's: `⌈n/8⌉` permutations of 515 constraints.
#[test]
fn poseidon_is_that_of_snarkvm() {
    let native = Poseidon::<Fr, RATE>::setup();
    let domain = field(77);
    for count in [1usize, 2, 8, 9, 17] {
        let values: Vec<Fr> = (0..count).map(|i| -field(1_000_003 * i as i128 + 5)).collect();
        let head = [domain, field(count as i128)].into_iter().chain(std::iter::repeat_n(Fr::zero(), 6));
        let plain = native.evaluate(&head.chain(values.iter().copied()).collect::<Vec<_>>());
        assert_eq!(hash(domain, &values), plain, "{count}");
        let mut cs = R1cs::new(vec![Value::Field(plain)]);
        let inputs: Vec<Element> = values.iter().map(|v| Element::alloc(&mut cs, *v)).collect();
        constrain_hash(&mut cs, domain, &inputs).state(&mut cs, Wire(1));
        assert_eq!(cs.broken(), None);
        // the capacity, and cells that no input reaches, are constants in the first round
        let idle = (RATE + 1).saturating_sub(count).max(1);
        assert_eq!(cs.counts().constraints, 515 * count.div_ceil(RATE) + 1 - 5 * idle, "{count} inputs");
        for private in 0..cs.privates().len() {
            let mut wrong = cs.clone();
            wrong.set(private, Value::Field(wrong.privates()[private].to_field() + field(1)));
            assert!(wrong.broken().is_some(), "variable {private}");
        }
    }
}
