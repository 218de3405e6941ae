//! What the store promises, under faults (PROMISES rows 1, 2, 4, 5). Each test prints its seed.

mod conformance;
