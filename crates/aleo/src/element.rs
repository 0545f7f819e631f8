//! Elements of the field in a circuit: linear forms with their values.

use crate::gadgets::Number;
use crate::r1cs::{FieldForm, ONE, R1cs, Value, Wire, field, merged};
use snarkvm_curves::bls12_377::Fr;
use snarkvm_fields::{Field, One, Zero};

/// A form over the field and its value.
#[derive(Clone, Debug)]
pub struct Element {
    form: FieldForm,
    value: Fr,
}

impl Element {
    /// A constant.
    #[must_use]
    pub fn constant(value: Fr) -> Self {
        let form = if value.is_zero() { FieldForm::new() } else { vec![(ONE, value)] };
        Self { form, value }
    }

    /// A new private variable.
    pub fn alloc(cs: &mut R1cs, value: Fr) -> Self {
        Self::wire(cs.alloc_value(Value::Field(value)), value)
    }

    /// A variable.
    #[must_use]
    pub fn wire(wire: Wire, value: Fr) -> Self {
        Self { form: vec![(wire, Fr::one())], value }
    }

    /// One variable that equals a form: one constraint.
    pub fn pack(cs: &mut R1cs, form: FieldForm) -> Self {
        let value = form.iter().fold(Fr::zero(), |sum, (wire, k)| sum + cs.value(*wire).to_field() * k);
        let out = Self::alloc(cs, value);
        cs.field_zero(Self { form, value }.plus(-Fr::one(), &out).form);
        out
    }

    /// Its value in this run.
    #[must_use]
    pub fn value(&self) -> Fr {
        self.value
    }

    /// A number of the run.
    #[must_use]
    pub fn number(number: &Number) -> Self {
        let form = number.form.iter().map(|(wire, k)| (*wire, field(*k))).collect();
        Self { form, value: field(number.value) }
    }

    /// `dividend / self`: one constraint that says `self·quotient = dividend`, which is no division where `self` is zero.
    pub fn divide(&self, cs: &mut R1cs, dividend: &Self) -> Self {
        let inverse = self.value.inverse().unwrap_or_else(Fr::zero);
        let out = Self::alloc(cs, dividend.value * inverse);
        cs.field_product(self.form.clone(), out.form.clone(), dividend.form.clone());
        out
    }

    /// Asks that it is zero: one constraint.
    pub fn zero(&self, cs: &mut R1cs) {
        cs.field_zero(self.form.clone());
    }

    /// Asks that it is the value of a public wire: one constraint.
    pub fn state(&self, cs: &mut R1cs, public: Wire) {
        cs.field_zero(self.plus(-Fr::one(), &Self::wire(public, self.value)).form);
    }

    /// `self + factor·other`.
    #[must_use]
    pub fn plus(&self, factor: Fr, other: &Self) -> Self {
        let mut form = self.form.clone();
        form.extend(other.form.iter().map(|(wire, k)| (*wire, factor * k)));
        Self { form: merged(form, Fr::zero()), value: self.value + factor * other.value }
    }

    /// A product: one constraint.
    pub fn times(&self, cs: &mut R1cs, other: &Self) -> Self {
        let out = Self::alloc(cs, self.value * other.value);
        cs.field_product(self.form.clone(), other.form.clone(), out.form.clone());
        out
    }

    /// Whether it is the same in every run.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.form.iter().all(|(wire, _)| *wire == ONE)
    }
}
