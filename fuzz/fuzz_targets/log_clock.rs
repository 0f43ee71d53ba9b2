//! Fuzz target of the body `clock_of_bytes`.
#![no_main]

#[path = "../record_bodies.rs"]
#[allow(dead_code, reason = "each target runs one body")]
mod bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::clock_of_bytes(data));
