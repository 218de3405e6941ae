//! Deciding: a person's request becomes a grant, or every reason why it cannot.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::super::LimitWish;
use super::{Ceiling, HostTerms, Wishes};
use crate::{Sight, Text};

/// What a person wants to grant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GrantRequest {
    /// Everything that is wished for, as far as the ceiling allows; what follows is then left out.
    pub all: bool,
    /// Fields.
    pub fields: BTreeSet<String>,
    /// Hosts by origin or `config:<key>`, each in the terms that are wished for or narrower ones.
    pub hosts: BTreeMap<String, Option<HostTerms>>,
    /// The drop folder.
    pub files: bool,
    /// Limits above those of the kind.
    pub limits: LimitWish,
    /// When the grant ends.
    pub until: Option<Timestamp>,
}

/// What is wrong with a grant or a ceiling: where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantFault {
    /// Which part: `fields`, `hosts`, `until`.
    pub place: String,
    /// What is wrong and what to do.
    pub text: Text,
}

impl GrantFault {
    pub(super) fn new(place: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { place: place.to_owned(), text: Text::new(zh, en) }
    }

    pub(super) fn no_field(place: &str, field: &str) -> Self {
        let field: String = field.chars().take(80).collect();
        let known = Sight::names().collect::<Vec<_>>();
        Self::new(
            place,
            format!("没有字段{field:?}；可授权：{}", known.join("、")),
            format!("there is no field {field:?}; there are {}", known.join(", ")),
        )
    }
}

impl GrantRequest {
    /// What is granted of what was declared.
    ///
    /// # Errors
    /// Every part that was not declared, lies above the ceiling, or does not exist; an end that is past.
    pub fn decide(
        &self,
        declared: &Wishes,
        ceiling: &Ceiling,
        now: Timestamp,
    ) -> Result<Wishes, Vec<GrantFault>> {
        let mut faults = Vec::new();
        if let Some(until) = self.until.filter(|until| *until <= now) {
            faults.push(GrantFault::new(
                "until",
                format!("截止时间{until}已过，现在是{now}"),
                format!("the end {until} is past: it is {now}"),
            ));
        }
        let granted = if self.all { ceiling.cut(declared) } else { self.wishes(declared) };
        if !self.all {
            let beyond = granted.minus(declared);
            let above = granted.minus(&beyond).minus(&ceiling.cut(&granted));
            unknown(&beyond, &mut faults);
            impossible(&granted.minus(&beyond), &mut faults);
            widened(&beyond, declared, &mut faults);
            too_high(&above, &mut faults);
        }
        if faults.is_empty() { Ok(granted) } else { Err(faults) }
    }

    fn wishes(&self, declared: &Wishes) -> Wishes {
        let terms = |origin: &String, terms: &Option<HostTerms>| {
            let none = HostTerms { methods: BTreeSet::new(), per_minute: 0, body_kib: 0 };
            terms.clone().or_else(|| declared.hosts.get(origin).cloned()).unwrap_or(none)
        };
        let hosts = self.hosts.iter().map(|(origin, it)| (origin.clone(), terms(origin, it)));
        Wishes {
            fields: self.fields.clone(),
            hosts: hosts.collect(),
            files: self.files,
            limits: self.limits,
        }
    }
}

fn unknown(beyond: &Wishes, faults: &mut Vec<GrantFault>) {
    for field in beyond.fields.iter().filter(|field| !Sight::can_show(field)) {
        faults.push(GrantFault::no_field("fields", field));
    }
}

/// Terms that are within what was declared, and let nothing through.
fn impossible(granted: &Wishes, faults: &mut Vec<GrantFault>) {
    for (origin, terms) in &granted.hosts {
        if terms.methods.is_empty() || terms.per_minute == 0 || terms.body_kib == 0 {
            faults.push(GrantFault::new(
                "hosts",
                format!("“{origin}”：方法至少一种，每分钟1至60次，回应1至1024 KiB；不授权请省略"),
                format!("{origin:?}: want a method, 1 to 60 requests a minute and 1 to 1024 KiB; leave it out to grant nothing"),
            ));
        }
    }
}

fn widened(beyond: &Wishes, declared: &Wishes, faults: &mut Vec<GrantFault>) {
    let mut add = |place: &str, what: &str, wishes: &str| {
        let what: String = what.chars().take(200).collect();
        faults.push(GrantFault::new(
            place,
            format!("插件没有申请“{what}”，不能授予；它申请的是：{wishes}"),
            format!("the plugin does not wish for {what:?}, so it cannot be granted; it wishes for: {wishes}"),
        ));
    };
    let wishes = declared.lines().join("; ");
    let wishes = if wishes.is_empty() { "-" } else { &wishes };
    for field in beyond.fields.iter().filter(|field| Sight::can_show(field)) {
        add("fields", field, wishes);
    }
    let hosts = Wishes { hosts: beyond.hosts.clone(), ..Wishes::default() };
    hosts.lines().iter().for_each(|host| add("hosts", host, wishes));
    if beyond.files {
        add("files", "files", wishes);
    }
    let limits = Wishes { limits: beyond.limits, ..Wishes::default() };
    limits.lines().iter().for_each(|limit| add("limits", limit, wishes));
}

fn too_high(above: &Wishes, faults: &mut Vec<GrantFault>) {
    let places = [
        ("fields", Wishes { fields: above.fields.clone(), ..Wishes::default() }),
        ("hosts", Wishes { hosts: above.hosts.clone(), ..Wishes::default() }),
        ("files", Wishes { files: above.files, ..Wishes::default() }),
        ("limits", Wishes { limits: above.limits, ..Wishes::default() }),
    ];
    for (place, wishes) in places {
        for what in wishes.lines() {
            faults.push(GrantFault::new(
                place,
                format!("“{what}”超出全市上限；如确有需要，请市级管理员调整上限"),
                format!("{what:?} is above the city's ceiling; the city's operator may raise that"),
            ));
        }
    }
}
