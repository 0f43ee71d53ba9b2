//! Every setting of the kernel: meaning, unit, range, default.

/// How hard to try.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    /// Rounds of ruin and recreate, the budget of repeatable runs: without a time limit the answer
    /// depends on the problem, the configuration and the seed alone. [default: 1,000,000]
    pub iterations: u64,
    /// Seed of every random choice. [default: 1]
    pub seed: u64,
    /// Near stops tried as neighbours of a stop. [range: 1 to 1000] [default: 60]
    pub near_stops: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { iterations: 1_000_000, seed: 1, near_stops: 60 }
    }
}
