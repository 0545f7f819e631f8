//! Cells of a model as registers of a function.

use super::predict::{CHOICE, ZERO, cast, compare};
use super::text::{Line, Operand, Register};
use super::{Port, words};
use crate::gadgets::{Number, signed_bits};
use crate::r1cs::{ONE, Wire};
use intaglio_program::ops::requantise::Requantise;
use intaglio_program::program::{Overflow, Program};

/// A register that stands for a cell, and the values that it can have.
#[derive(Clone, Copy, Debug)]
struct Cell {
    register: Register,
    range: (i128, i128),
}

/// A function in the making: wires of the linear forms are its cells.
pub(super) struct Cells {
    cells: Vec<Cell>,
    pub(super) lines: Vec<Line>,
    next: u32,
    constraints: usize,
    refuse: bool,
}

impl Cells {
    /// The cells of the input; register 0 is the array.
    pub(super) fn new(program: &Program, takes: &Port, (lo, hi): (i64, i64)) -> Self {
        let refuse = program.overflow() == Overflow::Refuse;
        let mut own = Self { cells: Vec::new(), lines: Vec::new(), next: 1, constraints: 0, refuse };
        own.comment("input");
        own.bound(takes, i128::from(hi) - i128::from(lo));
        // a field made of a word is a sum of its bits, in every row that uses it: a choice that is always true makes it one
        // variable
        let (bits, first) = (takes.bits, Operand::Element(0));
        let always = own.line(|to| Line::AtMost { to, value: first, most: (1 << bits) - 1, bits });
        own.constraints += compare(bits);
        for index in 0..takes.cells {
            let raw = own.line(|to| Line::ToField { to, from: Operand::Element(index) });
            let single = own.choose(always, raw, 0);
            let cell = own.shifted(single, lo.into());
            own.cells.push(Cell { register: cell, range: (lo.into(), hi.into()) });
        }
        own
    }

    /// The cells of the input as numbers.
    pub(super) fn inputs(&self) -> Vec<Number> {
        (0..self.cells.len()).map(|i| Number::wire(Wire(i as u32 + 1), 0)).collect()
    }

    /// Constraints of all lines.
    pub(super) fn constraints(&self) -> usize {
        self.constraints
    }

    /// Instructions among the lines.
    pub(super) fn instructions(&self) -> usize {
        self.lines.iter().filter(|line| !matches!(line, Line::Comment(_))).count()
    }

    /// A remark for readers.
    pub(super) fn comment(&mut self, text: &str) {
        self.lines.push(Line::Comment(text.replace(['\n', '\r'], " ")));
    }

    fn line(&mut self, make: impl FnOnce(Register) -> Line) -> Register {
        let to = Register(self.next);
        self.next += 1;
        self.lines.push(make(to));
        to
    }

    fn shifted(&mut self, from: Register, by: i128) -> Register {
        match by {
            0 => from,
            by => self.line(|to| Line::AddConstant { to, from, constant: by }),
        }
    }

    /// Fails if an element of the input is more than `most`. Where that is a power of two less one, what lies above is added
    /// up and must be zero: three constraints for all.
    fn bound(&mut self, takes: &Port, most: i128) {
        let bits = takes.bits;
        if most + 1 == 1 << bits {
            return;
        }
        if (most + 1).count_ones() > 1 {
            for index in 0..takes.cells {
                let holds = self.line(|to| Line::AtMost { to, value: Operand::Element(index), most, bits });
                self.lines.push(Line::Assert(holds));
                self.constraints += compare(bits) + CHOICE;
            }
            return;
        }
        let by = (most + 1).trailing_zeros();
        let mut sum: Option<Register> = None;
        for index in 0..takes.cells {
            let high = self.line(|to| Line::ShiftElement { to, index, by });
            let high = self.line(|to| Line::ToField { to, from: Operand::Register(high) });
            sum = Some(match sum {
                None => high,
                Some(sum) => self.line(|to| Line::Add { to, left: sum, right: high }),
            });
        }
        if let Some(sum) = sum {
            self.lines.push(Line::AssertZero(sum));
            self.constraints += ZERO;
        }
    }

    /// The values that a form can have.
    fn range(&self, number: &Number) -> (i128, i128) {
        number.form.iter().fold((0, 0), |(lo, hi), (wire, k)| {
            let (least, most) = if *wire == ONE { (1, 1) } else { self.cells[wire.0 as usize - 1].range };
            (lo + (k * least).min(k * most), hi + (k * least).max(k * most))
        })
    }

