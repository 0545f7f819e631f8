//! A rank-1 constraint system over integers: `A·w ∘ B·w = C·w`, with the values of one run beside it.
//!
//! Coefficients and values are integers far below the field's order, so that a system can be counted and checked without
//! the field. Public values that stand in no constraint (*tags*) are bound by the proof all the same.

use snarkvm_curves::bls12_377::Fr;

/// One variable: 0 is the constant one, then public values, then private ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wire(pub u32);

/// The constant one.
pub const ONE: Wire = Wire(0);

/// `Σ coefficient·wire`, by wire, each at most once.
pub type Form = Vec<(Wire, i128)>;

/// A public value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Public {
    /// A field element that no constraint reads: a digest, a context.
    Tag(Fr),
    /// A number of the run.
    Number(i128),
}

/// One constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// First factor.
    pub a: Form,
    /// Second factor.
    pub b: Form,
    /// Product.
    pub c: Form,
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
    publics: Vec<Public>,
    privates: Vec<i128>,
    rows: Vec<Row>,
    non_zeros: [usize; 3],
}

impl R1cs {
    /// A system with these public values, in order; wire `i + 1` is the `i`-th.
    #[must_use]
    pub fn new(publics: Vec<Public>) -> Self {
        Self { publics, ..Self::default() }
    }

    /// A new private variable.
    pub fn alloc(&mut self, value: i128) -> Wire {
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

    /// Asks for `form = 0`, in the matrix with the fewest non-zeros: `form·1 = 0`, `1·form = 0` and `0·0 = form` say the
    /// same, and each matrix holds only so many.
    pub fn zero(&mut self, form: Form) {
        let [a, b, c] = self.non_zeros;
        let one = vec![(ONE, 1)];
        if c <= a && c <= b {
            self.product(Form::new(), Form::new(), form);
        } else if a <= b {
            self.product(form, one, Form::new());
        } else {
            self.product(one, form, Form::new());
        }
    }

    /// Public values, without the constant.
    #[must_use]
    pub fn publics(&self) -> &[Public] {
        &self.publics
    }

    /// Values of the private variables.
    #[must_use]
    pub fn privates(&self) -> &[i128] {
        &self.privates
    }

    /// The constraints.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Sizes.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            constraints: self.rows.len(),
            variables: 1 + self.publics.len() + self.privates.len(),
            publics: self.publics.len(),
            non_zeros: self.non_zeros,
        }
    }

    /// Gives a private variable another value: what a wrong witness is made of.
    pub fn set(&mut self, private: usize, value: i128) {
        self.privates[private] = value;
    }

    /// The first constraint that the values break.
    #[must_use]
    pub fn broken(&self) -> Option<usize> {
        let value = |form: &Form| form.iter().map(|(wire, k)| k * self.value(*wire)).sum::<i128>();
        self.rows.iter().position(|row| value(&row.a) * value(&row.b) != value(&row.c))
    }

    fn value(&self, wire: Wire) -> i128 {
        let index = wire.0 as usize;
        match (index, self.publics.get(index.wrapping_sub(1))) {
            (0, _) => 1,
            (_, Some(Public::Number(value))) => *value,
            // no constraint reads a tag
            (_, Some(Public::Tag(_))) => 0,
            (_, None) => self.privates[index - 1 - self.publics.len()],
        }
    }
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
