//! Every setting of the kernel: meaning, unit, range, default.

/// How hard to try, and when an answer is good enough.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    /// Stop when (cost − bound) / cost is at most this. [range: 0 to 1] [default: 0, go on]
    pub gap: f64,
    /// Rounds of improvement after the first plan, the budget of repeatable runs: with it and no
    /// time limit the answer depends on the problem, the configuration and the seed alone.
    /// With 0 even the first descent is short: for a problem that moved a little. [default: 40]
    pub rounds: u32,
    /// Seed of every random choice. [default: 1]
    pub seed: u64,
    /// Threads to work with; the answer does not depend on it. One solve uses one thread so far:
    /// callers run solves side by side. [range: 1 to 256] [default: 1]
    pub threads: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { gap: 0.0, rounds: 40, seed: 1, threads: 1 }
    }
}
