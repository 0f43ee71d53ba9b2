//! The mathematics under the kernels, without a word of the domain: when to stop, and chance.

#![warn(missing_docs)]

pub mod conflicts;
pub mod control;
pub mod lp;
pub mod mip;
pub mod parts;
pub mod random;

pub use control::{Control, Progress};
pub use random::Random;
