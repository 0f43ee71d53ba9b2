//! The application: everything that reads, writes and prints. The command line is thin; tests and
//! other programs can call what is behind it.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program speaks to its terminal"
)]

pub mod args;
mod auction;
mod auction_record;
pub mod calibration;
pub mod commands;
pub mod failure;
pub mod input;
pub mod load;
pub mod nation;
pub mod output;
pub mod parallel;
pub mod planning;
pub mod progress;
pub mod report;
pub mod result;
mod routing;
pub mod routing_output;
pub mod run;
mod serving;
pub mod tables;
