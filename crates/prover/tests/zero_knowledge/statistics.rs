//! Two samples of 16-bit values, and the interval of a win rate.

/// Passed with probability below 10^-12 by two samples of one distribution, at 31 degrees of freedom.
pub const LIMIT: f64 = 130.0;

/// How 16 bits are put into 32 bins: by the high or by the low five.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bins {
    High,
    Low,
}

impl Bins {
    pub fn of(self, value: u16) -> usize {
        usize::from(match self {
            Self::High => value >> 11,
            Self::Low => value & 31,
        })
    }

    fn count(self, sample: &[u16]) -> [f64; 32] {
        let mut counts = [0.0; 32];
        sample.iter().for_each(|v| counts[self.of(*v)] += 1.0);
        counts
    }
}

/// Counts of both samples in each bin.
pub fn counts(bins: Bins, a: &[u16], b: &[u16]) -> [[f64; 32]; 2] {
    [bins.count(a), bins.count(b)]
}

/// The chi-squared statistic of two samples.
pub fn chi_squared(bins: Bins, a: &[u16], b: &[u16]) -> f64 {
    let weight = (b.len() as f64 / a.len() as f64).sqrt();
    let [a, b] = counts(bins, a, b);
    let term = |(a, b): (&f64, &f64)| if a + b == 0.0 { 0.0 } else { (weight * a - b / weight).powi(2) / (a + b) };
    a.iter().zip(&b).map(term).sum()
}

/// The greater statistic of both binnings.
pub fn two_sample(a: &[u16], b: &[u16]) -> f64 {
    chi_squared(Bins::High, a, b).max(chi_squared(Bins::Low, a, b))
}

/// Wilson's interval of a rate, at 99.9 %.
pub fn interval(wins: usize, rounds: usize) -> (f64, f64) {
    let (n, z) = (rounds as f64, 3.290_526_7);
    let rate = wins as f64 / n;
    let spread = z * (rate * (1.0 - rate) / n + z * z / (4.0 * n * n)).sqrt();
    let (middle, scale) = (rate + z * z / (2.0 * n), 1.0 + z * z / n);
    ((middle - spread) / scale, (middle + spread) / scale)
}

/// How many rounds: 10^3 by default, 10^4 in `make check-full`.
pub fn rounds() -> usize {
    std::env::var("INTAGLIO_ZK_PROOFS").map_or(1000, |n| n.parse().expect("a number of proofs"))
}

#[test]
fn the_two_sample_test_sees_a_bias_and_nothing_else() {
    let scramble = |i: u32, salt: u32| (i.wrapping_mul(2_654_435_761).wrapping_add(salt) ^ salt.rotate_left(9)) >> 7;
    let uniform = |salt: u32| -> Vec<u16> { (0..1000).map(|i| scramble(scramble(i, salt), salt) as u16).collect() };
    assert!(two_sample(&uniform(1), &uniform(2)) < LIMIT);
    let short: Vec<u16> = uniform(3).into_iter().map(|v| v >> 1).collect();
    assert!(two_sample(&uniform(1), &short) > LIMIT, "the highest bit is always zero");
    let even: Vec<u16> = uniform(3).into_iter().map(|v| v & !1).collect();
    assert!(two_sample(&uniform(1), &even) > LIMIT, "the lowest bit is always zero");
    assert!(two_sample(&uniform(1), &vec![7; 1000]) > LIMIT, "a constant");
}

#[test]
fn the_interval_holds_its_rate() {
    let (low, high) = interval(500, 1000);
    assert!(low < 0.5 && 0.5 < high && high - low < 0.11);
    assert!(interval(1000, 1000).0 > 0.98);
    assert!(interval(570, 1000).0 > 0.5);
}
