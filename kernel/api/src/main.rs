//! The binary `taihu`.

use std::process::ExitCode;

fn main() -> ExitCode {
    taihu_api::run()
}
