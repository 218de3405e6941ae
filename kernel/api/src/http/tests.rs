//! The HTTP face from outside, without a socket: requests in, answers out.

mod answers;
mod crowded;
mod doors;
mod exchange;
mod fuzz;
mod harvest;
mod journey;
mod ledgers;
mod oai;
mod problems;
mod search;
mod secrets;
mod serving;
mod shape;
mod tenants;
mod torn;
mod torn_drops;
mod town;
