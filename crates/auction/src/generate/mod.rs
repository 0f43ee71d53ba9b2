//! Random markets from a seed: for tests, benchmarks and the `generate` command.

mod geography;
mod postal;
mod reverse;

pub use geography::Unit;
pub use postal::{PostalConfig, postal};
pub use reverse::{ReverseConfig, reverse};
