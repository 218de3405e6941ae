//! What the programs we start inherit.

use std::process::Command;

/// Variables that a surrounding `cargo run` or `cargo test` sets for *its* crate, and those that
/// would make the plugin's bytes depend on whose shell this is. A nested cargo must not see them.
fn leaks(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "CARGO",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_INCREMENTAL",
        "CARGO_MAKEFLAGS",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_DIR",
        "CARGO_TARGET_TMPDIR",
        "HOST",
        "MAKEFLAGS",
        "MFLAGS",
        "NUM_JOBS",
        "OPT_LEVEL",
        "OUT_DIR",
        "PROFILE",
        "RUSTC",
        "RUSTC_BOOTSTRAP",
        "RUSTC_LINKER",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_WRAPPER",
        "RUSTDOC",
        "RUSTDOCFLAGS",
        "RUSTFLAGS",
        "TARGET",
    ];
    const PREFIXES: &[&str] = &[
        "CARGO_BIN_",
        "CARGO_BUILD_",
        "CARGO_CFG_",
        "CARGO_CRATE_",
        "CARGO_FEATURE_",
        "CARGO_MANIFEST_",
        "CARGO_PKG_",
        "CARGO_PROFILE_",
        "CARGO_TARGET_WASM32_",
        "CARGO_UNSTABLE_",
        "DEP_",
    ];
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// A command that inherits everything but what would confuse a nested cargo.
pub(super) fn clean_command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(leaks) {
            command.env_remove(&name);
        }
    }
    command
}

#[cfg(test)]
mod tests {
    use super::leaks;

    #[track_caller]
    fn check(name: &str, want: bool) {
        assert_eq!(leaks(name), want, "{name}");
    }

    #[test]
    fn a_nested_cargo_sees_neither_flags_nor_a_foreign_crate() {
        for name in
            ["RUSTC", "RUSTFLAGS", "CARGO_TARGET_DIR", "CARGO_PKG_NAME", "CARGO_MANIFEST_DIR"]
        {
            check(name, true);
        }
        check("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", true);
        check("CARGO_BUILD_TARGET", true);
        check("CARGO_PROFILE_RELEASE_LTO", true);
    }

    #[test]
    fn a_nested_cargo_still_finds_home_proxy_and_mirror() {
        for name in ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "HTTPS_PROXY"]
        {
            check(name, false);
        }
        check("CARGO_HTTP_CAINFO", false);
        check("CARGO_REGISTRIES_MIRROR_INDEX", false);
        check("CARGO_SOURCE_CRATES_IO_REPLACE_WITH", false);
        check("CARGO_NET_OFFLINE", false);
    }
}
