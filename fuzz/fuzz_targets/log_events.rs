//! Fuzz target of the body `events_of_lines`.
#![no_main]

#[path = "../record_bodies.rs"]
#[allow(dead_code, reason = "each target runs one body")]
mod bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::events_of_lines(data));
