//! VROOM's documented JSON: its problems become routing jobs, plans become its answers.
//! `docs/vroom.md` tells what is supported and how; the format is that of VROOM 1.15.

mod input;
mod output;
mod prices;
mod problem;
#[cfg(test)]
mod tests;
mod travel;

pub use output::{Code, failed, write};
pub use problem::{Options, VroomJob, read};

/// How ways are found where the problem gives no matrix.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ways {
    /// Road over straight line.
    pub circuity: f64,
    /// Speed along the road.
    pub km_per_hour: f64,
}
