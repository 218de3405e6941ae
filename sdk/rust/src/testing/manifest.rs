//! What `plugin.toml` says, as far as cases need it.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::case::Case;
use crate::Context;

#[derive(Deserialize)]
pub(super) struct Manifest {
    kind: String,
    #[serde(default)]
    reads: Vec<Wish>,
    #[serde(default)]
    config: Vec<Key>,
}

#[derive(Deserialize)]
struct Wish {
    field: String,
}

#[derive(Deserialize)]
struct Key {
    key: String,
    default: Option<Value>,
}

#[expect(clippy::disallowed_methods, reason = "a test reads its own project")]
pub(super) fn read(project: &Path, kind: &str) -> Result<Manifest, String> {
    let path = project.join("plugin.toml");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let manifest: Manifest = toml::from_str(&text).map_err(|e| format!("plugin.toml: {e}"))?;
    if manifest.kind == kind {
        Ok(manifest)
    } else {
        Err(format!("plugin.toml: kind is {:?}, but the plugin is a {kind}", manifest.kind))
    }
}

impl Manifest {
    /// The context of a case, with the defaults that the kernel would fill in.
    pub(super) fn context(&self, case: &Case) -> Context {
        let mut config = Map::new();
        for key in &self.config {
            if let Some(default) = &key.default {
                config.insert(key.key.clone(), default.clone());
            }
        }
        config.extend(case.config.clone());
        Context {
            tenant: "city".to_owned(),
            config: Value::Object(config).to_string(),
            today: case.today.clone(),
            attributes: Vec::new(),
        }
    }

    /// The fields that the plugin declares to read.
    pub(super) fn reads(&self) -> Vec<String> {
        self.reads.iter().map(|wish| wish.field.clone()).collect()
    }

    /// Fields that the case fills but `reads` does not name: the kernel would not show them.
    pub(super) fn unread(&self, case: &Case) -> Vec<String> {
        let read = |field: &String| self.reads.iter().any(|wish| wish.field == *field);
        let mut fields: Vec<String> = case.filled().into_iter().filter(|f| !read(f)).collect();
        fields.sort();
        fields.dedup();
        let line = |field| format!("fills {field}, which plugin.toml does not name under reads");
        fields.into_iter().map(line).collect()
    }
}
