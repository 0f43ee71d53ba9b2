//! Every setting of the kernel: meaning, unit, range, default.

/// How hard to try.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    /// Rounds of ruin and recreate, the budget of repeatable runs: without a time limit the answer
    /// depends on the problem, the configuration and the seed alone. [default: 1,000,000]
    pub iterations: u64,
    /// Seed of every random choice. [default: 1]
    pub seed: u64,
    /// Near stops tried as neighbours of a stop; 0: 60, or 120 where times count.
    /// [range: 0 to 1000] [default: 0]
    pub near_stops: usize,
    /// Parts that the area is split into, again and again along other lines, to be searched side
    /// by side; the answer depends on it. 0: by the numbers of stops and routes. [default: 0]
    pub parts: usize,
    /// Threads to work with, no more than parts; the answer does not depend on it without a time
    /// limit. [default: 1]
    pub threads: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { iterations: 1_000_000, seed: 1, near_stops: 0, parts: 0, threads: 1 }
    }
}
