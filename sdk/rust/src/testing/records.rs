//! Records out of JSON, by columns, as the kernel would send them.

use serde_json::{Map, Value};

use crate::bindings::types::{Column, Integers, Table, TextLists, Texts, Values};
use crate::table::Batch;
use crate::{Achievements, Context, Decision, Failure, NichePool, Scorer, Scores};

/// A need and achievements, as a plugin that declares some fields is shown them.
#[derive(Debug)]
pub struct Records {
    need: Table,
    achievements: Table,
}

impl Records {
    /// Makes records of JSON objects such as cases have: fields by their names, those that have no
    /// place of their own (`price_fen`, `ip_statuses`) under `attributes`. Shows the fields that
    /// `reads` names (`achievement.title`, `need.problem`).
    ///
    /// # Errors
    /// If a field has a value of another kind than the contract says, or is none.
    pub fn new<S: AsRef<str>>(
        reads: &[S],
        need: &Value,
        achievements: &[Value],
    ) -> Result<Self, String> {
        Ok(Self {
            need: table("need", reads, std::slice::from_ref(need))?,
            achievements: table("achievement", reads, achievements)?,
        })
    }

    /// Scores the achievements as the kernel would ask for it.
    ///
    /// # Errors
    /// What the plugin itself says.
    pub fn score<T: Scorer>(&self, context: &Context) -> Result<Scores, Failure> {
        let batch = Batch::of(&self.achievements, Some(&self.need));
        T::score(context, &batch.need(), &Achievements(&batch))
    }

    /// Scores, and gives the answer as it would cross: three lists, of scores (row, value, factors),
    /// of factors (key, weight, value, evidence) and of evidence (column, start, end).
    ///
    /// # Errors
    /// What the plugin itself says.
    pub fn answer<T: Scorer>(&self, context: &Context) -> Result<Value, Failure> {
        let flat = self.score::<T>(context)?.described(&T::factors());
        let items = |list: Value, size: usize| match list {
            Value::Array(numbers) => numbers.chunks(size).map(Value::from).collect(),
            other => other,
        };
        let lists = [
            items(flat.scores.into(), 3),
            items(flat.factors.into(), 4),
            items(flat.evidence.into(), 3),
        ];
        Ok(serde_json::json!(lists))
    }

    /// Classifies the achievements as the kernel would ask for it.
    ///
    /// # Errors
    /// What the plugin itself says.
    pub fn classify<T: NichePool>(&self, context: &Context) -> Result<Vec<Decision>, Failure> {
        T::classify(context, &Achievements(&Batch::of(&self.achievements, None)))
    }

    /// The names of the columns, in the order in which evidence counts them.
    pub(super) fn columns(&self) -> Vec<&str> {
        let columns = self.achievements.columns.iter().chain(&self.need.columns);
        columns.map(|column| column.name.as_str()).collect()
    }
}

fn table<S: AsRef<str>>(subject: &str, reads: &[S], records: &[Value]) -> Result<Table, String> {
    let records: Vec<Map<String, Value>> = records.iter().map(plain).collect::<Result<_, _>>()?;
    let known = |name: &str| name == "id" || kind(name).is_some();
    if let Some(name) = records.iter().flat_map(Map::keys).find(|name| !known(name)) {
        return Err(format!("{subject}.{name} is no field of the contract"));
    }
    let mut columns = Vec::new();
    for read in reads {
        let Some((of, name)) = read.as_ref().split_once('.') else { continue };
        if of != subject {
            continue;
        }
        let names =
            if name == "trl" { &["trl", "trl_estimated", "trl_evidence"][..] } else { &[name] };
        for name in names {
            columns.push(Column { name: (*name).to_owned(), values: values(name, &records)? });
        }
    }
    Ok(Table { ids: texts(&records, "id")?, columns })
}

/// A record with the attributes and the parts of its readiness beside its other fields.
fn plain(record: &Value) -> Result<Map<String, Value>, String> {
    let mut fields = record.as_object().cloned().ok_or("a record is no object")?;
    if let Some(Value::Object(trl)) = fields.remove("trl") {
        for (part, value) in trl {
            let name = if part == "level" { "trl".to_owned() } else { format!("trl_{part}") };
            fields.insert(name, value);
        }
    }
    for attribute in
        fields.remove("attributes").as_ref().and_then(Value::as_array).into_iter().flatten()
    {
        let key = attribute.get("key").and_then(Value::as_str).ok_or("an attribute has no key")?;
        fields.insert(key.to_owned(), attribute.get("value").cloned().unwrap_or(Value::Null));
    }
    Ok(fields)
}

enum Kind {
    Text,
    Texts,
    Integer,
    Boolean,
}

fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "keywords" | "transfer_modes" | "ipc" | "industry" | "owners" | "inventors"
        | "ip_types" | "ip_statuses" => Kind::Texts,
        "trl" | "price_fen" | "completeness_permille" | "year" | "budget_fen" => Kind::Integer,
        "trl_estimated" | "trial_offered" => Kind::Boolean,
        name if crate::fields::code_of(name) != crate::fields::UNKNOWN => Kind::Text,
        _ => return None,
    })
}

fn values(name: &str, records: &[Map<String, Value>]) -> Result<Values, String> {
    let wrong = |value: &Value| format!("{name} is {value}: a value of another kind");
    match kind(name) {
        None => Err(format!("{name} is no field of the contract")),
        Some(Kind::Text) => Ok(Values::Text(texts(records, name)?)),
        Some(Kind::Texts) => {
            let mut lists = TextLists { items: empty(), ends: Vec::new() };
            for record in records {
                match record.get(name) {
                    None | Some(Value::Null) => {}
                    Some(Value::Array(items)) => {
                        for item in items {
                            push(&mut lists.items, item.as_str().ok_or_else(|| wrong(item))?);
                        }
                    }
                    Some(other) => return Err(wrong(other)),
                }
                lists.ends.push(end(lists.items.ends.len()));
            }
            Ok(Values::Texts(lists))
        }
        Some(Kind::Integer) => {
            let mut numbers = Integers { values: Vec::new(), known: Vec::new() };
            for record in records {
                let number = match record.get(name) {
                    None | Some(Value::Null) => None,
                    Some(value) => Some(value.as_i64().ok_or_else(|| wrong(value))?),
                };
                numbers.values.push(number.unwrap_or(0));
                numbers.known.push(number.is_some());
            }
            Ok(Values::Integer(numbers))
        }
        Some(Kind::Boolean) => {
            let yes = |record: &Map<String, Value>| match record.get(name) {
                None | Some(Value::Null) => Ok(false),
                Some(value) => value.as_bool().ok_or_else(|| wrong(value)),
            };
            Ok(Values::Boolean(records.iter().map(yes).collect::<Result<_, _>>()?))
        }
    }
}

fn texts(records: &[Map<String, Value>], name: &str) -> Result<Texts, String> {
    let mut texts = empty();
    for record in records {
        match record.get(name) {
            None | Some(Value::Null) => push(&mut texts, ""),
            Some(Value::String(text)) => push(&mut texts, text),
            Some(other) => return Err(format!("{name} is {other}: a value of another kind")),
        }
    }
    Ok(texts)
}

fn empty() -> Texts {
    Texts { text: String::new(), ends: Vec::new() }
}

fn push(texts: &mut Texts, text: &str) {
    texts.text.push_str(text);
    texts.ends.push(end(texts.text.len()));
}

fn end(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
