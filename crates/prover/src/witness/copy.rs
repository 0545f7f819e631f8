//! Where cells go from one array to another, as runs of equal distance.

/// `len` cells: `to, to + 1, …` from `from, from + step, …`; the step is one, zero for a broadcast, or a stride.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    from: usize,
    to: usize,
    len: usize,
    step: usize,
}

/// A list of runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Copy {
    runs: Vec<Run>,
}

impl Copy {
    /// Joins pairs `(from, to)` into runs.
    pub(super) fn new(pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        for (from, to) in pairs {
            match runs.last_mut() {
                Some(run) if run.to + run.len == to && run.takes(from) => {
                    if run.len == 1 {
                        run.step = from - run.from;
                    }
                    run.len += 1;
                }
                _ => runs.push(Run { from, to, len: 1, step: 1 }),
            }
        }
        Self { runs }
    }

    /// Calls `each(to, from)` for every cell of `target` that a run reaches.
    pub(super) fn apply<S, T>(&self, source: &[S], target: &mut [T], each: impl Fn(&mut T, &S)) {
        let all = |target: &mut [T], source: &[S]| target.iter_mut().zip(source).for_each(|(t, s)| each(t, s));
        self.apply_runs(source, target, all, &each);
    }

    /// As [`Self::apply`], with `all` for cells that lie side by side in both arrays.
    pub(super) fn apply_runs<S, T>(
        &self,
        source: &[S],
        target: &mut [T],
        all: impl Fn(&mut [T], &[S]),
        each: impl Fn(&mut T, &S),
    ) {
        for run in &self.runs {
            let target = &mut target[run.to..][..run.len];
            match run.step {
                0 => target.iter_mut().for_each(|t| each(t, &source[run.from])),
                1 => all(target, &source[run.from..][..run.len]),
                step => target.iter_mut().zip(source[run.from..].iter().step_by(step)).for_each(|(t, s)| each(t, s)),
            }
        }
    }

    /// Sums `count` over the runs of one array: the cells that are read.
    pub(super) fn count<S>(&self, source: &[S], mut count: impl FnMut(&[S]) -> usize) -> usize {
        let mut own = |run: &Run| match run.step {
            1 => count(&source[run.from..][..run.len]),
            step => (0..run.len).map(|i| count(&source[run.from + i * step..][..1])).sum(),
        };
        self.runs.iter().map(&mut own).sum()
    }
}

impl Run {
    fn takes(&self, from: usize) -> bool {
        match self.len {
            1 => from >= self.from,
            len => from == self.from + len * self.step,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Copy;

    #[test]
    fn runs_copy_what_the_pairs_say() {
        let pairs = [(4, 0), (5, 1), (6, 2), (2, 3), (2, 4), (2, 5), (9, 7), (0, 8), (1, 9), (1, 11), (4, 12), (7, 13)];
        let source: Vec<i64> = (100..110).collect();
        let mut target = vec![0; 14];
        let copy = Copy::new(pairs);
        copy.apply(&source, &mut target, |t, s| *t = *s);
        let mut expected = vec![0; 14];
        pairs.iter().for_each(|(from, to)| expected[*to] = source[*from]);
        assert_eq!(target, expected);
        assert_eq!(copy.runs.len(), 5);
        assert_eq!(copy.count(&source, |cells| cells.iter().filter(|c| **c % 2 == 0).count()), 7);
    }
}
