//! A rank-1 constraint system over integers: `A·w ∘ B·w = C·w`, with the values of one run beside it.
//!
//! Most coefficients and values are integers far below the field's order, so that a system can be counted and checked
//! without the field. Hashes are over the field: they have rows of their own. Public values that stand in no constraint
//! (*tags*) are bound by the proof all the same.

use snarkvm_curves::bls12_377::Fr;
use snarkvm_fields::{One, Zero};

/// One variable: 0 is the constant one, then public values, then private ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wire(pub u32);

/// The constant one.
pub const ONE: Wire = Wire(0);

/// `Σ coefficient·wire`, by wire, each at most once.
pub type Form = Vec<(Wire, i128)>;

/// The same over the field.
pub type FieldForm = Vec<(Wire, Fr)>;

/// The value of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A field element, which only rows over the field read: a digest, a context, a part of a hash.
    Field(Fr),
    /// A number of the run.
    Number(i128),
}

impl Value {
    /// The value as a field element.
    #[must_use]
    pub fn to_field(self) -> Fr {
        match self {
            Self::Field(value) => value,
            Self::Number(value) => field(value),
        }
    }
}

/// An integer as a field element.
#[must_use]
pub fn field(value: i128) -> Fr {
    let size = Fr::from(value.unsigned_abs());
    if value < 0 { -size } else { size }
}

/// One constraint: two factors and their product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<F = Form> {
    /// First factor.
    pub a: F,
    /// Second factor.
    pub b: F,
    /// Product.
    pub c: F,
}

/// Sizes of a system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Constraints.
    pub constraints: usize,
    /// Public and private variables, the constant included.
    pub variables: usize,
    /// Public values without the constant.
    pub publics: usize,
    /// Non-zeros of the three matrices.
    pub non_zeros: [usize; 3],
}

/// A system and the values of its variables.
#[derive(Clone, Debug, Default)]
pub struct R1cs {
    publics: Vec<Value>,
    privates: Vec<Value>,
    rows: Vec<Row>,
    field_rows: Vec<Row<FieldForm>>,
    non_zeros: [usize; 3],
    /// Whether values may be wrong: only the shape is wanted.
    shape_only: bool,
}

impl R1cs {
    /// A system with these public values, in order; wire `i + 1` is the `i`-th.
    #[must_use]
    pub fn new(publics: Vec<Value>) -> Self {
        Self { publics, ..Self::default() }
    }

    /// The same for its shape alone: gadgets then take values that do not fit.
    #[must_use]
    pub fn shape(publics: Vec<Value>) -> Self {
        Self { publics, shape_only: true, ..Self::default() }
    }

    /// Whether only the shape is wanted.
    #[must_use]
    pub fn is_shape(&self) -> bool {
        self.shape_only
    }

    /// A new private variable.
    pub fn alloc(&mut self, value: i128) -> Wire {
        self.alloc_value(Value::Number(value))
    }

    /// The same for any value.
    pub fn alloc_value(&mut self, value: Value) -> Wire {
        self.privates.push(value);
        Wire((self.publics.len() + self.privates.len()) as u32)
    }

    /// Asks for `a·b = c`.
    pub fn product(&mut self, a: Form, b: Form, c: Form) {
        for (count, form) in self.non_zeros.iter_mut().zip([&a, &b, &c]) {
            *count += form.len();
        }
        self.rows.push(Row { a, b, c });
    }

    /// Asks for `a·b = c` over the field.
    pub fn field_product(&mut self, a: FieldForm, b: FieldForm, c: FieldForm) {
        for (count, form) in self.non_zeros.iter_mut().zip([&a, &b, &c]) {
            *count += form.len();
        }
        self.field_rows.push(Row { a, b, c });
    }

    /// Asks for `form = 0`, in the matrix with the fewest non-zeros: `form·1 = 0`, `1·form = 0` and `0·0 = form` say the
    /// same, and each matrix holds only so many.
    pub fn zero(&mut self, form: Form) {
        let [a, b, c] = self.in_emptiest(form, vec![(ONE, 1)]);
        self.product(a, b, c);
    }

