//! Signing what tests install, by the way that everybody signs: a key is made, and added for the city.

use std::sync::OnceLock;

use taihu_service::signatures::{self, KeyFiles, Password};
use taihu_service::{Caller, Kernel};

/// A key of these tests alone.
fn key() -> &'static KeyFiles {
    static KEY: OnceLock<KeyFiles> = OnceLock::new();
    KEY.get_or_init(|| signatures::keygen(Password::None).unwrap())
}

/// The signature to install a file with, by a key that the kernel knows.
pub(crate) fn sign(kernel: &Kernel, file: &[u8]) -> Option<String> {
    let console = Caller::console(kernel.city().clone());
    kernel.add_publisher(&console, kernel.city(), &key().public, "测试").unwrap();
    Some(signatures::sign(file, &key().secret, Password::None, "signed for a test").unwrap())
}
