//! The compiling child by itself. The binary `taihu` re-executes itself instead; tests use this one.

use std::process::ExitCode;

fn main() -> ExitCode {
    taihu_sandbox::compiler::child_main()
}
