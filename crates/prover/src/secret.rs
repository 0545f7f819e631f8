//! Committing to a model: the secret that proofs are made from, and the public commitment.

use crate::error::ProverError;
use crate::sealed;
use crate::witness::Runner;
use intaglio_algebra::encoding::{decode_scalar, encode_scalar};
use intaglio_algebra::random::random_scalars;
use intaglio_algebra::{Affine, Scalar, generators};
use intaglio_argument::plan::Plan;
use intaglio_argument::prove::{Assignment, Cancelled, Cells, Observer, blind_rows, commit_cells, prove};
use intaglio_argument::statement::{ImportedRows, Statement};
use intaglio_argument::system::TensorId;
use intaglio_program::bytes::{Reader, Writer};
use intaglio_program::interpret::check_parameters;
use intaglio_program::lower::{
    ParameterLayout, Role, Visibility, WellformedChunk, column_vars, model_tensors, wellformed,
};
use intaglio_program::program::{ParameterId, Program};
use intaglio_program::tensor::{IntTensor, cells};
use intaglio_verifier::{Commitment, LaidOut, Plans};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use zeroize::{Zeroize, Zeroizing};

const MAGIC: &[u8; 16] = b"INTAGLIO-SECRET\0";
const VERSION: u16 = 2;

/// A committed model with its weights and blinds: never published.
pub struct Secret {
    program: Program,
    /// The weights, once: as they stand in the committed rows.
    cells: Cells,
    /// Where each parameter starts in them.
    starts: Vec<usize>,
    blinds: Vec<Scalar>,
    rows: ImportedRows,
    id: [u8; 32],
    plans: Plans,
    runner: OnceLock<Runner>,
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.blinds.zeroize();
        self.cells.zeroize();
    }
}

/// Row-major parameters, wiped when dropped.
pub struct Parameters(Vec<IntTensor>);

impl Deref for Parameters {
    type Target = [IntTensor];

    fn deref(&self) -> &[IntTensor] {
        &self.0
    }
}

impl Drop for Parameters {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|p| p.data.zeroize());
    }
}

/// One chunk's proof as a part of the whole commitment: progress never runs backwards.
struct Part<'a> {
    observer: &'a dyn Observer,
    from: f64,
    to: f64,
}

impl Observer for Part<'_> {
    fn reached(&self, _stage: &str, done: f64) -> Result<(), Cancelled> {
        self.observer.reached("well-formedness", self.from + (self.to - self.from) * done)
    }
}

/// Commits to a program's parameters: fresh blinds, rows, and the well-formedness proof of each chunk.
///
/// # Errors
///
/// [`ProverError`] if the parameters do not fit, or the caller stops.
pub fn commit(
    program: Program,
    parameters: Vec<IntTensor>,
    observer: &dyn Observer,
) -> Result<(Secret, Vec<u8>), ProverError> {
    let parameters = Parameters(parameters);
    check_parameters(&program, &parameters)?;
    let model = ModelCells::new(&program)?;
    let width = model.plan.system().column_vars();
    let cells = model.fill(parameters.iter().map(|p| p.data.iter().copied()));
    drop(parameters);
    let blinds = random_scalars(model.plan.num_rows())?;
    observer.reached("rows", 0.05)?;
    let points = blind_rows(&commit_cells(&generators::rows(1 << width), &cells, 1 << width), &blinds);
    let mut commitment = Commitment { program: program.clone(), rows: points.clone(), proofs: Vec::new() };
    let id = commitment.id();
    let chunks = wellformed(&program)?;
    let count = chunks.len();
    for (index, chunk) in chunks.into_iter().enumerate() {
        let share = |index: usize| 0.2 + 0.8 * index as f64 / count as f64;
        let part = Part { observer, from: share(index), to: share(index + 1) };
        part.reached("", 0.0)?;
        commitment.proofs.push(prove_chunk(&program, &id, chunk, (&cells, &blinds, &points), &part)?);
    }
    observer.reached("done", 1.0)?;
    let secret = Secret {
        starts: model.starts,
        program,
        cells,
        blinds,
        rows: ImportedRows::new(points),
        id,
        plans: Plans::default(),
        runner: OnceLock::new(),
    };
    Ok((secret, commitment.to_bytes()))
}

