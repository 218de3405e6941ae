//! What the project promises, as tests: the house itself, and the product from end to end.

mod house;
mod kernel;
mod one_day;
mod program;
mod server;
