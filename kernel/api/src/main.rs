//! The binary `taihu`.
fn main() {}
