//! Declared ∩ ceiling ∩ grant: the table.

use super::*;

const NOW: i64 = 1_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Wishes as words: `title` and `contact` are fields of an achievement, `G:a.cn:60` a host that is
/// asked by GET, `files`, `cpu=500`.
fn w(words: &str) -> Wishes {
    let mut wishes = Wishes::default();
    for word in words.split_whitespace() {
        if word == "files" {
            wishes.files = true;
        } else if let Some(ms) = word.strip_prefix("cpu=") {
            wishes.limits.cpu_ms = ms.parse().ok();
        } else if let Some(mib) = word.strip_prefix("mem=") {
            wishes.limits.memory_mib = mib.parse().ok();
        } else if let [methods, host, rate] = word.split('|').collect::<Vec<_>>()[..] {
            let methods =
                methods.split('+').map(|it| if it == "G" { "GET" } else { "POST" }.into());
            let origin =
                if host.starts_with("config:") { host.into() } else { format!("https://{host}") };
            let terms = HostTerms {
                methods: methods.collect(),
                per_minute: rate.parse().unwrap(),
                body_kib: HOST_BODY_KIB_MAX,
            };
            wishes.hosts.insert(origin, terms);
        } else if word.contains('.') {
            wishes.fields.insert(word.into());
        } else {
            wishes.fields.insert(format!("achievement.{word}"));
        }
    }
    wishes
}

fn grant(granted: &str, until: Option<i64>, seconded: Option<(&str, Option<i64>)>) -> Grant {
    Grant {
        tenant: "deqing".parse().unwrap(),
        plugin: "p".parse().unwrap(),
        granted: w(granted),
        considered: w(granted),
        until: until.map(at),
        by: "a".into(),
        at: at(0),
        seconded: seconded.map(|(words, until)| Seconded {
            wishes: w(words),
            until: until.map(at),
            by: "b".into(),
            at: at(0),
        }),
    }
}

/// A ceiling that leaves personal data and everything else open, with changes.
fn open(change: impl FnOnce(&mut Ceiling)) -> Ceiling {
    let mut ceiling = Ceiling { fields: Sight::names().collect(), ..Ceiling::default() };
    change(&mut ceiling);
    ceiling
}

#[track_caller]
fn check(declared: &str, ceiling: &Ceiling, grant: Option<Grant>, want: &str) {
    let kind = PluginKind::Connector;
    let found = effective(kind, &w(declared), ceiling, grant.as_ref(), at(NOW));
    let want = w(want);
    let limits = LimitWish {
        cpu_ms: want.limits.cpu_ms.or(kind.limits().cpu_ms),
        memory_mib: want.limits.memory_mib.or(kind.limits().memory_mib),
    };
    let want = Effective {
        fields: want.fields,
        hosts: want.hosts,
        reach: ceiling.hosts.clone(),
        files: want.files,
        limits,
    };
    assert_eq!(found, want, "{declared} under {grant:?}");
}

