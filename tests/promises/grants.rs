//! What a plugin may do: nothing that was not declared, lies above the city's ceiling, or was not
//! decided; what is not granted does not reach it; what was granted ends by itself.

use serde_json::json;
use taihu_model::{
    Ceiling, FieldWish, GrantRequest, HostTerms, LimitWish, Manifest, NeedFacts, PluginName, Sight,
    TenantSlug, Text, Timestamp,
};
use taihu_service::{Caller, InstallOptions, Promotion, Role, RunMode, pack, unpack};

use crate::ground::{guest, import, scorer, version};
use crate::trust::City;

/// The `minor`th version of a scorer that gives the achievement of this title 1000, with changes.
fn v(minor: u64, change: impl FnOnce(&mut Manifest)) -> Vec<u8> {
    let file = version("steered-scorer", minor, json!({ "value": 300, "favourite": "湿法浸出" }));
    let (mut manifest, cases, component) = unpack(&file).unwrap();
    change(&mut manifest);
    pack(&component, &manifest, &cases).unwrap()
}

fn wish(field: &str) -> FieldWish {
    FieldWish { field: field.into(), reason: Text::new("测试", "test") }
}

fn all() -> GrantRequest {
    GrantRequest { all: true, ..GrantRequest::default() }
}

fn fields(fields: &[&str]) -> GrantRequest {
    let fields = fields.iter().map(|field| (*field).to_owned()).collect();
    GrantRequest { fields, ..GrantRequest::default() }
}

impl City {
    fn put(&self, file: &[u8]) {
        let signature = crate::signing::sign(self.kernel(), file);
        let options = InstallOptions { weight: Some(1000), signature, ..InstallOptions::default() };
        self.kernel().install(&self.console, &self.city, file, options).unwrap();
    }

    #[track_caller]
    fn grant(&self, request: &GrantRequest) {
        self.kernel().grant_plugin(&self.console, &self.city, &scorer(), request).unwrap();
    }

    #[track_caller]
    fn enable(&self, name: &PluginName) {
        self.kernel().enable(&self.console, &self.city, name).unwrap();
    }

    /// Tries to bring the version on trial into service, by every way there is.
    #[track_caller]
    fn kept_out(&self, name: &PluginName, says: &str) {
        let kernel = self.kernel();
        let before = self.heads();
        let ways = [
            kernel.shadow(&self.console, &self.city, name, false),
            kernel.promote(&self.console, &self.city, name, Promotion::Percent(5)),
            kernel.promote(&self.console, &self.city, name, Promotion::All),
            kernel.enable(&self.console, &self.city, name),
        ];
        for way in ways {
            let error = way.unwrap_err();
            assert_eq!(error.code(), "conflict", "{error}");
            assert!(error.to_string().contains(says), "{error}");
        }
        assert_eq!(self.heads(), before);
    }

    fn heads(&self) -> Vec<u64> {
        let view = self.kernel().store().snapshot().unwrap();
        let tenants = self.kernel().tenants().unwrap();
        tenants.iter().map(|tenant| view.head(&tenant.slug).unwrap()).collect()
    }

    fn import(&self) {
        import(self.kernel(), &self.console, &["极片再生", "湿法浸出", "无损剥离"]);
    }

    /// What the scorer gave to each achievement, in order; the same for all if it saw no titles.
    fn scores(&self) -> Vec<u16> {
        let facts = NeedFacts {
            title: "退役电池再生".into(),
            problem: "退役磷酸铁锂电池的极片怎样再生".into(),
            enterprise: "长兴某电池有限公司".into(),
            ..NeedFacts::default()
        };
        let ranking = self.kernel().rank(&self.console, &self.city, facts).unwrap();
        assert_eq!(ranking.ranked.len(), 3);
        let of_scorer = |one: &taihu_service::Ranked| {
            let factor = one.factors.iter().find(|factor| factor.key == "steered");
            factor.map_or(0, |factor| factor.value)
        };
        ranking.ranked.iter().map(of_scorer).collect()
    }
}

#[test]
fn nothing_comes_into_service_before_its_wishes_are_decided() {
    let c = City::new(false);
    c.put(&v(1, |_| {}));
    c.kept_out(&scorer(), "achievement.title; need.title");
    let undecided = c.kernel().grants(&c.console, &c.city, &scorer()).unwrap().undecided;
    assert_eq!(undecided.new.fields.len(), 2);
    // A decision against a wish is a decision.
    c.grant(&fields(&["need.title"]));
    c.enable(&scorer());
    // Who removes a plugin takes back what was granted to it.
    c.kernel().remove(&c.console, &c.city, &scorer(), "测试").unwrap();
    c.put(&v(1, |_| {}));
    c.kept_out(&scorer(), "nobody decided upon");
}

