//! Exact integer products in double precision: every partial sum is below 2^53 by the program's declared ranges.

use intaglio_program::ops::window::Tap;

/// `out[i·n + j] = Σ_k a[i·k + t]·b[t·n + j]`, row-major, `m × k` by `k × n`.
pub(super) fn product(a: &[f64], b: &[f64], (m, k, n): (usize, usize, usize)) -> Vec<i64> {
    let mut out = vec![0.0; m * n];
    multiply(a, b, &mut out, (m, k, n));
    out.into_iter().map(|v| v as i64).collect()
}

fn multiply(a: &[f64], b: &[f64], out: &mut [f64], (m, k, n): (usize, usize, usize)) {
    assert!(a.len() == m * k && b.len() == k * n && out.len() == m * n, "lengths of a product");
    if n == 1 {
        for (row, o) in a.chunks(k).zip(out.iter_mut()) {
            *o = row.iter().zip(b).map(|(x, y)| x * y).sum();
        }
        return;
    }
    for (row, o) in a.chunks(k).zip(out.chunks_mut(n)) {
        for (x, column) in row.iter().zip(b.chunks(n)) {
            if *x != 0.0 {
                o.iter_mut().zip(column).for_each(|(o, y)| *o += x * y);
            }
        }
    }
}

/// `out[m][s] = Σ_{c,k} w[m][c][k]·x[c][tap(s,k)]` for one image and one group.
pub(super) fn convolve(
    w: &[f64],
    x: &[f64],
    taps: &[Tap],
    volume: usize,
    windows: usize,
    (m, c): (usize, usize),
) -> Vec<i64> {
    let area = x.len() / c.max(1);
    let mut image = vec![0.0; c * volume * windows];
    for (channel, plane) in x.chunks(area.max(1)).enumerate() {
        for tap in taps {
            image[(channel * volume + tap.offset) * windows + tap.out] = plane[tap.source];
        }
    }
    product(w, &image, (m, c * volume, windows))
}

/// Integers as doubles, exact below 2^53.
pub(super) fn doubles(cells: &[i64]) -> Vec<f64> {
    cells.iter().map(|v| *v as f64).collect()
}
