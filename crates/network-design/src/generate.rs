//! Random problems from a seed: for tests, benchmarks and the `generate` command.
