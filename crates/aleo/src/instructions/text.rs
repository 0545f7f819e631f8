//! The lines of a function, written as Aleo instructions or as Leo.

use super::cells::Cells;
use super::{Port, Target, Visibility};
use std::fmt::Write;

/// What a function is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// What is deployed.
    Aleo,
    /// What people read.
    Leo,
}

/// A register, or a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Register(pub(super) u32);

/// What a line reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Register(Register),
    /// An element of the input.
    Element(usize),
    /// A word.
    Constant(i128, u32),
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Comment(String),
    ToField { to: Register, from: Operand },
    AddConstant { to: Register, from: Register, constant: i128 },
    Times { to: Register, from: Register, constant: i128 },
    Add { to: Register, left: Register, right: Register },
    Cast { to: Register, from: Register, bits: u32 },
    ShiftRight { to: Register, from: Register, by: u32 },
    ToBoolean { to: Register, from: Register },
    AtLeast { to: Register, value: Register, least: i128, bits: u32 },
    AtMost { to: Register, value: Operand, most: i128, bits: u32 },
    Assert(Register),
    AssertZero(Register),
    ShiftElement { to: Register, index: usize, by: u32 },
    Choose { to: Register, condition: Register, value: Register, other: i128 },
    Array { to: Register, elements: Vec<Operand>, bits: u32 },
}

impl Cells {
    /// The whole program.
    pub(super) fn text(&self, target: &Target, takes: &Port, gives: &Port, language: Language) -> String {
        let mut text = String::new();
        let written = match language {
            Language::Aleo => self.aleo(&mut text, target, takes, gives),
            Language::Leo => self.leo(&mut text, target, takes, gives),
        };
        // writing to a string does not fail
        debug_assert!(written.is_ok());
        text
    }

    fn aleo(&self, text: &mut String, target: &Target, takes: &Port, gives: &Port) -> std::fmt::Result {
        let Target { name, input, output } = target;
        writeln!(text, "program {name}.aleo;\n\nfunction run:")?;
        writeln!(text, "    input r0 as [u{}; {}u32].{};", takes.bits, takes.cells, word(*input))?;
        let mut last = Register(0);
        for line in &self.lines {
            if let Line::Array { to, .. } = line {
                last = *to;
            }
            aleo_line(text, line)?;
        }
        let (bits, cells) = (gives.bits, gives.cells);
        writeln!(text, "    output r{} as [u{bits}; {cells}u32].{};", last.0, word(*output))?;
        writeln!(text, "\nconstructor:\n    assert.eq edition 0u16;")
    }

    fn leo(&self, text: &mut String, target: &Target, takes: &Port, gives: &Port) -> std::fmt::Result {
        let Target { name, input, output } = target;
        let kind = |port: &Port| format!("[u{}; {}]", port.bits, port.cells);
        writeln!(
            text,
            "// What `{name}.aleo` computes. Cells are words: each less {}, the least that it can be;",
            takes.lo
        )?;
        writeln!(text, "// those of the output less {}.", gives.lo)?;
        writeln!(text, "program {name}.aleo {{\n    @noupgrade\n    constructor() {{}}\n")?;
        let (takes, gives) = (kind(takes), kind(gives));
        writeln!(text, "    fn run({} input: {takes}) -> {} {gives} {{", word(*input), word(*output))?;
        for line in &self.lines {
            leo_line(text, line)?;
        }
        writeln!(text, "    }}\n}}")
    }
}

fn word(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Private => "private",
    }
}

