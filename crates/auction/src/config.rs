//! Every setting of the kernel: meaning, unit, range, default.

/// How hard to try.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    /// Seed of every random choice of the search. [default: 1]
    pub seed: u64,
    /// Rounds of the search and nodes of the tree after it, the budget of repeatable runs; none: by
    /// the size of the market, or as many as the time limit allows. [default: none]
    pub rounds: Option<u64>,
    /// Relative gap at which the search may stop; 0: only at proof. [range: 0 to 1] [default: 0]
    pub gap: f64,
    /// Threads for payments, whose answers do not depend on them; a clearing uses one.
    /// [default: 1]
    pub threads: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { seed: 1, rounds: None, gap: 0.0, threads: 1 }
    }
}
