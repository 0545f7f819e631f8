//! Evidence that an argument's own equations do not stop: each check on statement, request and bytes has one.

use super::bench::{Bench, COMMITTED, HIDDEN, Levels, SHOWN, bench};
use super::lie::mutant_name;
use super::run::Run;
use super::{Forgery, Intent, Made};
use crate::forger::Draft;
use intaglio_algebra::encoding::{encode_point, encode_scalar};
use intaglio_algebra::{Affine, Base, One, Scalar, Zero};
use intaglio_argument::mutants::{Mutant, Oracle};
use intaglio_argument::rules::{Check as Rule, Rules};
use intaglio_program::lower::{Level, Visibility};
use intaglio_program::program::Program;
use intaglio_prover::witness::Runner;
use intaglio_verifier::{Boundary, Check, Evidence, MAX_NONCE, Policy, Request, Stage};

const BOTH_SHOWN: Levels = (Level::Public, Level::Public);

/// What a verifier asks for.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    nonce: Option<&'static [u8]>,
    audience: Option<&'static str>,
    bits: Option<u32>,
}

/// A forgery that is one file.
struct File {
    name: &'static str,
    mutant: Mutant,
    stage: Stage,
    at: (&'static str, Levels),
    asked: Asked,
    draft: fn(&mut Draft<'static>),
    bytes: fn(Evidence) -> Vec<u8>,
}

/// A check of the verifier that is not made.
pub fn without(check: Check) -> Mutant {
    Mutant::Without(Rule::Caller(check.name()))
}

/// The point of order two.
pub fn order_two() -> Affine {
    Affine::new_unchecked(Base::zero(), -Base::one())
}

fn honest(_: &mut Draft<'static>) {}

fn written(evidence: Evidence) -> Vec<u8> {
    evidence.to_bytes()
}

impl File {
    /// A forgery that one check of the verifier stops.
    fn new(name: &'static str, check: Check) -> Self {
        let at = ("gemm", BOTH_SHOWN);
        let (asked, draft, bytes) = (Asked::default(), honest, written);
        Self { name, mutant: without(check), stage: check.stage(), at, asked, draft, bytes }
    }

    /// A forgery that one check of the argument stops.
    fn of_argument(name: &'static str, mutant: Mutant, stage: Stage) -> Self {
        Self { mutant, stage, ..Self::new(name, Check::End) }
    }

    fn forgery(self) -> Forgery {
        let class = if matches!(self.mutant, Mutant::Under(_)) { "binding" } else { "file" };
        Forgery {
            name: self.name.to_owned(),
            class,
            stage: self.stage,
            mutant_name: mutant_name(&self.mutant),
            mutant: self.mutant.clone(),
            names: None,
            make: Box::new(move |rules, intent| self.made(rules, intent)),
        }
    }

    fn made(&self, rules: &Rules, intent: Intent) -> Made {
        let Asked { nonce, audience, bits } = self.asked;
        let forged = intent == Intent::Forged;
        let nonce = nonce.map(|nonce| if forged { nonce } else { &nonce[..nonce.len().min(MAX_NONCE)] });
        let bench: &'static Bench = bench(self.at.0, 0);
        let mut draft = bench.draft(self.at.1, rules);
        draft.statement.nonce = nonce.map(<[u8]>::to_vec);
        draft.statement.audience = audience.map(str::to_owned);
        if forged {
            (self.draft)(&mut draft);
        }
        let essence = format!("{:?} {:?}", draft.statement, draft.stray);
        let made = Run::new(bench, draft).made();
        let plain = Evidence::from_bytes(&made.bytes);
        let (bytes, what) = match plain {
            Ok(evidence) if forged => ((self.bytes)(evidence), self.name),
            _ => (made.bytes, ""),
        };
        let request = Request { nonce, audience };
        let own = Policy::default();
        let policy = Policy { min_security_bits: bits.filter(|_| forged).unwrap_or(own.min_security_bits), ..own };
        let judge = move |bytes: &[u8], rules: &Rules| {
            let verdict = intaglio_verifier::insecure_verify(bytes, &bench.checked, request, policy, rules);
            verdict.map(|_| ()).map_err(|r| r.stage)
        };
        Made { bytes, essence: format!("{essence} {what}"), named: made.named, judge: Box::new(judge) }
    }
}

fn requests() -> Vec<File> {
    let (nonce, audience) = (Some(b"of this verifier".as_slice()), Some("this verifier"));
    let asked = Asked { nonce, audience, bits: None };
    let nothing = Asked::default();
    let file = |name, check, asked, draft| File { asked, draft, ..File::new(name, check) };
    vec![
        file("a nonce that nobody asked for", Check::NonceUnasked, nothing, |d| {
            d.statement.nonce = Some(b"of another".to_vec());
        }),
        file("no nonce", Check::NonceMissing, asked, |d| d.statement.nonce = None),
        file("another nonce", Check::NonceOther, asked, |d| d.statement.nonce = Some(b"of another".to_vec())),
        file("an audience that nobody asked for", Check::AudienceUnasked, nothing, |d| {
            d.statement.audience = Some("another".into());
        }),
        file("no audience", Check::AudienceMissing, asked, |d| d.statement.audience = None),
        file("another audience", Check::AudienceOther, asked, |d| d.statement.audience = Some("another".into())),
        File {
            asked: Asked { nonce: Some(&[7; MAX_NONCE + 1]), ..nothing },
            // the control has a nonce of the greatest length
            ..File::new("a nonce without bound", Check::NonceLength)
        },
        File {
            asked: Asked { bits: Some(125), ..nothing },
            ..File::new("less soundness than the policy demands", Check::SecurityBits)
        },
        File {
            asked,
            draft: |d| d.statement.nonce = Some(b"of last time".to_vec()),
            bytes: |mut evidence| {
                evidence.statement.nonce = Some(b"of this verifier".to_vec());
                evidence.to_bytes()
            },
            ..File::of_argument(
                "evidence of last time under the nonce of today",
                Mutant::Under(Oracle::Deaf("context")),
                Stage::Closing,
            )
        },
    ]
}

/// The run of a program whose input may be one greater, told as a run of the program at hand.
fn beyond_range(draft: &mut Draft<'static>) {
    let own = bench("gemm", 0);
    let mut parts = own.program.parts().clone();
    parts.inputs[0].hi += 1;
    let mut x = own.inputs.clone();
    x[0].data[0] = parts.inputs[0].hi;
    let wide = Program::new(parts).expect("a program");
    let runner = Runner::new(&wide, &own.model.parameters).expect("honest parameters");
    let visibility = Visibility::uniform(&own.program, Level::Public, Level::Public);
    let trace = runner.run(&x, &visibility.inputs).expect("a run");
    let plan = draft.plan.clone();
    *draft = Draft::of_run(&own.model, &x, &visibility, trace);
    draft.plan = plan;
    draft.fill();
}

fn statements() -> Vec<File> {
    let file = |name, check, draft| File { draft, ..File::new(name, check) };
    vec![
        File {
            at: ("gemm", HIDDEN),
            ..file("evidence that names another model", Check::Model, |d| d.statement.model = bench("gemm", 1).model.id)
        },
        file("an input of one more cell", Check::PublicCells, |d| {
            if let Boundary::Public(cells) = &mut d.statement.inputs[0] {
                cells.push(0);
            }
        }),
        file("a public input out of its range", Check::PublicRange, beyond_range),
        File {
            at: ("gemm", COMMITTED),
            ..file("a committed output with a part of order two", Check::CommittedSubgroup, |d| d.stray = order_two())
        },
    ]
}

/// `bytes + (most + 1)`, little-endian, where the sum fits.
fn one_modulus_more(bytes: &mut [u8], most: &[u8; 32]) {
    let mut carry = 1u16;
    for (own, other) in bytes.iter_mut().zip(most) {
        let sum = u16::from(*own) + u16::from(*other) + carry;
        (*own, carry) = ((sum & 0xff) as u8, sum >> 8);
    }
    assert_eq!(carry, 0, "the sum does not fit");
}

fn encodings() -> Vec<File> {
    let argument = |name, rule, bytes| File {
        bytes,
        at: ("gemm", SHOWN),
        ..File::of_argument(name, Mutant::Without(rule), Stage::Decode)
    };
    vec![
        File { bytes: |e| [e.to_bytes(), vec![0]].concat(), ..File::new("bytes behind the evidence", Check::End) },
        File {
            bytes: |e| {
                let mut bytes = e.to_bytes();
                bytes[16] += 1;
                bytes
            },
            ..File::new("evidence of another version", Check::Version)
        },
        argument("a proof with a scalar more than its plan has", Rule::ProofLength, |mut e| {
            e.proof.extend([0; 32]);
            e.to_bytes()
        }),
        argument("a scalar that is not reduced", Rule::ScalarRange, |mut e| {
            let last = e.proof.len() - 32;
            one_modulus_more(&mut e.proof[last..], &encode_scalar(&-Scalar::one()));
            e.to_bytes()
        }),
        argument("a coordinate that is not reduced", Rule::CoordinateRange, |mut e| {
            let most = encode_point(&order_two());
            one_modulus_more(&mut e.proof[..32], most.last_chunk().expect("a coordinate"));
            e.to_bytes()
        }),
    ]
}

/// All of them.
pub fn all() -> Vec<Forgery> {
    [requests, statements, encodings].into_iter().flat_map(|family| family()).map(File::forgery).collect()
}
