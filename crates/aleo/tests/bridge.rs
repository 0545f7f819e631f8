//! Committed outputs of the core on the other side: as group literals, and opened in a circuit.

use intaglio_aleo::bridge::{BridgeError, MAX_CELLS, Opening, from_group, row, synthesise, to_group};
use intaglio_aleo::circuit::field_of;
use intaglio_aleo::edwards::{ADDITION, Point, coordinates, neutral};
use intaglio_aleo::element::Element;
use intaglio_aleo::gadgets::{Number, loose_bits};
use intaglio_aleo::r1cs::{R1cs, Value, Wire, field};
use intaglio_aleo::varuna::{Powers, public_inputs};
use intaglio_algebra::encoding::encode_point;
use intaglio_algebra::random::random_scalars;
use intaglio_algebra::{Affine, Base, CurveGroup, One, Scalar, Zero, generators};
use intaglio_program::layout::Layout;
use intaglio_prover::CommittedTensor;

fn random_points(count: usize) -> Vec<Affine> {
    let scalars = random_scalars(count).expect("randomness");
    scalars.iter().map(|k| (generators::blind() * k).into_affine()).collect()
}

fn order_two() -> Affine {
    Affine::new_unchecked(Base::zero(), -Base::one())
}

#[test]
fn points_come_back_from_their_literals() {
    for point in random_points(50).into_iter().chain([Affine::default()]) {
        let bytes = encode_point(&point);
        let literal = to_group(&bytes).expect("in the subgroup");
        assert_eq!(from_group(&literal).expect("ours"), bytes, "{literal}");
        // its twin has the other y, and a part of small order
        let twin: Affine = (order_two() - point).into();
        assert_eq!(twin.x, point.x);
        assert_eq!(to_group(&encode_point(&twin)), Err(BridgeError::SmallOrder));
    }
    assert_eq!(to_group(&[0xff; 64]), Err(BridgeError::Point));
    assert_eq!(to_group(&[3; 64]), Err(BridgeError::Point));
    let modulus = "8444461749428370424248824938781546531375899335154063827935233455917409239041group";
    for literal in ["", "group", "12", "-1group", "01group", "0x1group", "1field", modulus] {
        assert_eq!(from_group(literal), Err(BridgeError::Literal), "{literal}");
    }
    // an x without a point
    let none = (2..40).filter(|x| from_group(&format!("{x}group")).is_err()).count();
    assert!(none > 0 && none < 38);
}

/// The law in the circuit is the law of the core, whatever the points, for six constraints.
#[test]
fn sums_and_multiples_are_those_of_the_core() {
    let points = random_points(6);
    let pairs =
        [(points[0], points[1]), (points[2], points[2]), (points[3], Affine::default()), (points[4], -points[4])];
    for (left, right) in pairs {
        let mut cs = R1cs::new(vec![]);
        let mut known = |point: &Affine| {
            let [x, y] = coordinates(point).map(|v| Element::alloc(&mut cs, v));
            Point { x, y }
        };
        let (a, b) = (known(&left), known(&right));
        let sum = a.plus(&mut cs, &b);
        assert_eq!([sum.x.value(), sum.y.value()], coordinates(&(left + right).into()));
        assert_eq!((cs.broken(), cs.counts().constraints), (None, ADDITION));
        for private in 4..cs.privates().len() {
            let mut wrong = cs.clone();
            wrong.set(private, Value::Field(wrong.privates()[private].to_field() + field(1)));
            assert!(wrong.broken().is_some(), "variable {private}");
        }
    }
    for (factor, bits) in [(0u64, 5usize), (1, 1), (2, 2), (3, 2), (29, 5), (0x1234_5678, 33)] {
        let mut cs = R1cs::new(vec![]);
        let digits: Vec<Number> = (0..bits).map(|i| loose_bits(&mut cs, i128::from(factor >> i & 1), 1)).collect();
        let sum = Point::constant(&points[5]).plus_multiple(&mut cs, &points[5], &digits);
        let expected = points[5] + points[5] * Scalar::from(factor);
        assert_eq!([sum.x.value(), sum.y.value()], coordinates(&expected.into()), "{factor}");
        assert_eq!((cs.broken(), cs.counts().constraints), (None, bits + 7 * bits.div_ceil(2)));
    }
    for factor in [0u64, 1, 2, 29, 0x1234_5678] {
        let mut cs = R1cs::new(vec![]);
        let digits: Vec<Number> = (0..33).map(|i| loose_bits(&mut cs, i128::from(factor >> i & 1), 1)).collect();
        let [x, y] = coordinates(&points[5]).map(|v| Element::alloc(&mut cs, v));
        let product = Point { x, y }.times(&mut cs, &digits);
        let expected: Affine = (points[5] * Scalar::from(factor)).into();
        assert_eq!([product.x.value(), product.y.value()], coordinates(&expected), "{factor}");
        assert_eq!(cs.broken(), None);
    }
    assert_eq!(coordinates(&Affine::default()), neutral());
}

