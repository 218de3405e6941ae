//! What is signed here is verified by minisign, and what minisign signed is verified here.

use std::process::Command;

use super::*;

const FILE: &[u8] = include_bytes!("../../fixtures/minisign/signed.txt");
const KEY: &str = include_str!("../../fixtures/minisign/author.key");
const PUB: &str = include_str!("../../fixtures/minisign/author.pub");
/// `ED`, as minisign of Debian 12 (0.11) signs.
const PREHASHED: &str = include_str!("../../fixtures/minisign/prehashed.minisig");
/// `Ed`, as it signs with `-l`.
const LEGACY: &str = include_str!("../../fixtures/minisign/legacy.minisig");

fn fault(found: Result<Verified>) -> SignatureFault {
    match found.unwrap_err() {
        Error::Signature(fault) => *fault,
        other => panic!("{other}"),
    }
}

#[test]
fn what_minisign_signed_is_verified_in_both_forms() {
    for (signature, comment) in [(PREHASHED, "prehashed"), (LEGACY, "legacy")] {
        for public in [PUB, PUB.lines().nth(1).unwrap()] {
            let verified = verify(FILE, signature, public).unwrap();
            assert_eq!(verified.key.to_string(), "C35A63AC5CBB30E5");
            assert_eq!(verified.comment, format!("made by minisign of Debian, {comment}"));
        }
    }
}

#[test]
fn a_key_that_minisign_made_signs_here() {
    let signature = sign(FILE, KEY, Password::None, "说明 a comment").unwrap();
    assert_eq!(verify(FILE, &signature, PUB).unwrap().comment, "说明 a comment");
}

#[test]
fn a_key_with_a_password_signs_with_it_alone() {
    let files = keygen(Password::Given("太湖石")).unwrap();
    let signature = sign(FILE, &files.secret, Password::Given("太湖石"), "c").unwrap();
    assert_eq!(verify(FILE, &signature, &files.public).unwrap().key, files.key);
    for wrong in [Password::Given("太湖"), Password::None] {
        assert_eq!(sign(FILE, &files.secret, wrong, "c").unwrap_err().code(), "invalid");
    }
}

#[test]
fn minisign_verifies_what_is_signed_here() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let files = keygen(Password::None).unwrap();
    let signature = sign(FILE, &files.secret, Password::None, "signed by taihu").unwrap();
    let written =
        [("a", FILE), ("a.minisig", signature.as_bytes()), ("a.pub", files.public.as_bytes())];
    for (name, bytes) in written {
        std::fs::write(at(name), bytes).unwrap();
    }
    let found = Command::new("minisign")
        .arg("-V")
        .arg("-m")
        .arg(at("a"))
        .arg("-p")
        .arg(at("a.pub"))
        .output();
    let Ok(output) = found else {
        println!("SKIPPED: no minisign on the PATH (apt-get install minisign)");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("signed by taihu"), "{output:?}");
}

#[test]
fn each_way_to_be_wrong_has_its_own_name() {
    let other = keygen(Password::None).unwrap();
    let check = |file: &[u8], signature: &str, public: &str| fault(verify(file, signature, public));
    let key: KeyId = "C35A63AC5CBB30E5".parse().unwrap();
    for signature in [PREHASHED, LEGACY] {
        assert_eq!(check(b"other bytes", signature, PUB), SignatureFault::OtherBytes { key });
        let want = other.key;
        let found = check(FILE, signature, &other.public);
        assert_eq!(found, SignatureFault::WrongKey { found: key, want });
        let lied = signature.replace("Debian", "Ubuntu");
        assert_eq!(check(FILE, &lied, PUB), SignatureFault::OtherComment { key });
    }
    // A key of the same identifier: the identifier is chance, not proof.
    let mut forged = from_base64(other.public.lines().nth(1).unwrap()).unwrap();
    forged[2..10].copy_from_slice(&key.0);
    let forged = PublicKey::from_bytes(&forged).unwrap().to_base64();
    assert_eq!(check(FILE, PREHASHED, &forged), SignatureFault::OtherBytes { key });
    for bad in ["", "RW", &other.secret, PREHASHED] {
        assert_eq!(verify(FILE, PREHASHED, bad).unwrap_err().code(), "invalid", "{bad:?}");
    }
}

#[test]
fn a_signature_cut_anywhere_is_refused_and_reads_nothing_out_of_bounds() {
    let whole = PREHASHED.trim_end();
    for at in 0..whole.len() {
        assert!(
            matches!(fault(verify(FILE, &whole[..at], PUB)), SignatureFault::Malformed { .. }),
            "{at}"
        );
    }
    let long = format!("{PREHASHED}{}", "x".repeat(SIGNATURE_BYTES_MAX));
    let unpadded = PREHASHED.replace('=', "");
    for bad in [&format!("{PREHASHED}more\n"), &long, &unpadded, &PREHASHED.replace("RUT", "RXT")] {
        assert!(matches!(fault(verify(FILE, bad, PUB)), SignatureFault::Malformed { .. }), "{bad}");
    }
}

#[test]
fn what_the_comment_claims_must_be_so() {
    let manifest: Manifest = serde_json::from_value(serde_json::json!({
        "name": "a", "version": "1.2.0", "kind": "scorer", "author": "x",
        "title": {"zh": "甲", "en": "a"}, "description": {"zh": "甲", "en": "a"},
    }))
    .unwrap();
    let key = KeyId([0; 8]);
    let check = |comment: String, good: bool| {
        let verified = Verified { key, comment };
        let found = check_claims(&verified, &manifest, Digest::of(FILE));
        assert_eq!(found.is_ok(), good, "{verified:?} {found:?}");
    };
    check(comment(&manifest, FILE, Timestamp::UNIX_EPOCH), true);
    check("timestamp:1716166923\tfile:a.wasm\thashed".into(), true);
    check(comment(&manifest, b"other", Timestamp::UNIX_EPOCH), false);
    check("plugin:b".into(), false);
    check("plugin:a\tversion:1.3.0".into(), false);
}
