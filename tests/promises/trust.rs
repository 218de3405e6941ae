//! Who answers for a plugin: every bad signature, key and version is refused with its own words, and
//! leaves nothing behind.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use taihu_model::{GrantRequest, Installation, InstallationState, KeyId, PluginName, TenantSlug};
use taihu_service::signatures::{self, KeyFiles, Password, SignatureFault};
use taihu_service::{
    Caller, Compiler, Error, Gate, Home, HomeOptions, InstallOptions, Kernel, ManualClock,
    Promotion, Result, Role,
};

use crate::ground::version;
use crate::program::fails;

pub(crate) struct City {
    pub(crate) home: Home,
    pub(crate) console: Caller,
    pub(crate) city: TenantSlug,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) dir: tempfile::TempDir,
}

impl City {
    pub(crate) fn new(allow_unsigned: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new("2026-05-20T01:00:00Z".parse().unwrap()));
        let options = HomeOptions {
            clock: Arc::<ManualClock>::clone(&clock),
            outbound: Arc::new(Gate),
            compiler: Compiler::InProcess,
            loopback: true,
            allow_unsigned,
            embedding: None,
        };
        let home = Home::open(dir.path(), options).unwrap();
        let city = home.kernel.city().clone();
        Self { console: Caller::console(city.clone()), home, city, clock, dir }
    }

    pub(crate) fn kernel(&self) -> &Kernel {
        &self.home.kernel
    }

    /// Everything that a refusal must not change: the heads of all logs, and the cache of code.
    fn left_behind(&self) -> (Vec<u64>, usize) {
        let view = self.kernel().store().snapshot().unwrap();
        let tenants = self.kernel().tenants().unwrap();
        let heads = tenants.iter().map(|tenant| view.head(&tenant.slug).unwrap()).collect();
        let cache = std::fs::read_dir(self.dir.path().join("cache")).unwrap().count();
        (heads, cache)
    }

    fn publisher(&self, tenant: &str) -> KeyFiles {
        let key = signatures::keygen(Password::None).unwrap();
        let tenant = tenant.parse().unwrap();
        self.kernel().add_publisher(&self.console, &tenant, &key.public, "测试").unwrap();
        key
    }

    fn install(&self, file: &[u8], signature: Option<String>) -> Result<Installation> {
        let options = InstallOptions { signature, ..InstallOptions::default() };
        self.kernel().install(&self.console, &self.city, file, options)
    }

    /// Decides what this is not about: everything that is wished for.
    fn grant_all(&self, name: &PluginName) {
        let all = GrantRequest { all: true, ..GrantRequest::default() };
        self.kernel().grant_plugin(&self.console, &self.city, name, &all).unwrap();
    }

    /// Installs a file that is refused, and says why; nothing is left behind.
    #[track_caller]
    fn refused(&self, file: &[u8], signature: Option<String>) -> Error {
        let before = self.left_behind();
        let error = self.install(file, signature).unwrap_err();
        assert_eq!(self.left_behind(), before, "{error}");
        assert!(!error.zh().is_empty() && error.zh() != error.to_string());
        error
    }

    #[track_caller]
    fn fault(&self, file: &[u8], signature: Option<String>) -> SignatureFault {
        match self.refused(file, signature) {
            Error::Signature(fault) => *fault,
            other => panic!("{other}"),
        }
    }

    pub(crate) fn person(&self, name: &str, role: Role, tenant: &str) -> Caller {
        let tenant = tenant.parse().unwrap();
        let (_, token) = self.kernel().issue_token(&self.console, name, role, &tenant).unwrap();
        self.kernel().authenticate(&token).unwrap()
    }
}

fn sign(key: &KeyFiles, file: &[u8]) -> Option<String> {
    Some(signatures::sign(file, &key.secret, Password::None, "for a test").unwrap())
}

fn v(minor: u64) -> Vec<u8> {
    version("steered-scorer", minor, json!({}))
}

