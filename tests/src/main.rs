//! The program under test: what `taihu` is, under a name of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    taihu_api::run()
}
