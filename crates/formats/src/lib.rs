//! Bytes in and out of the model: tables, study files, benchmark instances.

#![warn(missing_docs)]

pub mod auction;
pub mod cats;
pub mod instance;
mod locate;
pub mod national;
pub mod orlib;
mod pairs;
pub mod problem;
pub mod routing;
pub mod study;
pub mod tables;
pub mod vroom;
pub mod vrplib;
