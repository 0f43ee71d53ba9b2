//! The day of a van, estimated without routing it: continuous approximation of tours.
