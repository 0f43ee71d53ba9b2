//! Which column to branch on: by what branching on it did before (pseudo-costs, Bénichou et al.
//! 1971), tried out first where too little is known (reliability branching, Achterberg et al. 2005).

/// Trials of a column in each direction before its history is relied on.
pub(super) const RELIABLE: u32 = 4;

/// Rise of the bound for each unit of rounding down and up.
#[derive(Clone, Debug)]
pub(super) struct History {
    sums: Vec<[f64; 2]>,
    counts: Vec<[u32; 2]>,
    total: [f64; 2],
    total_count: [u32; 2],
}

/// A way to branch.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Candidate {
    pub(super) column: usize,
    pub(super) value: f64,
    pub(super) score: f64,
}

/// How good branching is that raises the bound by this much down and up.
pub(super) fn score(down: f64, up: f64) -> f64 {
    down.max(1e-9) * up.max(1e-9)
}

impl History {
    pub(super) fn new(columns: usize) -> Self {
        Self {
            sums: vec![[0.0; 2]; columns],
            counts: vec![[0; 2]; columns],
            total: [0.0; 2],
            total_count: [0; 2],
        }
    }

    /// Notes that the bound rose by `rise` when the column was moved by `distance`.
    pub(super) fn note(&mut self, column: usize, is_up: bool, rise: f64, distance: f64) {
        let side = usize::from(is_up);
        let rate = rise.max(0.0) / distance.max(1e-6);
        self.sums[column][side] += rate;
        self.counts[column][side] += 1;
        self.total[side] += rate;
        self.total_count[side] += 1;
    }

    pub(super) fn is_reliable(&self, column: usize) -> bool {
        self.counts[column].iter().all(|&count| count >= RELIABLE)
    }

    fn rate(&self, column: usize, side: usize) -> f64 {
        if self.counts[column][side] > 0 {
            self.sums[column][side] / f64::from(self.counts[column][side])
        } else if self.total_count[side] > 0 {
            self.total[side] / f64::from(self.total_count[side])
        } else {
            1.0
        }
    }

    /// The columns of broken value, most promising first.
    pub(super) fn rank(&self, broken: &[(usize, f64)]) -> Vec<Candidate> {
        let candidate = |&(column, value): &(usize, f64)| {
            let fraction = value - value.floor();
            let down = self.rate(column, 0) * fraction;
            let up = self.rate(column, 1) * (1.0 - fraction);
            Candidate { column, value, score: score(down, up) }
        };
        let mut ranked: Vec<Candidate> = broken.iter().map(candidate).collect();
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.column.cmp(&b.column)));
        ranked
    }
}
