//! What tenants do at random, and what everybody then knows of them.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use taihu_model::{
    FieldWish, GrantRequest, Manifest, NeedState, PluginKind, Source, TenantSlug, Text,
};
use taihu_service::signatures::{Password, keygen, sign};
use taihu_service::{
    Caller, Filter, InstallOptions, LinesFeed, MatchStep, Role, RunMode, componentize, pack,
};

use crate::http::tests::doors::{Operation, operations};
use crate::http::tests::fuzz::Dice;
use crate::http::tests::secrets::{ANYBODY, Kind, RIGHT, Secrets, Table, Who};
use crate::http::tests::town::{Seen, Town, need, slug};

const NAMES: [&str; 8] =
    ["deqing", "anji", "changxing", "wuxing", "nanxun", "nantaihu", "seu", "zju"];

/// A town with several tenants, and what is known of it.
pub(super) struct Tenants {
    town: Town,
    names: Vec<TenantSlug>,
    people: Vec<Who>,
    secrets: Secrets,
    operations: Vec<Operation>,
    /// Every identifier that ever stood in an answer, by its prefix.
    ids: BTreeMap<String, Vec<String>>,
    echo: Vec<u8>,
    signature: String,
    imported: u32,
    /// Answers that held a secret which their reader may see.
    pub(super) told: u64,
}

impl Tenants {
    pub(super) fn new(count: usize) -> Self {
        let (town, echo) = (Town::new(), echo());
        let key = keygen(Password::None).unwrap();
        let console = Caller::console(town.kernel().city().clone());
        town.kernel().add_publisher(&console, &slug("city"), &key.public, "测试").unwrap();
        let signature = sign(&echo, &key.secret, Password::None, "test").unwrap();
        let mut city = Self {
            operations: operations(&serde_json::from_slice(&town.state.openapi()).unwrap()),
            town,
            names: NAMES[..count].iter().map(|name| slug(name)).collect(),
            people: vec![],
            secrets: Secrets::default(),
            ids: BTreeMap::new(),
            echo,
            signature,
            imported: 0,
            told: 0,
        };
        city.settle();
        city.work();
        city
    }

    fn console(&self) -> Caller {
        Caller::console(self.town.kernel().city().clone())
    }

    /// Gives every tenant its people, its scorer and its sources.
    fn settle(&mut self) {
        let city = slug("city");
        let public = Who {
            role: Role::Public,
            tenant: city.clone(),
            id: String::new(),
            token: String::new(),
        };
        self.people.push(public);
        self.person(Role::City, &city);
        self.person(Role::Auditor, &city);
        let known = self.town.kernel().tenants().unwrap();
        for tenant in self.names.clone() {
            if known.iter().all(|one| one.slug != tenant) {
                let new = json!({"slug": tenant, "name": "某高校"});
                let new = serde_json::from_value(new).unwrap();
                self.town.kernel().add_tenant(&self.console(), new).unwrap();
            }
            for role in
                [Role::District, Role::Provider, Role::Enterprise, Role::Manager, Role::Auditor]
            {
                self.person(role, &tenant);
            }
            self.person(Role::Enterprise, &tenant);
            let secret = self.secrets.give(Kind::Config, &tenant, "");
            let config = json!({ "secret": secret }).as_object().unwrap().clone();
            let signature = Some(self.signature.clone());
            let options = InstallOptions { config, weight: Some(500), signature };
            let (kernel, console) = (self.town.kernel(), self.console());
            let echo = kernel.install(&console, &tenant, &self.echo, options).unwrap().plugin;
            let all = GrantRequest { all: true, ..GrantRequest::default() };
            kernel.grant_plugin(&console, &tenant, &echo, &all).unwrap();
            kernel.enable(&console, &tenant, &"echo".parse().unwrap()).unwrap();
            self.town.import(tenant.as_str());
            self.ids.entry("source".into()).or_default().push(format!("{tenant}-lines"));
            self.bring(&tenant, &mut Dice::new(1));
        }
    }

