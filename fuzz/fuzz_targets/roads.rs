//! Fuzz target of the reader of extracts. Run it with `-O`: sums of differences in a damaged file
//! may overflow within the decoder, which is no fault, see the profiles of the workspace.
#![no_main]

#[path = "../roads_body.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::extract(data));
