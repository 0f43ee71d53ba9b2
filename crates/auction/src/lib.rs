//! Auctions: which bids win, and what the winners pay.

#![warn(missing_docs)]

pub mod generate;
pub mod packing;
