//! Fuzz target of the body `sealed_of_bytes`.
#![no_main]

#[path = "../record_bodies.rs"]
#[allow(dead_code, reason = "each target runs one body")]
mod bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::sealed_of_bytes(data));