#[test]
fn what_counts_is_declared_and_below_the_ceiling_and_granted() {
    let all = open(|_| {});
    let usual = Ceiling::default();
    let one = |granted: &str| Some(grant(granted, None, None));
    let two = |granted: &str, agreed: &str| Some(grant(granted, None, Some((agreed, None))));
    // Nothing counts without a grant, or beyond what was declared.
    check("title summary files cpu=900", &all, None, "");
    check("title summary", &all, one("title"), "title");
    check("title", &all, one("title summary"), "title");
    check("", &all, one("title files"), "");
    check("files", &all, one("title"), "");
    check("title files", &all, one("title files"), "title files");
    // The ceiling cuts whatever was granted.
    let no_title = open(|it| assert!(it.fields.remove("achievement.title")));
    check("title summary", &no_title, one("title summary"), "summary");
    check("files", &open(|it| it.files = false), one("files"), "");
    // Personal data needs two persons, and a ceiling that lets it.
    check("contact", &all, one("contact"), "");
    check("contact", &all, two("contact", "contact"), "contact");
    check("contact inventors", &all, two("contact inventors", "contact"), "contact");
    check("contact", &usual, two("contact", "contact"), "");
    check("need.enterprise", &all, one("need.enterprise"), "");
    check("need.enterprise", &all, two("need.enterprise", "need.enterprise"), "need.enterprise");
    // What the second agreed to counts no more than what was granted.
    check("contact title", &all, two("title", "contact"), "title");
    // So do hosts, in the narrowest of all terms.
    check("G|a.cn|60", &all, one("G|a.cn|60"), "");
    check("G|a.cn|60", &all, two("G|a.cn|60", "G|a.cn|60"), "G|a.cn|60");
    check("G+P|a.cn|60", &all, two("G|a.cn|30", "G|a.cn|30"), "G|a.cn|30");
    check("G+P|a.cn|60", &all, two("G+P|a.cn|60", "G|a.cn|30"), "G|a.cn|30");
    check("G|a.cn|60", &all, two("P|a.cn|60", "P|a.cn|60"), "");
    check("G|a.cn|60", &open(|it| it.per_minute = 6), two("G|a.cn|60", "G|a.cn|60"), "G|a.cn|6");
    let edu = || open(|it| it.hosts = Some(["edu.cn".to_owned()].into()));
    check("G|a.cn|60", &edu(), two("G|a.cn|60", "G|a.cn|60"), "");
    check(
        "G|a.edu.cn:8443|60",
        &edu(),
        two("G|a.edu.cn:8443|60", "G|a.edu.cn:8443|60"),
        "G|a.edu.cn:8443|60",
    );
    check("G|xedu.cn|60", &edu(), two("G|xedu.cn|60", "G|xedu.cn|60"), "");
    // A configured host is held against the ceiling when it is known.
    check("G|config:u|60", &edu(), two("G|config:u|60", "G|config:u|60"), "G|config:u|60");
    // Limits that are not granted are those of the kind; none is above the ceiling.
    check("cpu=900 mem=100", &all, None, "");
    check("cpu=900 mem=100", &all, one("cpu=900"), "cpu=900");
    check("cpu=900", &all, one("cpu=600"), "cpu=600");
    check("cpu=900", &open(|it| it.cpu_ms = 700), one("cpu=900"), "cpu=700");
    check("", &open(|it| it.cpu_ms = 70), None, "cpu=70");
}

#[test]
fn grants_end_by_themselves() {
    let all = open(|_| {});
    check("title", &all, Some(grant("title", Some(NOW + 1), None)), "title");
    check("title", &all, Some(grant("title", Some(NOW), None)), "");
    // Two persons agreed for a time; one alone does not make it longer.
    let longer = grant("contact title", None, Some(("contact", Some(NOW))));
    check("contact title", &all, Some(longer.clone()), "title");
    assert_eq!(longer.pending(), w("contact"));
    let shorter = grant("contact", Some(NOW + 1), Some(("contact", None)));
    assert!(shorter.pending().is_empty());
    check("contact", &all, Some(shorter), "contact");
}

#[test]
fn one_person_is_never_two() {
    let waiting = grant("contact title", None, None);
    assert_eq!(waiting.second("a", at(NOW)), Err(NotSeconded::SamePerson));
    let agreed = waiting.second("b", at(NOW)).unwrap();
    assert_eq!(agreed.in_force(at(NOW)), w("contact title"));
    assert_eq!(agreed.second("c", at(NOW)), Err(NotSeconded::Nothing));
    assert_eq!(grant("title", None, None).second("b", at(NOW)), Err(NotSeconded::Nothing));
    assert_eq!(grant("contact", Some(NOW), None).second("b", at(NOW)), Err(NotSeconded::Expired));
}

#[test]
fn what_is_undecided_is_named() {
    let check = |declared: &str, grant: Option<Grant>, new: &str, pending: &str, ended: bool| {
        let found = Undecided::of(&w(declared), grant.as_ref(), at(NOW));
        assert_eq!((&found.new, &found.pending), (&w(new), &w(pending)), "{declared}");
        assert_eq!(found.ended.is_some(), ended, "{declared}");
        assert_eq!(found.is_empty(), new.is_empty() && pending.is_empty() && !ended);
    };
    check("", None, "", "", false);
    check("title cpu=900", None, "title cpu=900", "", false);
    check("title", Some(grant("title", None, None)), "", "", false);
    check("title summary", Some(grant("title", None, None)), "summary", "", false);
    check("contact", Some(grant("contact", None, None)), "", "contact", false);
    check("contact", Some(grant("contact", None, Some(("contact", None)))), "", "", false);
    // A wish that was decided against is decided.
    let mut against = grant("title", None, None);
    against.considered = w("title contact");
    check("title contact", Some(against), "", "", false);
    // Wider terms are a new wish.
    let agreed = grant("G|a.cn|30", None, Some(("G|a.cn|30", None)));
    check("G|a.cn|30", Some(agreed.clone()), "", "", false);
    // One person granted more since: what two agreed to goes on for a version that wishes no more.
    let mut more = grant("G|a.cn|60 contact", None, Some(("G|a.cn|30", None)));
    check("G|a.cn|30", Some(more.clone()), "", "", false);
    check("G|a.cn|60 contact", Some(more.clone()), "", "G|a.cn|60 contact", false);
    more.until = Some(at(NOW));
    check("G|a.cn|30", Some(more), "", "", true);
    check("G|a.cn|60", Some(agreed.clone()), "G|a.cn|60", "", false);
    check("G+P|a.cn|30", Some(agreed), "G+P|a.cn|30", "", false);
    check("title", Some(grant("title", Some(NOW), None)), "", "", true);
}