    /// A register that holds a form plus a constant; nothing if the form is constant.
    fn sum(&mut self, number: &Number, plus: i128) -> Option<Register> {
        let constant: i128 = number.form.iter().filter(|(w, _)| *w == ONE).map(|(_, k)| k).sum::<i128>() + plus;
        let mut sum: Option<Register> = None;
        for (wire, k) in number.form.iter().filter(|(wire, k)| *wire != ONE && *k != 0) {
            let from = self.cells[wire.0 as usize - 1].register;
            let term = match k {
                1 => from,
                k => self.line(|to| Line::Times { to, from, constant: *k }),
            };
            sum = Some(match sum {
                None => term,
                Some(sum) => self.line(|to| Line::Add { to, left: sum, right: term }),
            });
        }
        sum.map(|sum| self.shifted(sum, constant))
    }

    fn cell(&mut self, register: Register, range: (i128, i128)) -> Number {
        self.cells.push(Cell { register, range });
        Number::wire(Wire(self.cells.len() as u32), 0)
    }

    /// Shift, round half up, clamp; under refusal a quotient out of range fails, but for a ReLU's lower side. Nothing if no
    /// word is wide enough.
    pub(super) fn rescale(&mut self, acc: &Number, op: &Requantise) -> Option<Number> {
        let Requantise { shift, lo, hi } = *op;
        let (lo, hi) = (i128::from(lo), i128::from(hi));
        let half = if shift == 0 { 0 } else { 1i128 << (shift - 1) };
        if acc.is_constant() {
            let value: i128 = acc.form.iter().map(|(_, k)| k).sum();
            return Some(Number::constant(((value + half) >> shift).clamp(lo, hi)));
        }
        let relu = lo == 0;
        let (mut least, mut most) = self.range(acc);
        (least, most) = (least + half, most + half);
        if self.refuse {
            // what is beyond fails whichever way
            most = most.min(((hi + 1) << shift) - 1);
            least = if relu { least } else { least.max(lo << shift) };
        }
        // the sum has n bits with its sign; times 2^(w-n) it fills a word of w bits exactly, so that the cast checks n bits
        let n = signed_bits(least, most).max(shift + 1);
        let bits = [8u32, 16, 32, 64].into_iter().find(|bits| *bits >= n)?;
        let sum = self.sum(acc, half + (1i128 << (n - 1)))?;
        let scaled = match bits - n {
            0 => sum,
            by => self.line(|to| Line::Times { to, from: sum, constant: 1 << by }),
        };
        let word = self.line(|to| Line::Cast { to, from: scaled, bits });
        self.constraints += cast(bits);
        let quotient = match shift + bits - n {
            0 => word,
            by => self.line(|to| Line::ShiftRight { to, from: word, by }),
        };
        let base = 1i128 << (n - 1 - shift);
        let raw = self.line(|to| Line::ToField { to, from: Operand::Register(quotient) });
        let mut value = self.shifted(raw, -base);
        // a refused quotient is one of the word's all the same: it may lie beyond what is kept
        let (low, high) = if self.refuse { (-base, base - 1) } else { (least >> shift, most >> shift) };
        if low < lo && relu {
            let sign = self.line(|to| Line::ShiftRight { to, from: word, by: bits - 1 });
            let positive = self.line(|to| Line::ToBoolean { to, from: sign });
            value = self.choose(positive, value, lo);
        } else if low < lo {
            let holds = self.line(|to| Line::AtLeast { to, value: quotient, least: lo + base, bits });
            self.constraints += compare(bits);
            value = self.keep(holds, value, lo);
        }
        if high > hi {
            let most = hi + base;
            let holds = self.line(|to| Line::AtMost { to, value: Operand::Register(quotient), most, bits });
            self.constraints += compare(bits);
            value = self.keep(holds, value, hi);
        }
        Some(self.cell(value, (lo.max(low.min(hi)), hi.min(high.max(lo)))))
    }

    /// Clamps, or fails.
    fn keep(&mut self, holds: Register, value: Register, bound: i128) -> Register {
        if self.refuse {
            self.lines.push(Line::Assert(holds));
            self.constraints += CHOICE;
            return value;
        }
        self.choose(holds, value, bound)
    }

    fn choose(&mut self, condition: Register, value: Register, other: i128) -> Register {
        self.constraints += CHOICE;
        self.line(|to| Line::Choose { to, condition, value, other })
    }

    /// The cells of the output as words, in one array. Nothing if a word is too narrow.
    pub(super) fn output(&mut self, cells: &[Number], gives: &Port) -> Option<()> {
        self.comment("output");
        let mut elements = Vec::new();
        for cell in cells {
            let (lo, hi) = self.range(cell);
            words(lo - i128::from(gives.lo), hi - i128::from(gives.lo)).filter(|bits| *bits <= gives.bits)?;
            elements.push(match self.sum(cell, -i128::from(gives.lo)) {
                None => Operand::Constant(lo - i128::from(gives.lo), gives.bits),
                Some(sum) => {
                    self.constraints += cast(gives.bits);
                    Operand::Register(self.line(|to| Line::Cast { to, from: sum, bits: gives.bits }))
                }
            });
        }
        let bits = gives.bits;
        self.line(|to| Line::Array { to, elements, bits });
        Some(())
    }
}
