//! Holds answers to what the OpenAPI document says of them: status, content type, and every field —
//! one that is not described is as wrong as one that is missing.

use serde_json::Value;

use super::town::Seen;

/// Lists what is wrong with an answer to a request; empty if it keeps to the document.
pub(super) fn faults(document: &Value, method: &str, path: &str, seen: &Seen) -> Vec<String> {
    let path = path.split('?').next().unwrap_or_default();
    let templates = document["paths"].as_object().unwrap();
    let Some((template, item)) = templates.iter().find(|(template, _)| fits(template, path)) else {
        return expect_problem(document, seen, 404);
    };
    let method = if method == "HEAD" { "get".to_owned() } else { method.to_lowercase() };
    let Some(operation) = item.get(&method) else { return expect_problem(document, seen, 405) };
    let status = seen.status.as_u16();
    let described = &operation["responses"];
    let response = [status.to_string(), format!("{}XX", status / 100)]
        .iter()
        .find_map(|status| described.get(status))
        .cloned();
    let Some(response) = response else {
        return vec![format!("{method} {template} does not describe status {status}")];
    };
    let kind = seen.header("content-type").split(';').next().unwrap_or_default().to_owned();
    let Some(content) = response["content"].as_object() else {
        return if seen.text.is_empty() {
            Vec::new()
        } else {
            vec!["a body is not described".into()]
        };
    };
    let Some(media) = content.get(&kind) else {
        return vec![format!("{method} {template} {status} does not describe {kind}")];
    };
    if !kind.ends_with("json") || seen.text.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    check(document, &media["schema"], &seen.json(), "$", &mut found);
    found
}

fn expect_problem(document: &Value, seen: &Seen, status: u16) -> Vec<String> {
    if seen.text.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let schema = serde_json::json!({"$ref": "#/components/schemas/Problem"});
    check(document, &schema, &seen.json(), "$", &mut found);
    if seen.status.as_u16() != status && seen.status.as_u16() != 400 {
        found.push(format!("{} where nothing is described, not {status}", seen.status));
    }
    found
}

fn fits(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(want), Some(have))
                if want == have || want.starts_with('{') && !have.is_empty() => {}
            _ => return false,
        }
    }
}

fn check(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#')).unwrap();
        return check(document, target, value, at, found);
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[key].as_array() {
            let fitting = |choice: &&Value| {
                let mut faults = Vec::new();
                check(document, choice, value, at, &mut faults);
                faults.is_empty()
            };
            if !choices.iter().any(|choice| fitting(&choice)) {
                found.push(format!("{at}: fits none of {key}: {value}"));
            }
            return;
        }
    }
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(value)
    {
        found.push(format!("{at}: {value} is none of {values:?}"));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return,
    };
    if !types.iter().any(|kind| is(value, kind)) {
        found.push(format!("{at}: {value} is no {types:?}"));
        return;
    }
    match value {
        Value::Array(items) if schema["items"].is_object() => {
            for (number, item) in items.iter().enumerate() {
                check(document, &schema["items"], item, &format!("{at}[{number}]"), found);
            }
        }
        Value::Object(fields) => {
            for name in schema["required"].as_array().into_iter().flatten() {
                if !fields.contains_key(name.as_str().unwrap()) {
                    found.push(format!("{at}: {name} is missing"));
                }
            }
            for (name, field) in fields {
                let at = format!("{at}.{name}");
                match (schema["properties"].get(name), schema.get("additionalProperties")) {
                    (Some(schema), _) | (None, Some(schema)) => {
                        check(document, schema, field, &at, found)
                    }
                    (None, None) if schema.get("properties").is_some() => {
                        found.push(format!("{at} is not described"));
                    }
                    (None, None) => {}
                }
            }
        }
        _ => {}
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, StatusCode};
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(path: &str, status: u16, body: &str, expected: usize) {
        let thing = json!({"type": "object", "required": ["id"], "properties": {
            "id": {"type": "string"}, "size": {"type": ["integer", "null"]},
        }});
        let document = json!({
            "paths": {"/things/{id}": {"get": {"responses": {"200": {"content": {"application/json":
                {"schema": {"$ref": "#/components/schemas/Thing"}}}}}}}},
            "components": {"schemas": {"Thing": thing, "Problem": {"type": "object"}}},
        });
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/json".parse().unwrap());
        let status = StatusCode::from_u16(status).unwrap();
        let seen = Seen { status, headers, text: body.to_owned() };
        let found = faults(&document, "GET", path, &seen);
        assert_eq!(found.len(), expected, "{found:?}");
    }

    #[test]
    fn it_can_find_something_wrong() {
        check("/things/1", 200, r#"{"id": "1", "size": null}"#, 0);
        check("/things/1", 200, r#"{"size": 3}"#, 1);
        check("/things/1", 200, r#"{"id": 1, "size": "3"}"#, 2);
        check("/things/1", 200, r#"{"id": "1", "colour": "red"}"#, 1);
        check("/things/1", 200, "[]", 1);
        check("/things/1", 201, r#"{"id": "1"}"#, 1);
        check("/nothing", 200, "{}", 1);
        check("/nothing", 404, "{}", 0);
    }
}