    fn person(&mut self, role: Role, tenant: &TenantSlug) {
        let name = self.secrets.give(Kind::Token, tenant, "");
        let kernel = self.town.kernel();
        let (principal, token) = kernel.issue_token(&self.console(), &name, role, tenant).unwrap();
        let id = principal.id.to_string();
        self.people.push(Who { role, tenant: tenant.clone(), id, token });
    }

    /// A tenant's source of drafts brings some, and one that is not admitted. Their rights are those
    /// of other tenants' drafts, too.
    fn bring(&mut self, tenant: &TenantSlug, dice: &mut Dice) {
        self.imported += 1;
        let mut secret = |kind| self.secrets.give(kind, tenant, "");
        let name = secret(Kind::Source);
        let config = json!({"id": "id", "fields": {
            "title": "title", "summary": "summary", "owner": "owner", "problem": "problem", "ip": "ip",
            "secrecy": {"constant": "公开"},
        }});
        let source = json!({
            "slug": format!("{tenant}-drafts"), "name": name, "tenant": tenant, "config": config,
            "connector": LinesFeed::CONNECTOR, "trust": "self",
        });
        let source: Source = serde_json::from_value(source).unwrap();
        let mut lines = String::new();
        for _ in 0..2 {
            let (owner, problem, title) =
                (secret(Kind::Draft), secret(Kind::Draft), secret(Kind::Draft));
            let line = json!({
                "id": dice.roll(4), "title": format!("电池热失控预警草稿{title}"),
                "summary": "尚待完善的一项成果简介，字数够收但不够发布。",
                "owner": format!("研究院{owner}"),
                "problem": if dice.roll(2) == 0 { problem } else { String::new() },
                "ip": format!("CN1{:08}A", dice.roll(3)),
            });
            lines.push_str(&format!("{line}\n"));
        }
        let bad = json!({"id": "bad", "title": secret(Kind::Source), "ip": "202111144021.8"});
        lines.push_str(&bad.to_string());
        let (kernel, console) = (self.town.kernel(), self.console());
        let source = kernel.put_source(&console, source).unwrap();
        let run = kernel.start_run(&console, &source.slug, RunMode::Full).unwrap();
        let run = kernel.drive_lines(&console, run.id, lines.as_bytes(), &mut |_| {}).unwrap();
        assert_eq!((run.counts.records(), run.counts.rejected), (3, 1), "{run:?}");
        self.ids.entry("source".into()).or_default().push(source.slug.to_string());
        kernel.catch_up().unwrap();
        let all = kernel.find_achievements(&console, "", Filter::default(), 0, 200).unwrap();
        let ids = all.achievements.iter().map(|record| format!("{} ", record.id));
        self.learn(&format!("{} {}", run.id, ids.collect::<String>()));
    }

    /// An operation at random; those more often that have much to tell.
    fn operation(&self, dice: &mut Dice) -> usize {
        const TELLING: [&str; 30] = [
            "achievement",
            "achievement_sources",
            "find_achievements",
            "log",
            "match_need",
            "matches",
            "need",
            "needs",
            "plugins",
            "pool_members",
            "rank",
            "rejections",
            "run",
            "runs",
            "source",
            "sources",
            "submit_need",
            "tokens",
            "move_achievement",
            "recall_preview",
            "replay",
            "why_not",
            "similar_needs",
            "teams",
            "feedback",
            "note_feedback",
            "pushes",
            "needs_for",
            "capsules",
            "capsule",
        ];
        let any = dice.roll(self.operations.len());
        // What ends much happens now and then only.
        let ends = ["revoke_token", "remove_plugin", "quarantine_plugin"]
            .contains(&self.operations[any].id.as_str());
        if dice.roll(if ends { 12 } else { 3 }) == 0 {
            return any;
        }
        let wanted = dice.pick(&TELLING);
        self.operations.iter().position(|one| one.id == wanted).unwrap_or(any)
    }