#[test]
fn whoever_nobody_answers_for_is_not_let_in() {
    let c = City::new(false);
    let (file, other) = (v(1), v(2));
    let key = c.publisher("city");
    let stranger = signatures::keygen(Password::None).unwrap();
    assert_eq!(c.fault(&file, None), SignatureFault::Missing);
    let found = c.fault(&file, sign(&stranger, &file));
    assert_eq!(found, SignatureFault::UnknownKey { key: stranger.key });
    let good = sign(&key, &file).unwrap();
    assert_eq!(c.fault(&other, Some(good.clone())), SignatureFault::OtherBytes { key: key.key });
    for part in [&good[..good.len() / 2], &good[..good.len() - 3], "", "untrusted comment: x"] {
        let found = c.fault(&file, Some(part.to_owned()));
        assert!(matches!(found, SignatureFault::Malformed { .. }), "{part:?}: {found:?}");
    }
    // An upload that was cut in half is not what was signed.
    let half = &file[..file.len() / 2];
    assert_eq!(c.fault(half, Some(good.clone())), SignatureFault::OtherBytes { key: key.key });
    let lies = signatures::sign(&file, &key.secret, Password::None, "plugin:relevance").unwrap();
    assert!(matches!(c.fault(&file, Some(lies)), SignatureFault::OtherClaims { .. }));
    assert!(c.install(&file, Some(good)).is_ok());
}

#[test]
fn a_name_belongs_to_whose_key_signed_it_first() {
    let c = City::new(true);
    let (deqing, anji) = (c.publisher("deqing"), c.publisher("anji"));
    c.install(&v(1), sign(&deqing, &v(1))).unwrap();
    let found = c.fault(&v(2), sign(&anji, &v(2)));
    assert!(matches!(found, SignatureFault::NotTheOwner { .. }), "{found:?}");
    // Not even for development does a name go to nobody.
    let found = c.fault(&v(2), None);
    assert!(matches!(found, SignatureFault::NotTheOwner { signer: None, .. }), "{found:?}");
    // Another key of the same tenant may.
    let second = c.publisher("deqing");
    c.install(&v(2), sign(&second, &v(2))).unwrap();
}

#[test]
fn versions_only_go_up() {
    let c = City::new(false);
    let key = c.publisher("city");
    let name = "steered-scorer".parse().unwrap();
    let first = c.install(&v(1), sign(&key, &v(1))).unwrap();
    assert_eq!(c.install(&v(1), sign(&key, &v(1))).unwrap(), first, "the same file is harmless");
    c.grant_all(&name);
    c.kernel().enable(&c.console, &c.city, &name).unwrap();
    c.install(&v(3), sign(&key, &v(3))).unwrap();
    // What serves may come again, beside its next version.
    c.install(&v(1), sign(&key, &v(1))).unwrap();
    c.kernel().promote(&c.console, &c.city, &name, Promotion::All).unwrap();
    for (old, why) in [(v(1), "replayed"), (v(2), "lower, with other bytes")] {
        let error = c.refused(&old, sign(&key, &old));
        assert_eq!(error.code(), "conflict", "{why}");
        assert!(
            error.to_string().contains("rollback") && error.to_string().contains(".3."),
            "{error}"
        );
    }
    let other = version("steered-scorer", 3, json!({ "value": 7 }));
    assert_eq!(c.refused(&other, sign(&key, &other)).code(), "conflict");
    c.kernel().roll_back(&c.console, &c.city, &name, "换回").unwrap();
}