fn aleo_line(text: &mut String, line: &Line) -> std::fmt::Result {
    let operand = |operand: &Operand| match operand {
        Operand::Register(register) => format!("r{}", register.0),
        Operand::Element(index) => format!("r0[{index}u32]"),
        Operand::Constant(value, bits) => format!("{value}u{bits}"),
    };
    match line {
        // instructions carry no remarks: each byte of them is paid for
        Line::Comment(_) => Ok(()),
        Line::ToField { to, from } => writeln!(text, "    cast {} into r{} as field;", operand(from), to.0),
        Line::AddConstant { to, from, constant } => {
            writeln!(text, "    add r{} {constant}field into r{};", from.0, to.0)
        }
        Line::Times { to, from, constant } => writeln!(text, "    mul r{} {constant}field into r{};", from.0, to.0),
        Line::Add { to, left, right } => writeln!(text, "    add r{} r{} into r{};", left.0, right.0, to.0),
        Line::Cast { to, from, bits } => writeln!(text, "    cast r{} into r{} as u{bits};", from.0, to.0),
        Line::ShiftRight { to, from, by } => writeln!(text, "    shr r{} {by}u8 into r{};", from.0, to.0),
        Line::ToBoolean { to, from } => writeln!(text, "    cast.lossy r{} into r{} as boolean;", from.0, to.0),
        Line::AtLeast { to, value, least, bits } => {
            writeln!(text, "    gte r{} {least}u{bits} into r{};", value.0, to.0)
        }
        Line::AtMost { to, value, most, bits } => {
            writeln!(text, "    lte {} {most}u{bits} into r{};", operand(value), to.0)
        }
        Line::Assert(register) => writeln!(text, "    assert.eq r{} true;", register.0),
        Line::AssertZero(register) => writeln!(text, "    assert.eq r{} 0field;", register.0),
        Line::ShiftElement { to, index, by } => writeln!(text, "    shr r0[{index}u32] {by}u8 into r{};", to.0),
        Line::Choose { to, condition, value, other } => {
            writeln!(text, "    ternary r{} r{} {other}field into r{};", condition.0, value.0, to.0)
        }
        Line::Array { to, elements, bits } => {
            let list: Vec<String> = elements.iter().map(operand).collect();
            writeln!(text, "    cast {} into r{} as [u{bits}; {}u32];", list.join(" "), to.0, list.len())
        }
    }
}

fn leo_line(text: &mut String, line: &Line) -> std::fmt::Result {
    let operand = |operand: &Operand| match operand {
        Operand::Register(register) => format!("v{}", register.0),
        Operand::Element(index) => format!("input[{index}u32]"),
        Operand::Constant(value, bits) => format!("{value}u{bits}"),
    };
    match line {
        Line::Comment(name) => writeln!(text, "        // {name}"),
        Line::ToField { to, from } => writeln!(text, "        let v{}: field = {} as field;", to.0, operand(from)),
        Line::AddConstant { to, from, constant } if *constant < 0 => {
            writeln!(text, "        let v{}: field = v{} - {}field;", to.0, from.0, -constant)
        }
        Line::AddConstant { to, from, constant } => {
            writeln!(text, "        let v{}: field = v{} + {constant}field;", to.0, from.0)
        }
        Line::Times { to, from, constant } => {
            writeln!(text, "        let v{}: field = v{} * {constant}field;", to.0, from.0)
        }
        Line::Add { to, left, right } => writeln!(text, "        let v{}: field = v{} + v{};", to.0, left.0, right.0),
        Line::Cast { to, from, bits } => writeln!(text, "        let v{}: u{bits} = v{} as u{bits};", to.0, from.0),
        Line::ShiftRight { to, from, by } => writeln!(text, "        let v{} = v{} >> {by}u8;", to.0, from.0),
        Line::ToBoolean { to, from } => writeln!(text, "        let v{}: bool = v{} == 1;", to.0, from.0),
        Line::AtLeast { to, value, least, bits } => {
            writeln!(text, "        let v{}: bool = v{} >= {least}u{bits};", to.0, value.0)
        }
        Line::AtMost { to, value, most, bits } => {
            writeln!(text, "        let v{}: bool = {} <= {most}u{bits};", to.0, operand(value))
        }
        Line::Assert(register) => writeln!(text, "        assert(v{});", register.0),
        Line::AssertZero(register) => writeln!(text, "        assert_eq(v{}, 0field);", register.0),
        Line::ShiftElement { to, index, by } => {
            writeln!(text, "        let v{} = input[{index}u32] >> {by}u8;", to.0)
        }
        Line::Choose { to, condition, value, other } => {
            writeln!(text, "        let v{}: field = v{} ? v{} : {other}field;", to.0, condition.0, value.0)
        }
        Line::Array { elements, .. } => {
            let list: Vec<String> = elements.iter().map(operand).collect();
            writeln!(text, "        return [{}];", list.join(", "))
        }
    }
}