    /// The same over the field.
    pub fn field_zero(&mut self, form: FieldForm) {
        let [a, b, c] = self.in_emptiest(form, vec![(ONE, Fr::one())]);
        self.field_product(a, b, c);
    }

    fn in_emptiest<F: Default>(&self, form: F, one: F) -> [F; 3] {
        let [a, b, c] = self.non_zeros;
        if c <= a && c <= b {
            [F::default(), F::default(), form]
        } else if a <= b {
            [form, one, F::default()]
        } else {
            [one, form, F::default()]
        }
    }

    /// Public values, without the constant.
    #[must_use]
    pub fn publics(&self) -> &[Value] {
        &self.publics
    }

    /// Values of the private variables.
    #[must_use]
    pub fn privates(&self) -> &[Value] {
        &self.privates
    }

    /// The constraints.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The constraints over the field, which follow the others.
    #[must_use]
    pub fn field_rows(&self) -> &[Row<FieldForm>] {
        &self.field_rows
    }

    /// Sizes.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            constraints: self.rows.len() + self.field_rows.len(),
            variables: 1 + self.publics.len() + self.privates.len(),
            publics: self.publics.len(),
            non_zeros: self.non_zeros,
        }
    }

    /// Gives a private variable another value: what a wrong witness is made of.
    pub fn set(&mut self, private: usize, value: Value) {
        self.privates[private] = value;
    }

    /// The first constraint that the values break.
    #[must_use]
    pub fn broken(&self) -> Option<usize> {
        let value = |form: &Form| form.iter().map(|(wire, k)| k * self.number(*wire)).sum::<i128>();
        let broken = self.rows.iter().position(|row| value(&row.a) * value(&row.b) != value(&row.c));
        let value =
            |form: &FieldForm| form.iter().fold(Fr::zero(), |sum, (wire, k)| sum + self.value(*wire).to_field() * k);
        let over_field = || self.field_rows.iter().position(|row| value(&row.a) * value(&row.b) != value(&row.c));
        broken.or_else(|| over_field().map(|row| self.rows.len() + row))
    }

    /// The value of a wire.
    #[must_use]
    pub fn value(&self, wire: Wire) -> Value {
        let index = wire.0 as usize;
        match index.checked_sub(1) {
            None => Value::Number(1),
            Some(own) if own < self.publics.len() => self.publics[own],
            Some(own) => self.privates[own - self.publics.len()],
        }
    }

    /// The number on a wire; rows of integers read nothing else.
    fn number(&self, wire: Wire) -> i128 {
        match self.value(wire) {
            Value::Number(value) => value,
            Value::Field(_) => 0,
        }
    }
}

/// Terms in order of their wires, each wire once, without those whose coefficient is zero.
#[must_use]
pub fn merged<K: Copy + std::ops::AddAssign + PartialEq>(mut terms: Vec<(Wire, K)>, zero: K) -> Vec<(Wire, K)> {
    terms.sort_unstable_by_key(|(wire, _)| *wire);
    terms.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    terms.retain(|(_, k)| *k != zero);
    terms
}

/// `left + factor·right`.
#[must_use]
pub fn plus(left: &Form, factor: i128, right: &Form) -> Form {
    let mut out = Form::with_capacity(left.len() + right.len());
    let (mut l, mut r) = (left.iter().peekable(), right.iter().peekable());
    loop {
        let term = match (l.peek(), r.peek()) {
            (None, None) => return out,
            (Some(a), Some(b)) if a.0 == b.0 => {
                let term = (a.0, a.1 + factor * b.1);
                l.next();
                r.next();
                term
            }
            (Some(a), b) if b.is_none_or(|b| a.0 < b.0) => {
                let term = **a;
                l.next();
                term
            }
            (_, Some(b)) => {
                let term = (b.0, factor * b.1);
                r.next();
                term
            }
            (Some(_), None) => return out,
        };
        if term.1 != 0 {
            out.push(term);
        }
    }
}
