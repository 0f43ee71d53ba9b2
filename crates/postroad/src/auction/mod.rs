//! From a market's files to a checked award: what the commands of auctions share.

pub(crate) mod clear;
pub(crate) mod clock;
pub(crate) mod demand;
pub(crate) mod explain;
pub(crate) mod generate;
pub(crate) mod load;
pub(crate) mod outcome;
pub(crate) mod output;
pub(crate) mod report;
pub(crate) mod simulate;
pub(crate) mod text;
pub(crate) mod values;
