//! VROOM's documented JSON: its problems become routing jobs, plans become its answers.
//! `docs/vroom.md` tells what is supported and how; the format is that of VROOM 1.15.

mod given;
mod input;
mod output;
mod prices;
mod problem;
#[cfg(test)]
mod tests;
mod travel;

pub use given::check;
pub use output::{Code, failed, write};
pub use problem::{Options, VroomJob, read};

use postroad_model::Fault;
use postroad_model::place::Coordinate;
use postroad_model::routing::Travel;

/// How ways are found where the problem gives no matrix.
#[derive(Clone, Copy)]
pub enum Ways<'a> {
    /// Straight lines at one speed.
    Straight {
        /// Road over straight line.
        circuity: f64,
        /// Speed along the road.
        km_per_hour: f64,
    },
    /// Along roads.
    Roads(&'a dyn AskRoads),
}

/// Knows the roads.
pub trait AskRoads {
    /// Distances and times between places, and in a sentence what they are like; `file` is named
    /// in faults.
    fn travel(&self, file: &str, places: &[NamedPlace]) -> Result<(Travel, String), Vec<Fault>>;
}

/// A place, and what is there, for faults that name it.
#[derive(Clone, PartialEq, Debug)]
pub struct NamedPlace {
    /// Such as "job 5".
    pub name: String,
    /// Where it is.
    pub point: Coordinate,
}
