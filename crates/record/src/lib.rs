//! The record of an auction: an append-only log in which every entry is chained to the one before
//! it and signed, bids that nobody can read before the opening, and the state machines that
//! replay it. Nothing here opens a file, reads a clock or draws a random number: time and
//! randomness come from the caller, so that anybody can replay a log and find the same.
//!
//! The bytes are described in `docs/auction-record.md`.

#![warn(missing_docs)]

pub mod auction;
pub mod bytes;
pub mod clock;
pub mod entry;
pub mod event;
pub mod keys;
pub mod receipt;
pub mod replay;
pub mod sealed;
pub mod sealing;
pub mod terms;
pub mod time;

#[cfg(test)]
mod tampering;
#[cfg(test)]
mod tests;
