//! Arithmetic modulo the order of Edwards-BLS12 in a circuit over another field.
//!
//! ```text
//! a·b = q·r + c       as integers, because it holds mod p and mod 2^256, and both sides are below 2^504 < p·2^256
//! ```
//!
//! Numbers are four limbs of 64 bits. Costs: `q` and `c` by their bits, ten products of limbs, two carries, one native
//! product.

use intaglio_aleo::element::Element;
use intaglio_aleo::gadgets::loose_bits;
use intaglio_aleo::r1cs::R1cs;
use num_bigint::{BigInt, BigUint};
use snarkvm_curves::bls12_377::Fr;
use snarkvm_fields::{One, PrimeField, Zero};
use snarkvm_utilities::{BigInteger256, FromBytes};
use std::str::FromStr;

/// Bits of a residue.
const BITS: usize = 251;
/// Bits of the quotient of a product: residues need not be the least ones.
const QUOTIENT_BITS: usize = 253;
const LIMB: usize = 64;
/// Bits of a carry, its sign included.
const CARRY: usize = 70;

/// The order of the prime subgroup.
pub fn order() -> BigUint {
    BigUint::from_str("2111115437357092606062206234695386632838870926408408195193685246394721360383").expect("digits")
}

/// A residue as limbs, lowest first; not necessarily the least one.
#[derive(Clone)]
pub struct Residue {
    limbs: [Element; 4],
    value: BigUint,
}

fn field(value: &BigInt) -> Fr {
    let size = value.magnitude().to_bytes_le();
    let mut bytes = [0; 32];
    bytes[..size.len()].copy_from_slice(&size);
    let size = Fr::from_bigint(BigInteger256::read_le(&bytes[..]).expect("32 bytes")).expect("below the modulus");
    if value.sign() == num_bigint::Sign::Minus { -size } else { size }
}

fn power(exponent: usize) -> Fr {
    field(&(BigInt::from(1) << exponent))
}

/// Bits of a number, each Boolean: one constraint each.
fn bits(cs: &mut R1cs, value: &BigUint, count: usize) -> Vec<Element> {
    (0..count).map(|i| Element::number(&loose_bits(cs, value.bit(i as u64).into(), 1))).collect()
}

fn sum(bits: &[Element]) -> Element {
    let add = |sum: Element, (i, bit): (usize, &Element)| sum.plus(power(i), bit);
    bits.iter().enumerate().fold(Element::constant(Fr::zero()), add)
}

impl Residue {
    /// A new one.
    pub fn alloc(cs: &mut R1cs, value: &BigUint) -> Self {
        Self::of_bits(cs, value, BITS)
    }

    fn of_bits(cs: &mut R1cs, value: &BigUint, count: usize) -> Self {
        let bits = bits(cs, value, count);
        let limb = |i: usize| sum(&bits[LIMB * i..count.min(LIMB * (i + 1))]);
        Self { limbs: [0, 1, 2, 3].map(limb), value: value.clone() }
    }

    /// What it stands for.
    #[must_use]
    pub fn value(&self) -> BigUint {
        &self.value % order()
    }

    fn native(&self) -> Element {
        let add = |sum: Element, (i, limb): (usize, &Element)| sum.plus(power(LIMB * i), limb);
        self.limbs.iter().enumerate().fold(Element::constant(Fr::zero()), add)
    }

    /// A product.
    pub fn times(&self, cs: &mut R1cs, other: &Self) -> Self {
        let product = &self.value * &other.value;
        let q = Self::of_bits(cs, &(&product / order()), QUOTIENT_BITS);
        let c = Self::alloc(cs, &(&product % order()));
        let r = BigInt::from(order());
        let r_limbs: Vec<BigInt> = (0..4).map(|i| (&r >> (LIMB * i)) & ((BigInt::from(1) << LIMB) - 1)).collect();
        // modulo p
        let left = self.native().times(cs, &other.native());
        left.plus(-field(&r), &q.native()).plus(-Fr::one(), &c.native()).zero(cs);
        // modulo 2^256, in two steps of 128 bits
        let column = |cs: &mut R1cs, k: usize| {
            let mut all = Element::constant(Fr::zero()).plus(-Fr::one(), &c.limbs[k]);
            for i in 0..=k {
                all = all.plus(Fr::one(), &self.limbs[i].times(cs, &other.limbs[k - i]));
                all = all.plus(-field(&r_limbs[k - i]), &q.limbs[i]);
            }
            all
        };
        let columns: Vec<Element> = (0..4).map(|k| column(cs, k)).collect();
        let exact = |k: usize| -> BigInt {
            let limb = |v: &BigUint, i: usize| BigInt::from((v >> (LIMB * i)) & ((BigUint::from(1u32) << LIMB) - 1u32));
            let pairs =
                (0..=k).map(|i| limb(&self.value, i) * limb(&other.value, k - i) - limb(&q.value, i) * &r_limbs[k - i]);
            pairs.sum::<BigInt>() - limb(&c.value, k)
        };
        let mut carried = (Element::constant(Fr::zero()), BigInt::from(0));
        for step in 0..2 {
            let total = exact(2 * step) + (exact(2 * step + 1) << LIMB) + &carried.1;
            let carry = &total >> (2 * LIMB);
            let offset = BigInt::from(1) << (CARRY - 1);
            let shifted = (&carry + &offset).to_biguint().expect("a carry in range");
            let digits = bits(cs, &shifted, CARRY);
            let own = sum(&digits).plus(-field(&offset), &Element::constant(Fr::one()));
            let all = columns[2 * step].plus(power(LIMB), &columns[2 * step + 1]).plus(Fr::one(), &carried.0);
            all.plus(-power(2 * LIMB), &own).zero(cs);
            carried = (own, carry);
        }
        c
    }
}