/// A committed output of the core, and what its circuit tells of it.
#[test]
fn a_committed_output_is_opened_under_a_predicate() {
    let tensor = CommittedTensor::commit("risk", &[1, 3], 8, &[1200, -7, 31_000], 0).expect("randomness");
    let cells = Layout::flat(&tensor.shape).scatter(&tensor.cells, tensor.fill);
    assert_eq!(tensor.rows, [row(&cells, tensor.blinds[0])]);
    let all = (-32768, 32767);
    let opening = |bounds: &'static [(i64, i64)], cells: &'static [i64]| Opening {
        cells,
        blind: tensor.blinds[0],
        bounds,
        context: field_of(b"release the funds"),
    };
    static CELLS: [i64; 4] = [1200, -7, 31_000, 0];
    static RISK: [(i64, i64); 4] = [(-32768, 1500), (-32768, 32767), (-32768, 32767), (-32768, 32767)];
    static TOO_LOW: [(i64, i64); 4] = [(-32768, 1199), (-32768, 32767), (-32768, 32767), (-32768, 32767)];
    assert_eq!(cells, CELLS);
    assert_eq!(RISK[1], all);
    let made = synthesise(&opening(&RISK, &CELLS)).expect("a circuit");
    assert_eq!(made.broken(), None);
    // four cells of 16 bits, a blind of 251: additions 7 for two bits, bounds 17 each
    assert_eq!(made.counts().constraints, 7 * (4 * 8 + 126) + 4 * 16 + 251 + 8 * 17 + 1);
    let literal = to_group(&encode_point(&tensor.rows[0])).expect("a row");
    assert_eq!(format!("{}group", public_inputs(&made)[1]), literal);
    assert!(matches!(synthesise(&opening(&TOO_LOW, &CELLS)), Err(BridgeError::Bounds)));
    for private in 0..made.privates().len() {
        let mut wrong = made.clone();
        let next = match wrong.privates()[private] {
            Value::Number(v) => Value::Number(1 - v),
            Value::Field(v) => Value::Field(v + field(1)),
        };
        wrong.set(private, next);
        assert!(wrong.broken().is_some(), "variable {private}");
    }
    // another cell or blind is another row
    static OTHER: [i64; 4] = [1201, -7, 31_000, 0];
    let other = synthesise(&opening(&RISK, &OTHER)).expect("a circuit");
    assert_ne!(other.value(Wire(1)), made.value(Wire(1)));

    let powers = Powers::load().expect("embedded powers");
    let keys = powers.set_up(&made).expect("keys");
    let proof = powers.prove(&keys, &made).expect("a proof");
    let publics = public_inputs(&made);
    assert!(powers.verify(&keys.verifying, &publics, &proof).expect("a verdict"));
    for place in 1..publics.len() {
        let mut wrong = publics.clone();
        wrong[place] += field(1);
        assert!(!powers.verify(&keys.verifying, &wrong, &proof).unwrap_or(false), "public value {place}");
    }
    // the key opens every such row
    assert_eq!(powers.set_up(&other).expect("keys").verifying, keys.verifying);
}

#[test]
fn what_a_circuit_does_not_open_is_refused() {
    let blind = Scalar::from(5u64);
    let context = field_of(b"");
    let all = (-32768, 32767);
    let judge =
        |cells: &[i64], bounds: &[(i64, i64)]| synthesise(&Opening { cells, blind, bounds, context }).map(|_| ());
    assert_eq!(judge(&[1; MAX_CELLS], &[all; MAX_CELLS]), Ok(()));
    assert_eq!(judge(&[1; MAX_CELLS + 1], &[all; MAX_CELLS + 1]), Err(BridgeError::Size));
    assert_eq!(judge(&[], &[]), Err(BridgeError::Size));
    assert_eq!(judge(&[1], &[all, all]), Err(BridgeError::Size));
    assert_eq!(judge(&[32_768], &[all]), Err(BridgeError::Size));
    assert_eq!(judge(&[1], &[(-40_000, 0)]), Err(BridgeError::Size));
    assert_eq!(judge(&[1], &[(2, 3)]), Err(BridgeError::Bounds));
    assert_eq!(judge(&[4], &[(2, 3)]), Err(BridgeError::Bounds));
}

/// The contract that opens committed outputs multiplies the core's own generators, and takes off what it adds to cells.
#[test]
fn the_record_contract_has_the_generators_of_the_core() {
    let instructions = include_str!("../../../contracts/aleo/record.aleo");
    let zero = Scalar::default();
    let unit = |place: usize| row(&std::array::from_fn::<i64, MAX_CELLS, _>(|i| i64::from(i == place)), zero);
    let literal = |point: &Affine| to_group(&encode_point(point)).expect("in the subgroup");
    let mut expected: Vec<String> = (0..MAX_CELLS).map(|place| literal(&unit(place))).collect();
    expected.push(literal(&generators::blind()));
    expected.push(literal(&row(&[1 << 15; MAX_CELLS], zero)));
    let word = |line: &str| line.split_whitespace().find(|w| w.ends_with("group")).map(str::to_owned);
    let multiplied = instructions.lines().filter(|l| l.trim_start().starts_with("mul ")).filter_map(word);
    let subtracted = instructions.lines().filter(|l| l.trim_start().starts_with("sub ")).filter_map(word);
    assert_eq!(multiplied.chain(subtracted).collect::<Vec<_>>(), expected);
}