    /// Every tenant's enterprises submit needs, which are matched and recommended to them.
    fn work(&mut self) {
        for who in self.people.clone() {
            if who.role != Role::Enterprise {
                continue;
            }
            let (kernel, console) = (self.town.kernel(), self.console());
            let caller = kernel.authenticate(&who.token).unwrap();
            let mut facts = need();
            let mut secret = |kind| self.secrets.give(kind, &who.tenant, &who.id);
            facts["title"] = json!(format!("动力电池热失控早期预警{}", secret(Kind::Need)));
            facts["tried"] = json!(secret(Kind::Need));
            let reason = secret(Kind::Reason);
            let facts = serde_json::from_value(facts).unwrap();
            let need = kernel.submit_need(&caller, &who.tenant, facts, None).unwrap();
            let path = [NeedState::Triaged, NeedState::Published];
            kernel.move_need(&console, &who.tenant, need.id, &path, &reason).unwrap();
            let matched = kernel.match_need(&console, &who.tenant, need.id).unwrap();
            assert!(!matched.matches.is_empty() && matched.run.scorers.len() == 1);
            // The first is recommended; the others stay proposals.
            for (found, _) in matched.matches.iter().take(1) {
                for step in [MatchStep::Shortlist, MatchStep::Recommend] {
                    kernel.step_match(&console, &who.tenant, need.id, found.id, &step).unwrap();
                }
            }
            let ids: Vec<_> =
                matched.matches.iter().map(|(found, _)| found.id.to_string()).collect();
            self.learn(&format!("{} {}", need.id, ids.join(" ")));
        }
    }

    /// Asks something as a tenant's district.
    pub(super) async fn as_district(&self, method: &str, path: &str, reason: &str) -> Seen {
        let here = |who: &&Who| who.role == Role::District && who.tenant == self.names[0];
        let who = self.people.iter().find(here).unwrap();
        let body =
            if method == "GET" { String::new() } else { json!({"reason": reason}).to_string() };
        let request = Request::builder()
            .method(method)
            .uri(format!("/v1/tenants/{}/plugins/echo{path}", who.tenant))
            .header("authorization", format!("Bearer {}", who.token))
            .header("content-type", "application/json");
        self.town.send(request.body(Body::from(body)).unwrap()).await
    }

    /// What an enterprise that asks for matches in passing hears secrets of.
    pub(super) async fn heard_by_an_enterprise(&mut self) -> Vec<Kind> {
        let who = self.people.iter().find(|who| who.role == Role::Enterprise).unwrap().clone();
        let at = self.operations.iter().position(|one| one.id == "rank").unwrap();
        let (kind, _, body) = self.body(at, &who.tenant, &who, &mut Dice::new(1));
        let request = Request::post(format!("/v1/tenants/{}/rankings", who.tenant))
            .header("authorization", format!("Bearer {}", who.token))
            .header("content-type", kind);
        let seen = self.town.send(request.body(Body::from(body)).unwrap()).await;
        assert!(self.secrets.leaks(&who, "", &seen, RIGHT).is_empty(), "{}", seen.text);
        self.secrets.found(&seen).into_iter().map(|(_, secret)| secret.kind).collect()
    }