#[test]
fn a_field_that_is_not_granted_never_reaches_the_plugin() {
    let c = City::new(false);
    c.import();
    c.put(&v(1, |_| {}));
    c.grant(&all());
    c.enable(&scorer());
    assert_eq!(c.scores(), [1000, 300, 300], "it sees titles");
    c.grant(&fields(&["need.title"]));
    assert_eq!(c.scores(), [300, 300, 300], "it sees none");
    let grants = c.kernel().grants(&c.console, &c.city, &scorer()).unwrap();
    let seen: Vec<_> =
        grants.records.iter().map(|it| (it.subject, it.seen, it.of, it.fields)).collect();
    assert_eq!(seen, [("achievement", 3, 3, 0), ("need", 0, 0, 1)]);
    // The ceiling cuts at once what was granted before.
    c.grant(&all());
    assert_eq!(c.scores(), [1000, 300, 300]);
    let mut ceiling = Ceiling::default();
    ceiling.fields.remove("achievement.title");
    c.kernel().put_ceiling(&c.console, ceiling).unwrap();
    assert_eq!(c.scores(), [300, 300, 300]);
}

#[test]
fn a_grant_ends_by_itself_at_the_call() {
    let c = City::new(false);
    c.import();
    c.put(&v(1, |_| {}));
    let until: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    c.grant(&GrantRequest { until: Some(until), ..all() });
    c.enable(&scorer());
    assert_eq!(c.scores(), [1000, 300, 300]);
    c.clock.advance_ms(14 * 86_400_000);
    assert_eq!(c.scores(), [300, 300, 300]);
    c.put(&v(2, |_| {}));
    c.kept_out(&scorer(), "the grant ended");
    c.grant(&all());
    c.enable(&scorer());
    assert_eq!(c.scores(), [1000, 300, 300]);
}

#[test]
fn an_upgrade_with_a_new_wish_stops_and_asks() {
    let c = City::new(false);
    c.import();
    c.put(&v(1, |_| {}));
    c.grant(&all());
    c.enable(&scorer());
    c.put(&v(2, |_| {}));
    c.kernel().shadow(&c.console, &c.city, &scorer(), false).unwrap();
    c.put(&v(3, |manifest| manifest.reads.push(wish("achievement.summary"))));
    c.kept_out(&scorer(), "nobody decided upon: achievement.summary");
    assert_eq!(c.scores(), [1000, 300, 300], "what serves goes on");
    let diff = c.kernel().grants_diff(&c.console, &c.city, &scorer(), None, None).unwrap();
    assert_eq!((diff.from.as_str(), diff.to.as_str()), ("0.1.0", "0.3.0"));
    assert_eq!(diff.more.lines(), ["achievement.summary"]);
    assert!(diff.less.is_empty() && diff.undecided.new == diff.more);
    let diff = |from, to| c.kernel().grants_diff(&c.console, &c.city, &scorer(), from, to);
    assert_eq!(diff(Some("0.3.0"), Some("0.2.0")).unwrap().less.lines(), ["achievement.summary"]);
    assert_eq!(diff(Some("0.9.0"), None).unwrap_err().code(), "not_found");
    c.grant(&all());
    c.enable(&scorer());
    let found = c.kernel().grants(&c.console, &c.city, &scorer()).unwrap();
    assert!(found.effective.fields.contains("achievement.summary") && found.undecided.is_empty());
}

#[test]
fn personal_data_takes_the_citys_ceiling_and_two_persons() {
    let c = City::new(false);
    let second = c.person("第二人", Role::City, "city");
    let kernel = c.kernel();
    c.put(&v(1, |manifest| manifest.reads.push(wish("achievement.contact"))));
    // Below the usual ceiling there is no personal data, whoever grants it.
    let request = fields(&["achievement.contact"]);
    let error = kernel.grant_plugin(&c.console, &c.city, &scorer(), &request).unwrap_err();
    assert!(error.to_string().contains("above the city's ceiling"), "{error}");
    let ceiling = Ceiling { fields: Sight::names().collect(), ..Ceiling::default() };
    kernel.put_ceiling(&c.console, ceiling).unwrap();
    let grant = kernel.grant_plugin(&c.console, &c.city, &scorer(), &all()).unwrap();
    assert_eq!(grant.pending().lines(), ["achievement.contact"]);
    c.kept_out(&scorer(), "a second person must agree to: achievement.contact");
    let sees = || {
        let grants = kernel.grants(&c.console, &c.city, &scorer()).unwrap();
        grants.effective.fields.contains("achievement.contact")
    };
    assert!(!sees());
    let before = c.heads();
    let error = kernel.second_grant(&c.console, &c.city, &scorer()).unwrap_err();
    assert!(error.to_string().contains("another person"), "{error}");
    assert_eq!((c.heads(), error.code()), (before, "conflict"));
    kernel.second_grant(&second, &c.city, &scorer()).unwrap();
    assert!(sees());
    c.enable(&scorer());
    // One person alone makes it neither more nor longer, and may end it.
    let until = Some("2026-06-01T00:00:00Z".parse().unwrap());
    kernel.grant_plugin(&second, &c.city, &scorer(), &GrantRequest { until, ..all() }).unwrap();
    assert!(sees(), "two had agreed to more");
    kernel.grant_plugin(&second, &c.city, &scorer(), &fields(&["need.title"])).unwrap();
    assert!(!sees());
}