#[track_caller]
fn refuse(declared: &str, ceiling: &Ceiling, request: GrantRequest, place: &str, says: &str) {
    let faults = request.decide(&w(declared), ceiling, at(NOW)).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].place, place);
    assert!(faults[0].text.en.contains(says) && !faults[0].text.zh.is_empty(), "{faults:?}");
}

#[test]
fn nobody_grants_beyond_what_was_declared_or_above_the_ceiling() {
    let usual = Ceiling::default();
    let fields = |words: &str| GrantRequest { fields: w(words).fields, ..GrantRequest::default() };
    let hosts = |words: &str| GrantRequest {
        hosts: w(words).hosts.into_iter().map(|(origin, terms)| (origin, Some(terms))).collect(),
        ..GrantRequest::default()
    };
    refuse("title", &usual, fields("summary"), "fields", "does not wish for");
    refuse("title", &usual, fields("shoe_size"), "fields", "no field");
    refuse("contact", &usual, fields("contact"), "fields", "above the city's ceiling");
    refuse("G|a.cn|60", &usual, hosts("G|b.cn|60"), "hosts", "does not wish for");
    refuse("G|a.cn|30", &usual, hosts("G|a.cn|60"), "hosts", "does not wish for");
    refuse("G|a.cn|60", &usual, hosts("G+P|a.cn|60"), "hosts", "does not wish for");
    refuse("G|a.cn|60", &usual, hosts("G|a.cn|0"), "hosts", "1 to 60");
    let unknown = [("https://b.cn".to_owned(), None)].into();
    let request = GrantRequest { hosts: unknown, ..GrantRequest::default() };
    refuse("G|a.cn|60", &usual, request, "hosts", "does not wish for");
    refuse(
        "",
        &usual,
        GrantRequest { files: true, ..GrantRequest::default() },
        "files",
        "does not wish",
    );
    let limits = |cpu_ms| GrantRequest {
        limits: LimitWish { cpu_ms: Some(cpu_ms), memory_mib: None },
        ..GrantRequest::default()
    };
    refuse("cpu=900", &usual, limits(901), "limits", "does not wish for");
    let low = Ceiling { cpu_ms: 600, ..Ceiling::default() };
    refuse("cpu=900", &low, limits(800), "limits", "above the city's ceiling");
    let past = GrantRequest { all: true, until: Some(at(NOW)), ..GrantRequest::default() };
    refuse("title", &usual, past, "until", "is past");
    let all = GrantRequest { all: true, until: Some(at(NOW + 1)), ..GrantRequest::default() };
    let found = all.decide(&w("title contact cpu=900 G|a.cn|60"), &low, at(NOW)).unwrap();
    assert_eq!(found, w("title cpu=600 G|a.cn|60"), "all is all below the ceiling");
}

#[test]
fn a_ceiling_is_checked() {
    assert_eq!(Ceiling::default().check(), []);
    let check = |change: fn(&mut Ceiling), place: &str| {
        let mut ceiling = Ceiling::default();
        change(&mut ceiling);
        let faults = ceiling.check();
        assert_eq!(faults.iter().map(|it| it.place.as_str()).collect::<Vec<_>>(), [place]);
    };
    check(|it| assert!(it.fields.insert("achievement.url".into())), "fields");
    check(|it| it.hosts = Some(["https://a.cn".to_owned()].into()), "hosts");
    check(|it| it.hosts = Some(["A.cn".to_owned()].into()), "hosts");
    check(|it| it.per_minute = 0, "per_minute");
    check(|it| it.body_kib = 2_000, "body_kib");
    check(|it| it.cpu_ms = 5_000, "cpu_ms");
    check(|it| it.memory_mib = 0, "memory_mib");
}
