//! Prints what each kernel costs on this machine: minimum of many runs, with all threads of the pool.
//!
//! `RAYON_NUM_THREADS=1 cargo run --release -p intaglio-algebra --example unit_costs`

use intaglio_algebra::group::{self, Basis};
use intaglio_algebra::{AdditiveGroup, Field, Scalar, eq, generators, kernels};
use std::hint::black_box;
use std::time::Instant;

fn main() {
    println!("{:<58} {:>10}", "operation", "ns");
    fields();
    rows();
    points();
}

/// Prints the least time of `body`, divided by `per`.
fn bench<T>(name: &str, per: usize, mut body: impl FnMut() -> T) {
    let (mut best, start, mut runs) = (f64::MAX, Instant::now(), 0);
    while runs < 5 || (start.elapsed().as_millis() < 200 && runs < 2000) {
        let begin = Instant::now();
        black_box(body());
        best = best.min(begin.elapsed().as_secs_f64());
        runs += 1;
    }
    println!("{name:<58} {:>10.2}", best * 1e9 / per as f64);
}

fn scalars(n: usize, seed: u64) -> Vec<Scalar> {
    let mut state = Scalar::from(seed + 3).inverse().unwrap_or_default();
    (0..n)
        .map(|_| {
            state = state * state + Scalar::ONE;
            state
        })
        .collect()
}

fn cells(n: usize, bits: u32) -> Vec<i64> {
    (1..=n as u64)
        .map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23).wrapping_mul(i | 1) as i64) >> (64 - bits))
        .collect()
}

fn fields() {
    for log in [10usize, 16] {
        let m = 1 << log;
        let [a, b, c, d] = [1, 2, 3, 4].map(|s| scalars(2 * m, s));
        let e = scalars(m, 5);
        let r = e[1];
        bench(&format!("product by arkworks, 2^{log}"), m, || {
            a.iter().zip(&b).take(m).map(|(a, b)| *a * b).sum::<Scalar>()
        });
        bench(&format!("dot 2^{log}, per term"), m, || kernels::dot(&a[..m], &b[..m]));
        bench(&format!("fold to 2^{log} (and a copy), per output"), m, || {
            let mut t = a.clone();
            kernels::fold(&mut t, r);
            t
        });
        bench(&format!("scale_add 2^{log}"), m, {
            let mut out = a.clone();
            let b = &b;
            move || kernels::scale_add(&mut out[..m], r, &b[..m])
        });
        bench(&format!("product_round 2^{log} with e, per index"), m, || kernels::product_round(&a, &b, Some(&e)));
        bench(&format!("product_round 2^{log} without e, per index"), m, || kernels::product_round(&a, &b, None));
        bench(&format!("fraction_round 2^{log}, per index"), m, || kernels::fraction_round(&a, &b, &c, &d, r, &e));
        bench(&format!("fraction_round 2^{log}, λ = 0, per index"), m, || {
            kernels::fraction_round(&a, &b, &c, &d, Scalar::ZERO, &e)
        });
        bench(&format!("fraction_layer to 2^{log}, per output"), m, || kernels::fraction_layer(&a, &b));
        bench(&format!("eq_table 2^{log}, per entry"), m, || eq::eq_table(&e[..log]));
    }
}

fn rows() {
    let (count, columns) = (1024, 1024);
    let table = cells(count * columns, 16);
    let views: Vec<&[i64]> = table.chunks(columns).collect();
    let weights = scalars(count, 1);
    let mut out = vec![Scalar::ZERO; columns];
    bench("combine_rows 1024 × 1024, per cell", count * columns, || kernels::combine_rows(&views, &weights, &mut out));
    bench("combine_rows 64 × 1024, per cell", 64 * columns, || {
        kernels::combine_rows(&views[..64], &weights, &mut out)
    });
    bench("dot_small 1024, per cell", columns, || kernels::dot_small(views[0], &weights));
    bench("dot_small 1024 zeros, per cell", columns, || kernels::dot_small(&[0; 1024], &weights));
}

fn points() {
    let basis = generators::rows(4096);
    bench("load 1024 shipped generators", 1024, || Basis::new(basis.points()[..1024].to_vec()));
    for bits in [1, 8, 12, 16, 24] {
        for count in [1, 4, 8, 64] {
            let table = cells(count * 1024, bits);
            let views: Vec<&[i64]> = table.chunks(1024).collect();
            bench(&format!("commit {count} rows of 1024, {bits} bits, per cell"), count * 1024, || {
                group::commit_rows(&basis, &views)
            });
        }
    }
    let blinds = scalars(64, 9);
    generators::blind_base();
    bench("blind_base().scale_secret of 64, each", 64, || generators::blind_base().scale_secret(&blinds));
    for n in [16, 64, 256, 1024, 4096] {
        let k = scalars(n, 3);
        bench(&format!("msm {n}, total"), 1, || group::msm(&basis, &k));
        bench(&format!("msm {n} fresh points, total"), 1, || group::msm_points(&basis.points()[..n], &k));
        bench(&format!("msm_secret {n}, total"), 1, || group::msm_secret(&basis, &k));
    }
}
