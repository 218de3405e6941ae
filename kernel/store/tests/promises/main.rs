//! What the store promises, under faults (PROMISES rows 1, 2, 4 and 17 in their fast form).
//!
//! Seeds are printed. `TAIHU_CRASHES=10000` sets how many power losses are simulated, and
//! `TAIHU_DAMAGES=1000` how many files and how many records are damaged.

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod power;
#[cfg(test)]
mod rot;
#[cfg(test)]
mod writers;

/// How often something is done: by default, or as an environment variable says.
#[cfg(test)]
fn count(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}
