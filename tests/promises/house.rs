//! The house: who may know whom, how long a file may be, what must be documented.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Heavy dependencies and the one crate that may name each (`tests` may use them to test with).
const HOMES: &[(&str, &str)] = &[
    ("wasmtime", "kernel/sandbox"),
    ("wit-component", "kernel/sandbox"),
    ("wit-parser", "kernel/sandbox"),
    ("wasmparser", "kernel/sandbox"),
    ("wat", "kernel/sandbox"),
    ("redb", "kernel/store"),
    ("cap-std", "kernel/service"),
    ("croner", "kernel/service"),
    ("ureq", "kernel/service"),
    ("url", "kernel/service"),
    ("flate2", "kernel/service"),
    ("axum", "kernel/api"),
    ("hyper", "kernel/api"),
    ("tokio", "kernel/api"),
    ("utoipa", "kernel/api"),
    ("clap", "kernel/api"),
    ("csv", "kernel/api"),
    ("toml", "kernel/api"),
    ("quick-xml", "kernel/api"),
    ("rust_xlsxwriter", "kernel/api"),
    ("fast2s", "kernel/model"),
    ("semver", "kernel/model"),
    ("unicode-normalization", "kernel/model"),
];

/// Which of our own crates each may name. `api` also knows the guest SDK and two plugins, natively:
/// `taihu bench score` compares them with the sandbox.
const ARROWS: &[(&str, &[&str])] = &[
    ("kernel/model", &[]),
    ("kernel/store", &["taihu-model"]),
    ("kernel/index", &["taihu-model"]),
    ("kernel/sandbox", &["taihu-model"]),
    ("kernel/service", &["taihu-index", "taihu-model", "taihu-sandbox", "taihu-store"]),
    ("kernel/api", &["readiness", "relevance", "taihu-model", "taihu-plugin", "taihu-service"]),
];

/// Lines of a source file: nine in ten have less than 400, none more than this.
const FILE_LINES_MAX: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn manifest(dir: &str) -> toml::Table {
    let path = root().join(dir).join("Cargo.toml");
    fs::read_to_string(&path).unwrap().parse().unwrap_or_else(|error| panic!("{dir}: {error}"))
}

fn names(manifest: &toml::Table, table: &str) -> Vec<String> {
    manifest
        .get(table)
        .and_then(toml::Value::as_table)
        .map_or_else(Vec::new, |table| table.keys().cloned().collect())
}

/// Every source file of the project that git would track, by its path from the root.
fn sources() -> Vec<(PathBuf, String)> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" && !name.starts_with("taihu-") {
                    walk(&path, found);
                }
            } else if ["rs", "wit", "py", "js", "sh"]
                .iter()
                .any(|end| name.ends_with(&format!(".{end}")))
            {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), &mut found);
    found
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path.strip_prefix(root()).unwrap().to_owned(), text)
        })
        .collect()
}

#[test]
fn each_heavy_dependency_has_one_home() {
    for (heavy, home) in HOMES {
        let mut named = Vec::new();
        for (dir, _) in ARROWS {
            if names(&manifest(dir), "dependencies").iter().any(|name| name == heavy) {
                named.push(*dir);
            }
        }
        assert_eq!(named, [*home], "{heavy} is named by other crates than its home");
    }
}

#[test]
fn arrows_point_down() {
    for (dir, known) in ARROWS {
        let manifest = manifest(dir);
        let mut ours: Vec<String> = names(&manifest, "dependencies")
            .into_iter()
            .filter(|name| {
                name.starts_with("taihu-") || ["readiness", "relevance"].contains(&name.as_str())
            })
            .collect();
        ours.sort();
        assert_eq!(ours, *known, "{dir} knows others than it should");
    }
}

