//! Tests of the kernel from outside: against brute force and against an exact solver.

mod brute;
mod exact;
mod oracle;
mod random;