    /// Does one thing at random; hands out what leaked.
    pub(super) async fn deed(&mut self, seed: u64, table: Table) -> Vec<String> {
        let mut dice = Dice::new(seed);
        if dice.roll(12) == 0 {
            let tenant = self.names[dice.roll(self.names.len())].clone();
            self.bring(&tenant, &mut dice);
            return Vec::new();
        }
        if dice.roll(6) == 0 {
            self.town.kernel().catch_up().unwrap();
        }
        let who = self.people[dice.roll(self.people.len())].clone();
        let at = self.operation(&mut dice);
        let tenant = match dice.roll(3) {
            0 | 1 if who.role != Role::Public => who.tenant.clone(),
            _ => self.names[dice.roll(self.names.len())].clone(),
        };
        let path = self.path(at, &tenant, &mut dice);
        let (kind, header, body) = self.body(at, &tenant, &who, &mut dice);
        let mut request = Request::builder().method(self.operations[at].method.as_str()).uri(&path);
        if !who.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", who.token));
        }
        if let Some(config) = &header {
            let signature = taihu_model::to_base64(self.signature.as_bytes());
            request = request.header("taihu-config", config).header("taihu-signature", signature);
        }
        let asked =
            format!("{path} {} {}", header.unwrap_or_default(), String::from_utf8_lossy(&body));
        let request = request.header("content-type", kind).body(Body::from(body)).unwrap();
        let seen = self.town.send(request).await;
        let (role, of, id) = (who.role, &who.tenant, self.operations[at].id.clone());
        assert_ne!(seen.status.as_u16(), 500, "{id} {path}: {}", seen.text);
        self.learn(&seen.text);
        let leaks = self.secrets.leaks(&who, &asked, &seen, table);
        self.told += u64::from(leaks.is_empty() && !self.secrets.found(&seen).is_empty());
        leaks
            .into_iter()
            .map(|leak| {
                format!("{role:?} of {of} by {id} {path} ({}): {leak}\n{}", seen.status, seen.text)
            })
            .collect()
    }

    fn path(&self, at: usize, tenant: &TenantSlug, dice: &mut Dice) -> String {
        let operation = &self.operations[at];
        let mut path = operation.path.replace("{tenant}", tenant.as_str());
        path = path.replace("score-runs/{run}", "score-runs/{score}");
        for (part, prefix) in [
            ("{achievement}", "ach"),
            ("{need}", "need"),
            ("{match}", "match"),
            ("{run}", "run"),
            ("{score}", "score"),
            ("{principal}", "user"),
            ("{capsule}", "capsule"),
            ("{source}", "source"),
        ] {
            if path.contains(part) {
                let known = self.ids.get(prefix).map(Vec::as_slice).unwrap_or_default();
                let id = known.get(dice.roll(known.len().max(1)));
                path = path.replace(part, id.map_or("ach_01JSG0Z3M8QK5T7V9XA1B2C3D4", |id| id));
            }
        }
        path = path
            .replace("{plugin}", "echo")
            .replace("{version}", "0.1.0")
            .replace("{ledger}", "none")
            .replace("{account}", "none")
            .replace("{voucher}", "voucher_01JSG0Z3M8QK5T7V9XA1B2C3D4")
            .replace("{guarantee}", "guarantee_01JSG0Z3M8QK5T7V9XA1B2C3D4")
            .replace("{pool}", "echo")
            .replace("{key}", "0123456789ABCDEF")
            .replace("{record}", "1")
            .replace("{name}", "a.csv");
        match operation.id.as_str() {
            "runs" => path.push_str(&format!("?tenant={tenant}")),
            "find_achievements" => {
                let states = ["published", "submitted", "draft", "suspended"];
                path.push_str(&format!("?limit=50&tenant={tenant}&state={}", dice.pick(&states)));
                if dice.roll(2) == 0 {
                    path.push_str("&q=%E7%94%B5%E6%B1%A0");
                }
            }
            _ => {}
        }
        path
    }

    /// A body that an operation takes, with secrets in it.
    fn body(
        &mut self,
        at: usize,
        tenant: &TenantSlug,
        who: &Who,
        dice: &mut Dice,
    ) -> (&'static str, Option<String>, Vec<u8>) {
        let operation = self.operations[at].id.as_str();
        // What somebody who works on needs says of a match is for its enterprise, too.
        let note = matches!(operation, "accept_match" | "decline_match");
        let by = if note && who.role != Role::Enterprise { ANYBODY } else { who.id.as_str() };
        let mut secret = |kind| self.secrets.give(kind, tenant, by);
        let json = match operation {
            "submit_need" | "rank" => {
                let mut need = need();
                need["title"] = json!(format!("动力电池热失控早期预警{}", secret(Kind::Need)));
                need["tried"] = json!(secret(Kind::Need));
                need
            }
            "move_need" => {
                let path =
                    [json!(["triaged", "published"]), json!(["triaged"]), json!(["published"])];
                json!({"path": path[dice.roll(3)], "reason": secret(Kind::Reason)})
            }
            "accept_match" => json!({"note": secret(Kind::Need)}),
            "decline_match" => json!({"reason": "price", "note": secret(Kind::Need)}),
            "move_achievement" => {
                json!({"to": dice.pick(&["suspended", "published"]), "reason": secret(Kind::Reason)})
            }
            "put_source" => json!({
                "name": secret(Kind::Source), "connector": "json-lines", "trust": "self",
                "defaults": {"owner": secret(Kind::Source)},
                "config": {"fields": {"title": {"constant": secret(Kind::Source)}}},
            }),
            "issue_token" => {
                let roles = ["enterprise", "district", "manager"];
                json!({"name": secret(Kind::Token), "role": dice.pick(&roles), "tenant": tenant})
            }
            "curate" => json!({"action": "pin", "reason": secret(Kind::Public)}),
            "uncurate" => json!({"reason": secret(Kind::Public)}),
            "suspend_plugin" | "recall_plugin" | "revoke_publisher" => {
                json!({"reason": secret(Kind::Reason)})
            }
            "put_weights" => json!({
                "expected_revision": dice.roll(4), "retrieval": 1 + dice.roll(1000),
                "reason": secret(Kind::Reason),
            }),
            "note_feedback" => {
                let known = self.ids.get("match").map(Vec::as_slice).unwrap_or_default();
                let id = known.get(dice.roll(known.len().max(1)));
                json!({"kind": dice.pick(&["shown", "viewed"]), "matches": [id]})
            }
            "start_run" => json!({"mode": "full"}),
            "add_tenant" => json!({"slug": "hzu", "name": "湖州师范学院"}),
            "install_plugin" => {
                let config = json!({"secret": secret(Kind::Config)}).to_string();
                return ("application/wasm", Some(config), self.echo.clone());
            }
            "drop_file" => {
                return ("application/octet-stream", None, secret(Kind::Source).into_bytes());
            }
            _ => return ("application/json", None, Vec::new()),
        };
        ("application/json", None, json.to_string().into_bytes())
    }

    /// Takes down every identifier in a text: everybody will try it.
    fn learn(&mut self, text: &str) {
        let words: BTreeSet<&str> =
            text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').collect();
        for word in words {
            let Some((prefix, rest)) = word.split_once('_') else { continue };
            let known = self.ids.entry(prefix.to_owned()).or_default();
            if rest.len() == 26 && !known.iter().any(|id| id == word) {
                known.push(word.to_owned());
            }
        }
    }
}

/// A scorer that tells everything it was given and all that it can remember.
fn echo() -> Vec<u8> {
    let module = wat::parse_str(include_str!("../echo.wat")).unwrap();
    let component = componentize(&module, PluginKind::Scorer).unwrap();
    let text = json!({"zh": "回声", "en": "echo"});
    let manifest = json!({
        "name": "echo", "version": "0.1.0", "kind": "scorer", "title": text, "description": text,
        "author": "某单位",
        "config": [{"key": "secret", "kind": "text", "label": text}],
    });
    let mut manifest: Manifest = serde_json::from_value(manifest).unwrap();
    manifest.reads = ["achievement.title", "need.title", "need.problem"]
        .map(|field| FieldWish { field: field.into(), reason: Text::new("回声", "to echo it") })
        .to_vec();
    pack(&component, &manifest, &[]).unwrap()
}
