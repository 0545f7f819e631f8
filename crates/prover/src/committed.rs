//! The secret behind a committed input or output: what opens it later, or hands it to another proof.

use crate::error::ProverError;
use crate::sealed;
use intaglio_algebra::encoding::{decode_point, decode_scalar, encode_point, encode_scalar};
use intaglio_algebra::random::random_scalars;
use intaglio_algebra::{Affine, Scalar, generators};
use intaglio_argument::prove::{Cells, blind_rows, commit_cells};
use intaglio_program::bytes::{Reader, Writer};
use intaglio_program::layout::Layout;
use intaglio_program::lower::BOUNDARY_WIDTH_VARS;
use zeroize::{Zeroize, Zeroizing};

const MAGIC: &[u8; 16] = b"INTAGLIO-OPENERS";
const VERSION: u16 = 2;

/// A committed tensor with its cells and blinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedTensor {
    /// The user's name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Fraction bits.
    pub exponent: i32,
    /// Row-major integers.
    pub cells: Vec<i64>,
    /// What padding holds.
    pub fill: i64,
    /// Blind of each row.
    pub blinds: Vec<Scalar>,
    /// The rows.
    pub rows: Vec<Affine>,
}

impl Drop for CommittedTensor {
    fn drop(&mut self) {
        self.cells.zeroize();
        self.blinds.zeroize();
    }
}

impl CommittedTensor {
    /// Commits to a tensor with fresh blinds. Padding holds `fill`.
    ///
    /// # Errors
    ///
    /// [`ProverError::Random`].
    pub fn commit(name: &str, shape: &[usize], exponent: i32, cells: &[i64], fill: i64) -> Result<Self, ProverError> {
        let layout = Layout::flat(shape);
        let width = 1usize << layout.num_vars().min(BOUNDARY_WIDTH_VARS);
        let padded = Zeroizing::new(Cells::Small(layout.scatter(cells, fill)));
        let blinds = random_scalars(padded.len() / width)?;
        let points = commit_cells(&generators::rows(width), &padded, width);
        let rows = blind_rows(&points, &blinds);
        Ok(Self { name: name.to_owned(), shape: shape.to_vec(), exponent, cells: cells.to_vec(), fill, blinds, rows })
    }

    /// The file of all committed tensors of one proof.
    ///
    /// # Errors
    ///
    /// [`ProverError::Random`].
    pub fn to_bytes(tensors: &[Self], passphrase: Option<&[u8]>) -> Result<Vec<u8>, ProverError> {
        let len = |t: &Self| 36 + t.name.len() + 4 * t.shape.len() + 8 * t.cells.len() + 96 * t.rows.len();
        // sized at once: a buffer that grows leaves copies behind
        let mut w = Writer(Vec::with_capacity(4 + tensors.iter().map(len).sum::<usize>()));
        w.count(tensors.len());
        for t in tensors {
            w.text(&t.name);
            w.sizes(&t.shape);
            w.i64(t.exponent.into());
            w.i64(t.fill);
            w.count(t.cells.len());
            t.cells.iter().for_each(|c| w.i64(*c));
            w.count(t.rows.len());
            t.blinds.iter().for_each(|b| w.raw(&encode_scalar(b)));
            t.rows.iter().for_each(|p| w.raw(&encode_point(p)));
        }
        sealed::seal(MAGIC, VERSION, Zeroizing::new(w.0), passphrase)
    }

    /// Reads such a file.
    ///
    /// # Errors
    ///
    /// [`ProverError::File`] or [`ProverError::Passphrase`].
    pub fn from_bytes(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<Vec<Self>, ProverError> {
        let plain = sealed::open(MAGIC, VERSION, "openings", bytes, passphrase)?;
        let bad = ProverError::file("openings");
        let mut r = Reader::new(&plain);
        let tensors = r.list(36, Self::read).map_err(&bad)?;
        r.end().map_err(&bad)?;
        Ok(tensors)
    }

    fn read(r: &mut Reader<'_>) -> intaglio_program::bytes::Read<Self> {
        let (name, shape, exponent, fill) = (r.text()?, r.sizes()?, r.i32()?, r.i64()?);
        let cells = r.list(8, Reader::i64)?;
        let count = r.count(96)?;
        let mut blinds = Vec::with_capacity(count);
        for _ in 0..count {
            blinds.push(decode_scalar(&r.array()?).or_else(|_| r.fail("a blind that is not reduced"))?);
        }
        let mut rows = Vec::with_capacity(count);
        for _ in 0..count {
            rows.push(decode_point(&r.array()?).or_else(|_| r.fail("a row that is no point"))?);
        }
        if cells.len() != intaglio_program::tensor::cells(&shape) {
            return r.fail("another number of cells than the shape's");
        }
        Ok(Self { name, shape, exponent, cells, fill, blinds, rows })
    }
}