#[test]
fn versions_are_chosen_once() {
    for (dir, _) in ARROWS {
        for (name, value) in manifest(dir)["dependencies"].as_table().unwrap() {
            let chosen = value.get("workspace").and_then(toml::Value::as_bool) == Some(true)
                || value.get("path").is_some();
            assert!(chosen, "{dir} chooses a version of {name} itself");
        }
    }
}

#[test]
fn no_file_is_long() {
    let long: BTreeMap<_, _> = sources()
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES_MAX)
        .collect();
    assert!(long.is_empty(), "files of more than {FILE_LINES_MAX} lines: {long:?}");
}

#[test]
fn every_rust_file_says_what_it_is() {
    let silent: Vec<_> = sources()
        .into_iter()
        .filter(|(path, text)| {
            path.extension().is_some_and(|end| end == "rs") && !text.starts_with("//!")
        })
        .map(|(path, _)| path)
        .collect();
    assert!(silent.is_empty(), "files without a first line of documentation: {silent:?}");
}

#[test]
fn no_file_names_a_machine() {
    let mark = ["/ho", "me/"].concat();
    let work = ["/wo", "rk/"].concat();
    let temp = ["/ro", "ot/"].concat();
    for (path, text) in sources() {
        for place in [&mark, &work, &temp] {
            assert!(
                !text.contains(place.as_str()),
                "{} names a place of one machine: {place}",
                path.display()
            );
        }
    }
}

#[test]
fn every_wit_item_is_documented() {
    let mut resolve = wit_parser::Resolve::default();
    resolve.push_dir(root().join("wit")).unwrap();
    let mut bare = Vec::new();
    let mut look = |docs: &wit_parser::Docs, what: String| {
        if docs.contents.as_deref().is_none_or(|text| text.trim().is_empty()) {
            bare.push(what);
        }
    };
    for (_, interface) in &resolve.interfaces {
        let of = interface.name.clone().unwrap_or_default();
        look(&interface.docs, format!("interface {of}"));
        for (name, function) in &interface.functions {
            look(&function.docs, format!("{of}.{name}"));
        }
    }
    for (_, world) in &resolve.worlds {
        look(&world.docs, format!("world {}", world.name));
    }
    for (_, ty) in &resolve.types {
        let Some(name) = &ty.name else { continue };
        if matches!(&ty.kind, wit_parser::TypeDefKind::Type(_)) {
            continue; // A `use` of a type that is documented where it stands.
        }
        look(&ty.docs, format!("type {name}"));
        match &ty.kind {
            wit_parser::TypeDefKind::Record(record) => {
                record
                    .fields
                    .iter()
                    .for_each(|field| look(&field.docs, format!("{name}.{}", field.name)));
            }
            wit_parser::TypeDefKind::Variant(variant) => {
                variant
                    .cases
                    .iter()
                    .for_each(|case| look(&case.docs, format!("{name}.{}", case.name)));
            }
            wit_parser::TypeDefKind::Enum(e) => {
                e.cases.iter().for_each(|case| look(&case.docs, format!("{name}.{}", case.name)));
            }
            _ => {}
        }
    }
    assert!(bare.is_empty(), "items of wit/ without documentation: {bare:?}");
}

#[test]
fn plugins_import_nothing_but_the_log_and_types() {
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve.push_dir(root().join("wit")).unwrap();
    for world in resolve.packages[package].worlds.values() {
        let world = &resolve.worlds[*world];
        for key in world.imports.keys() {
            let name = resolve.name_world_key(key);
            let pure =
                ["taihu:plugin/log@0.1.0", "taihu:plugin/types@0.1.0"].contains(&name.as_str());
            assert!(pure, "world {} imports {name}", world.name);
        }
    }
}

#[test]
fn the_rooms_are_described() {
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (dir, _) in ARROWS {
        assert!(architecture.contains(dir), "ARCHITECTURE.md does not speak of {dir}");
    }
    for page in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "GLOSSARY.md"] {
        assert!(root().join(page).is_file(), "{page} is missing");
    }
}
