//! Random markets from a seed: for tests, benchmarks and the `generate` command.

mod geography;
mod postal;
mod reverse;

pub use geography::Unit;
pub use postal::{PostalConfig, postal};
pub use reverse::{ReverseConfig, reverse};

use postroad_optimization::Random;

/// A bid's ticket.
fn ticket(random: &mut Random) -> u64 {
    (u64::from(random.next_u32()) << 32) | u64::from(random.next_u32())
}
