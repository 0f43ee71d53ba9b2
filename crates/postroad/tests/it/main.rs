//! Tests of the application from outside, in one binary.

mod published;
mod tidy;