/// The model group: its rows, and where each parameter lies in them.
struct ModelCells {
    plan: Plan,
    layouts: Vec<ParameterLayout>,
    starts: Vec<usize>,
}

impl ModelCells {
    fn new(program: &Program) -> Result<Self, ProverError> {
        let plan = Plan::new(model_tensors(program, column_vars(program)?)?);
        let ids = (0..program.parameters().len() as u32).map(ParameterId);
        let starts = ids.clone().map(|id| plan.place(TensorId(id.0)).map_or(0, |place| place.offset)).collect();
        Ok(Self { plan, layouts: ids.map(|id| ParameterLayout::of(program, id)).collect(), starts })
    }

    /// The cells, from the row-major cells of each parameter: nothing is kept in between.
    fn fill<P: Iterator<Item = i64>>(&self, parameters: impl Iterator<Item = P>) -> Cells {
        let mut cells = vec![0; self.plan.num_rows() << self.plan.system().column_vars()];
        for ((parameter, layout), start) in parameters.zip(&self.layouts).zip(&self.starts) {
            layout.place(parameter, &mut cells[*start..]);
        }
        Cells::Small(cells)
    }
}

fn prove_chunk(
    program: &Program,
    id: &[u8; 32],
    chunk: WellformedChunk,
    (cells, blinds, points): (&Cells, &[Scalar], &[Affine]),
    observer: &dyn Observer,
) -> Result<Vec<u8>, ProverError> {
    let Cells::Small(cells) = cells else { return Err(ProverError::SelfCheck("weights are integers".into())) };
    let WellformedChunk { system, columns, blocks: _, model_rows } = chunk;
    let plan = Plan::new(system);
    let width = 1usize << plan.system().column_vars();
    // sized at once: a buffer that grows leaves copies behind
    let mut model = Vec::with_capacity(model_rows.len() * width);
    model_rows.iter().for_each(|row| model.extend_from_slice(&cells[row * width..(row + 1) * width]));
    let own_blinds: Zeroizing<Vec<Scalar>> = Zeroizing::new(model_rows.iter().map(|row| blinds[*row]).collect());
    let rows = ImportedRows::new(model_rows.iter().map(|row| points[*row]).collect());
    let mut witness = vec![0; plan.group_rows()[1] * width];
    let mut current: &[i64] = &[];
    for column in &columns {
        let Some(place) = plan.place(column.tensor) else { continue };
        match column.role {
            // a block is followed by its limbs
            Role::Parameter(_) => current = &model[place.offset..place.offset + (1 << place.num_vars)],
            Role::Limb { of: intaglio_program::lower::Span::Parameter(p), shift, bits } => {
                let offset = 1i64 << (program.parameters()[p.0 as usize].bits - 1);
                let limbs = current.iter().map(|w| ((w + offset) >> shift) & ((1 << bits) - 1));
                witness[place.offset..].iter_mut().zip(limbs).for_each(|(cell, limb)| *cell = limb);
            }
            _ => {}
        }
    }
    let assignment = Assignment {
        groups: vec![Cow::Owned(Cells::Small(model)), Cow::Owned(Cells::Small(witness))],
        inner: BTreeMap::new(),
    };
    let statement = Statement { context: id, publics: &[], imported: &[rows] };
    Ok(prove(&plan, &statement, assignment, &[&own_blinds], observer)?)
}

/// Integers of eight bytes.
fn numbers(bytes: &[u8]) -> impl Iterator<Item = i64> {
    bytes.as_chunks().0.iter().map(|word| i64::from_le_bytes(*word))
}

impl Secret {
    /// The integer program.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The parameters, row-major: read out of the committed cells.
    #[must_use]
    pub fn parameters(&self) -> Parameters {
        Parameters((0..self.starts.len()).map(|index| self.parameter(index)).collect())
    }

    fn parameter(&self, index: usize) -> IntTensor {
        let shape = self.program.parameters()[index].shape.clone();
        let own = match &self.cells {
            Cells::Small(cells) => &cells[self.starts[index]..],
            Cells::Field(_) => &[],
        };
        let data = ParameterLayout::of(&self.program, ParameterId(index as u32)).gather(own);
        IntTensor { shape, data }
    }