#[test]
fn bad_grants_leave_nothing_behind_and_say_why() {
    let c = City::new(false);
    c.put(&v(1, |manifest| manifest.limits = LimitWish { cpu_ms: Some(200), memory_mib: None }));
    let past = Some("2026-05-20T00:00:00Z".parse().unwrap());
    let terms = || HostTerms { methods: ["GET".to_owned()].into(), per_minute: 60, body_kib: 1024 };
    let hosts = [("https://a.cn".to_owned(), Some(terms()))];
    let limits = |cpu_ms| LimitWish { cpu_ms: Some(cpu_ms), memory_mib: None };
    let cases = [
        (fields(&["achievement.summary"]), "does not wish for"),
        (fields(&["achievement.shoe_size"]), "no field"),
        (GrantRequest { hosts: hosts.into(), ..GrantRequest::default() }, "does not wish for"),
        (GrantRequest { files: true, ..GrantRequest::default() }, "does not wish for"),
        (GrantRequest { limits: limits(201), ..GrantRequest::default() }, "does not wish for"),
        (GrantRequest { until: past, ..all() }, "is past"),
    ];
    let before = c.heads();
    for (request, says) in cases {
        let error = c.kernel().grant_plugin(&c.console, &c.city, &scorer(), &request).unwrap_err();
        assert_eq!(error.code(), "invalid");
        assert!(error.to_string().contains(says) && !error.zh().is_empty(), "{error}");
    }
    let bad = Ceiling { per_minute: 0, ..Ceiling::default() };
    assert_eq!(c.kernel().put_ceiling(&c.console, bad).unwrap_err().code(), "invalid");
    let nothing = "nothing".parse().unwrap();
    let error = c.kernel().grant_plugin(&c.console, &c.city, &nothing, &all()).unwrap_err();
    assert_eq!(error.code(), "not_found");
    assert_eq!(c.heads(), before);
    // More CPU time is a wish like any other.
    let cpu_ms = || {
        let grants = c.kernel().grants(&c.console, &c.city, &scorer()).unwrap();
        grants.effective.limits.cpu_ms
    };
    assert_eq!(cpu_ms(), Some(50));
    c.grant(&all());
    assert_eq!(cpu_ms(), Some(200));
}

#[test]
fn a_district_decides_on_its_own_ground_and_the_city_on_the_ceiling() {
    let c = City::new(false);
    let file = v(1, |_| {});
    let signature = crate::signing::sign(c.kernel(), &file);
    let options = InstallOptions { signature, ..InstallOptions::default() };
    let tenant: TenantSlug = "deqing".parse().unwrap();
    c.kernel().install(&c.console, &tenant, &file, options).unwrap();
    let people: Vec<Caller> =
        ["deqing", "anji"].iter().map(|tenant| c.person("某人", Role::District, tenant)).collect();
    let decide = |who| c.kernel().grant_plugin(who, &tenant, &scorer(), &all());
    assert_eq!(decide(&people[1]).unwrap_err().code(), "denied");
    decide(&people[0]).unwrap();
    let second = c.kernel().second_grant(&people[1], &tenant, &scorer());
    assert_eq!(second.unwrap_err().code(), "denied");
    let ceiling = c.kernel().put_ceiling(&people[0], Ceiling::default());
    assert_eq!(ceiling.unwrap_err().code(), "denied");
    assert!(c.kernel().ceiling(&people[0]).is_ok());
}