#[test]
fn a_revoked_key_lets_nothing_in_and_takes_along_what_it_is_told_to() {
    let c = City::new(false);
    let key = c.publisher("city");
    let name = "steered-scorer".parse().unwrap();
    c.install(&v(1), sign(&key, &v(1))).unwrap();
    c.grant_all(&name);
    c.kernel().enable(&c.console, &c.city, &name).unwrap();
    c.install(&v(2), sign(&key, &v(2))).unwrap();
    let nothing = KeyId([0; 8]);
    let revoke = |key, reason: &str, quarantine| {
        c.kernel().revoke_publisher(&c.console, key, reason, quarantine)
    };
    assert_eq!(revoke(nothing, "丢失", false).unwrap_err().code(), "not_found");
    assert_eq!(revoke(key.key, " ", false).unwrap_err().code(), "invalid");
    let revoked = revoke(key.key, "私钥遗失", false).unwrap();
    assert_eq!((revoked.quarantined.len(), revoked.going_on.len()), (0, 1));
    let found = c.fault(&v(3), sign(&key, &v(3)));
    assert!(matches!(found, SignatureFault::RevokedKey { .. }), "{found:?}");
    // What is on trial does not come into service any more.
    let error = c.kernel().promote(&c.console, &c.city, &name, Promotion::All).unwrap_err();
    assert_eq!(error.code(), "signature_refused", "{error}");
    let error = c.kernel().shadow(&c.console, &c.city, &name, false).unwrap_err();
    assert_eq!(error.code(), "signature_refused", "{error}");
    let public = &key.public;
    let again = c.kernel().add_publisher(&c.console, &c.city, public, "测试").unwrap_err();
    assert_eq!(again.code(), "conflict", "a revoked key never becomes good again");
    let revoked = revoke(key.key, "私钥遗失", true).unwrap();
    assert_eq!((revoked.quarantined.len(), revoked.going_on.len()), (1, 0));
    let all = c.kernel().installations(&c.console, &c.city).unwrap();
    assert_eq!(all[0].0.state, InstallationState::Quarantined);
}

#[test]
fn the_city_adds_keys_and_a_tenant_revokes_its_own() {
    let c = City::new(false);
    let (deqing, anji) = (c.publisher("deqing"), c.publisher("anji"));
    let district = c.person("德清", Role::District, "deqing");
    let tenant = "deqing".parse().unwrap();
    let add = c.kernel().add_publisher(&district, &tenant, &deqing.public, "自己");
    assert_eq!(add.unwrap_err().code(), "denied");
    let revoke = |key| c.kernel().revoke_publisher(&district, key, "离职", false);
    assert_eq!(revoke(anji.key).unwrap_err().code(), "denied");
    assert!(revoke(deqing.key).unwrap().publisher.revoked.is_some());
    for bad in ["", "RW", &deqing.secret] {
        let add = c.kernel().add_publisher(&c.console, &tenant, bad, "测试");
        assert_eq!(add.unwrap_err().code(), "invalid", "{bad:?}");
    }
    assert_eq!(c.kernel().publishers(&district).unwrap().len(), 2);
}

#[test]
fn unsigned_plugins_come_in_for_development_and_are_named() {
    let c = City::new(true);
    c.install(&v(1), None).unwrap();
    let all = c.kernel().installations(&c.console, &c.city).unwrap();
    assert!(all[0].1.signed.is_none() && c.kernel().allows_unsigned());
    // Signed later on, the same bytes are as good as signed at first.
    let key = c.publisher("city");
    c.install(&v(1), sign(&key, &v(1))).unwrap();
    let all = c.kernel().installations(&c.console, &c.city).unwrap();
    assert_eq!(all[0].1.signed.as_ref().unwrap().key, key.key);
}

/// The command line's own way: keygen, sign, verify, add, install.
#[test]
fn an_author_signs_and_an_operator_installs_from_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(at("p.wasm"), v(1)).unwrap();
    let run = |args: &[&str]| String::from_utf8(crate::program::run(args).stdout).unwrap();
    run(&["plugin", "keygen", &at("a.key"), "-W"]);
    assert!(fails(&["plugin", "keygen", &at("a.key"), "-W"]).contains("not overwritten"));
    assert!(Path::new(&at("a.pub")).exists());
    let data = at("data");
    let install = ["plugin", "install", &at("p.wasm"), "--data", &data];
    assert!(fails(&install).contains("is not signed"));
    run(&["plugin", "sign", &at("p.wasm"), "--key", &at("a.key")]);
    let told = run(&["plugin", "verify", &at("p.wasm"), "--key", &at("a.pub")]);
    assert!(told.contains("plugin:steered-scorer") && told.contains("sha256:"), "{told}");
    assert!(fails(&install).contains("nobody answers"));
    let add =
        ["publisher", "add", &at("a.pub"), "--tenant", "city", "--name", "测试", "--data", &data];
    run(&add);
    run(&install);
    assert!(run(&["publisher", "list", "--data", &data]).contains("测试"));
    assert!(!run(&["plugin", "list", "--data", &data]).is_empty());
}
