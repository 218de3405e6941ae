//! Uploads of plugins that break off: nothing of them is there, and repeating is harmless.

use axum::body::Body;
use axum::http::Request;
use taihu_model::{Case, PluginKind};
use taihu_service::Role;
use taihu_service::rooms::sandbox::{evil, pack};

use super::town::{Seen, Town};

const PLUGINS: &str = "/v1/tenants/deqing/plugins";
const DISTRICT: Option<(Role, &str)> = Some((Role::District, "deqing"));

/// An honest scorer with a manifest and a case, and where those sections begin.
fn plugin() -> (Vec<u8>, [usize; 2]) {
    let bare = evil::honest(PluginKind::Scorer).unwrap();
    let manifest = evil::manifest("whole", PluginKind::Scorer).unwrap();
    let case = r#"{"name": "一项", "score": {"need": {"id": "n"}, "achievements": [{"id": "a"}]}}"#;
    let case: Case = serde_json::from_str(case).unwrap();
    let (_, _, component) = taihu_service::unpack(&bare).unwrap();
    let without_cases = pack(&bare, &manifest, &[]).unwrap();
    let whole = pack(&bare, &manifest, &[case]).unwrap();
    (whole, [component.len(), without_cases.len()])
}

/// Every twentieth of a file, and each side of every place where a section of ours begins.
fn cuts(bytes: usize, sections: [usize; 2]) -> Vec<usize> {
    let twentieths = (0..20).map(|part| bytes * part / 20);
    let edges = sections.into_iter().flat_map(|at| [at - 1, at, at + 1]);
    twentieths.chain(edges).chain([8, bytes - 1]).collect()
}

async fn upload(town: &Town, file: &[u8], signature: &str) -> Seen {
    let request = Request::builder()
        .method("POST")
        .uri(PLUGINS)
        .header("authorization", format!("Bearer {}", town.token(Role::District, "deqing")))
        .header("content-type", "application/wasm")
        .header("taihu-signature", signature)
        .body(Body::from(file.to_vec()))
        .unwrap();
    town.send(request).await
}

/// What can be seen of plugins: the list on every ground, and how much the logs hold.
async fn seen(town: &Town) -> String {
    let mut seen = String::new();
    for tenant in ["city", "deqing"] {
        for what in ["plugins", "log?limit=200"] {
            let path = format!("/v1/tenants/{tenant}/{what}");
            seen += &town.ask("GET", &path, Some((Role::City, "city")), None).await.text;
        }
    }
    seen
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing_and_can_be_repeated() {
    let town = Town::new();
    let (whole, sections) = plugin();
    let signature = town.sign(&whole);
    let before = seen(&town).await;
    for cut in cuts(whole.len(), sections) {
        let refused = upload(&town, &whole[..cut], &signature).await;
        assert_eq!(refused.status.as_u16(), 422, "cut at {cut}: {}", refused.text);
        assert_eq!(refused.json()["code"], "signature_refused", "cut at {cut}");
    }
    assert_eq!(seen(&town).await, before, "a torn upload left something");

    let installed = upload(&town, &whole, &signature).await.must(200);
    let after = seen(&town).await;
    assert_eq!(upload(&town, &whole, &signature).await.must(200), installed);
    assert_eq!(seen(&town).await, after, "repeating changed something");
    upload(&town, &whole[..whole.len() / 2], &signature).await.must(422);
    assert_eq!(seen(&town).await, after, "a torn repetition changed something");
    let found = town.ask("GET", PLUGINS, DISTRICT, None).await.must(200);
    assert_eq!(found["plugins"].as_array().map(Vec::len), Some(1), "{found}");
}

/// A publisher who signs what was torn already: the file's own shape says so, or what is missing.
#[tokio::test]
async fn a_torn_file_that_was_signed_is_refused_by_its_shape() {
    let town = Town::new();
    let (whole, sections) = plugin();
    for cut in cuts(whole.len(), sections) {
        // Cut exactly behind its manifest it is a whole plugin that has no cases.
        if cut == sections[1] {
            continue;
        }
        let torn = &whole[..cut];
        let signature = town.sign(torn);
        let before = seen(&town).await;
        let refused = upload(&town, torn, &signature).await;
        let problem = refused.json();
        assert_eq!(problem["code"], "plugin_refused", "cut at {cut}: {problem}");
        assert!(problem["faults"].as_array().is_some_and(|it| !it.is_empty()), "{problem}");
        assert_eq!(seen(&town).await, before, "cut at {cut}");
    }
}