    /// The identity of the commitment.
    #[must_use]
    pub fn id(&self) -> &[u8; 32] {
        &self.id
    }

    pub(crate) fn cells(&self) -> &Cells {
        &self.cells
    }

    pub(crate) fn blinds(&self) -> &[Scalar] {
        &self.blinds
    }

    pub(crate) fn rows(&self) -> &ImportedRows {
        &self.rows
    }

    /// What runs the program; packed at the first use.
    pub(crate) fn runner(&self) -> Result<&Runner, ProverError> {
        if let Some(runner) = self.runner.get() {
            return Ok(runner);
        }
        let made = Runner::new(&self.program, &self.parameters())?;
        Ok(self.runner.get_or_init(|| made))
    }

    /// The plan of a proof under a visibility; laid out once.
    pub(crate) fn plan(&self, visibility: &Visibility) -> Result<Arc<LaidOut>, ProverError> {
        self.plans.get(&self.program, visibility, |_| Ok(()))
    }

    /// The secret file: encrypted under a passphrase if there is one.
    ///
    /// # Errors
    ///
    /// [`ProverError::Random`] if the operating system gives no salt.
    pub fn to_bytes(&self, passphrase: Option<&[u8]>) -> Result<Vec<u8>, ProverError> {
        let program = self.program.to_bytes();
        let weights: usize = self.program.parameters().iter().map(|p| 8 * cells(&p.shape)).sum();
        // sized at once: a buffer that grows leaves copies behind
        let mut w = Writer(Vec::with_capacity(program.len() + weights + 96 * self.blinds.len() + 8));
        w.blob(&program);
        for index in 0..self.starts.len() {
            let parameter = Zeroizing::new(self.parameter(index).data);
            parameter.iter().for_each(|v| w.i64(*v));
        }
        w.count(self.blinds.len());
        self.blinds.iter().for_each(|b| w.raw(&encode_scalar(b)));
        self.rows.basis().points().iter().for_each(|p| w.raw(&intaglio_algebra::encoding::encode_point(p)));
        sealed::seal(MAGIC, VERSION, Zeroizing::new(w.0), passphrase)
    }

    /// Reads a secret file.
    ///
    /// # Errors
    ///
    /// [`ProverError::File`] for damaged bytes, [`ProverError::Passphrase`] for a wrong or missing passphrase.
    pub fn from_bytes(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<Self, ProverError> {
        let plain = sealed::open(MAGIC, VERSION, "secret", bytes, passphrase)?;
        let bad = ProverError::file("secret");
        let mut r = Reader::new(&plain);
        let program = Program::from_bytes(r.blob().map_err(&bad)?).map_err(&bad)?;
        let mut weights = Vec::new();
        for p in program.parameters() {
            let own = r.take(cells(&p.shape).saturating_mul(8)).map_err(&bad)?;
            let (lo, hi) = p.range();
            if numbers(own).any(|w| w < lo || w > hi) {
                let cause = format!("parameter '{}' has a cell outside its declared range", p.name);
                return Err(ProverError::File { file: "secret", cause });
            }
            weights.push(own);
        }
        let scalar = |r: &mut Reader<'_>| decode_scalar(&r.array()?).or_else(|_| r.fail("a blind that is not reduced"));
        let blinds = r.list(32, scalar).map_err(&bad)?;
        let mut points = Vec::with_capacity(blinds.len());
        for _ in 0..blinds.len() {
            let array = r.array().map_err(&bad)?;
            let point = intaglio_algebra::encoding::decode_point(&array).or_else(|_| r.fail("a row that is no point"));
            points.push(point.map_err(&bad)?);
        }
        r.end().map_err(&bad)?;
        let model = ModelCells::new(&program)?;
        if blinds.len() != model.plan.num_rows() {
            return Err(ProverError::File {
                file: "secret",
                cause: "another number of rows than the program's".into(),
            });
        }
        let cells = model.fill(weights.iter().map(|own| numbers(own)));
        let id = Commitment { program: program.clone(), rows: points.clone(), proofs: vec![] }.id();
        let rows = ImportedRows::new(points);
        let starts = model.starts;
        Ok(Self { program, cells, starts, blinds, rows, id, plans: Plans::default(), runner: OnceLock::new() })
    }
}
