//! Tests of the application from outside, in one binary.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod auction;
mod auction_faults;
mod auction_record;
mod bench;
mod chapters;
mod faults;
mod nation;
mod published;
mod roads;
mod route;
mod serve_routes;
mod studies;
mod support;
mod tidy;