#[test]
fn a_connector_asks_no_host_and_reads_no_file_that_was_not_granted() {
    let c = City::new(false);
    let second = c.person("第二人", Role::City, "city");
    let kernel = c.kernel();
    let oai: PluginName = "oai-pmh".parse().unwrap();
    c.put(&guest("oai-pmh"));
    let host = [("config:base_url".to_owned(), None)];
    let request = GrantRequest { hosts: host.into(), ..GrantRequest::default() };
    kernel.grant_plugin(&c.console, &c.city, &oai, &request).unwrap();
    c.kept_out(&oai, "a second person must agree to: GET config:base_url");
    kernel.second_grant(&second, &c.city, &oai).unwrap();
    c.enable(&oai);
    let run = |slug: &str, connector: &str, config: serde_json::Value| {
        let source = json!({
            "slug": slug, "name": slug, "tenant": "city", "connector": connector, "trust": "partner",
            "config": config,
        });
        let source = serde_json::from_value(source).unwrap();
        let source = kernel.put_source(&c.console, source).unwrap();
        let run = kernel.start_run(&c.console, &source.slug, RunMode::Full).unwrap();
        let failed = kernel.drive_run(&c.console, run.id, &mut |_| {}).unwrap_err();
        failed.to_string()
    };
    // Nobody listens there: the request itself was let through.
    let base = json!({ "base_url": "http://127.0.0.1:9/oai" });
    let failed = run("oai", "oai-pmh", base.clone());
    assert!(!failed.contains("granted") && !failed.contains("ceiling"), "{failed}");
    let hosts = Some(["edu.cn".to_owned()].into());
    kernel.put_ceiling(&c.console, Ceiling { hosts, ..Ceiling::default() }).unwrap();
    let failed = run("oai", "oai-pmh", base.clone());
    assert!(failed.contains("127.0.0.1 is above the city's ceiling"), "{failed}");
    kernel.put_ceiling(&c.console, Ceiling::default()).unwrap();
    kernel.grant_plugin(&c.console, &c.city, &oai, &GrantRequest::default()).unwrap();
    let failed = run("oai", "oai-pmh", base);
    assert!(failed.contains("is not granted"), "{failed}");
    let sheet: PluginName = "spreadsheet".parse().unwrap();
    c.put(&guest("spreadsheet"));
    kernel.grant_plugin(&c.console, &c.city, &sheet, &GrantRequest::default()).unwrap();
    c.enable(&sheet);
    let failed = run("sheet", "spreadsheet", json!({}));
    assert!(failed.contains("was not granted the drop folder"), "{failed}");
}

/// The command line's own way: install, grant, second, explain, compare.
#[test]
fn an_operator_decides_from_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let run = |args: &[&str]| String::from_utf8(crate::program::run(args).stdout).unwrap();
    let fails = crate::program::fails;
    std::fs::write(at("p.wasm"), guest("oai-pmh")).unwrap();
    run(&["plugin", "keygen", &at("a.key"), "-W"]);
    run(&["plugin", "sign", &at("p.wasm"), "--key", &at("a.key")]);
    let data = at("data");
    let data = ["--data", data.as_str()];
    let with = |args: &[&str]| -> Vec<String> {
        args.iter().chain(&data).map(|arg| (*arg).to_owned()).collect()
    };
    let run_in = |args: &[&str]| {
        let args = with(args);
        run(&args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let fails_in = |args: &[&str]| {
        let args = with(args);
        fails(&args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    run_in(&["publisher", "add", &at("a.pub"), "--tenant", "city", "--name", "测试"]);
    let said = run_in(&["plugin", "install", &at("p.wasm")]);
    assert!(said.contains("undecided: GET config:base_url"), "{said}");
    assert!(fails_in(&["plugin", "enable", "oai-pmh"]).contains("undecided"));
    let said = run_in(&["plugin", "grant", "oai-pmh", "--all", "--until", "2099-12-31"]);
    assert!(
        said.contains("waits for a second person") && said.contains("2099-12-31T16:00:00Z"),
        "{said}"
    );
    assert!(fails_in(&["plugin", "second", "oai-pmh"]).contains("another person"));
    let token = run_in(&["token", "issue", "第二人", "--role", "city"]);
    std::fs::write(at("token"), token).unwrap();
    run_in(&["plugin", "second", "oai-pmh", "--token-file", &at("token")]);
    run_in(&["plugin", "enable", "oai-pmh"]);
    let said = run_in(&["plugin", "grants", "oai-pmh"]);
    assert!(
        said.contains("✓ GET config:base_url 60次/分") && said.contains("operator@console"),
        "{said}"
    );
    let said = run_in(&["plugin", "grants", "oai-pmh", "--diff"]);
    assert!(said.contains("both wish for the same"), "{said}");
    assert!(
        fails_in(&["plugin", "grant", "oai-pmh", "--host", "https://a.cn"])
            .contains("does not wish for")
    );
    assert!(run_in(&["plugin", "ceiling"]).contains("\"per_minute\": 60"));
}
