//! Seeded chance: PCG-XSH-RR 64/32 (O'Neill 2014), pinned here so that an upgrade of a library
//! can never change a result.

/// A small generator of random numbers; the same seed and stream give the same numbers.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
    increment: u64,
}

impl Random {
    /// The generator of a seed, stream 0.
    pub fn new(seed: u64) -> Self {
        Self::with_stream(seed, 0)
    }

    /// One of many independent generators of a seed: worker or instance numbers are streams.
    pub fn with_stream(seed: u64, stream: u64) -> Self {
        let mut random = Self { state: 0, increment: (stream << 1) | 1 };
        random.next_u32();
        random.state = random.state.wrapping_add(seed);
        random.next_u32();
        random
    }

    /// Uniform over all 32-bit numbers.
    pub fn next_u32(&mut self) -> u32 {
        let old = self.state;
        self.state = old.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(self.increment);
        let xorshifted = (((old >> 18) ^ old) >> 27) as u32;
        xorshifted.rotate_right((old >> 59) as u32)
    }

    /// Uniform in 0 ≤ x < 1, in steps of 2⁻³².
    pub fn unit(&mut self) -> f64 {
        f64::from(self.next_u32()) / 4_294_967_296.0
    }

    /// Uniform in `low` ≤ x < `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in 0 .. `n` (Lemire 2019, without the rejection: the bias is below n / 2³²).
    ///
    /// # Panics
    /// If `n` is 0 or above 2³².
    pub fn below(&mut self, n: usize) -> usize {
        assert!(n > 0 && n as u64 <= 1 << 32, "below needs 1 to 2^32");
        ((u64::from(self.next_u32()) * n as u64) >> 32) as usize
    }

    /// Puts a slice in random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}
