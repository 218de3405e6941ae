//! Reading an achievement in one pass.
//!
//! Its facts lie in it flat. What is derived for that keeps every value of a record in an
//! intermediate form before it reads the facts from those, which takes twice as long; and a ranking reads hundreds
//! of records. So the derived reader of the facts is handed the record's own entries, without those
//! that are not facts.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, de};

use super::{Achievement, AchievementFacts};

impl<'de> Deserialize<'de> for Achievement {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Whole)
    }
}

struct Whole;

impl<'de> Visitor<'de> for Whole {
    type Value = Achievement;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an achievement")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Achievement, A::Error> {
        let mut head = Head::default();
        let facts = Facts { entries, head: &mut head };
        let facts = AchievementFacts::deserialize(MapAccessDeserializer::new(facts))?;
        let missing = A::Error::missing_field;
        Ok(Achievement {
            id: head.id.ok_or_else(|| missing("id"))?,
            tenant: head.tenant.ok_or_else(|| missing("tenant"))?,
            state: head.state.ok_or_else(|| missing("state"))?,
            facts,
            ext: head.ext.unwrap_or_default(),
            created: head.created.ok_or_else(|| missing("created"))?,
            updated: head.updated.ok_or_else(|| missing("updated"))?,
        })
    }
}

macro_rules! head {
    ($($field:ident: $name:literal),*) => {
        /// Entries of a record that are no facts.
        #[derive(Clone, Copy)]
        #[expect(non_camel_case_types, reason = "named as the fields are")]
        enum Entry { $($field),* }

        impl Entry {
            fn of(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$field),)* _ => None }
            }
        }

        impl Head {
            fn take<'de, A: MapAccess<'de>>(&mut self, entry: Entry, from: &mut A) -> Result<(), A::Error> {
                match entry {
                    $(Entry::$field => match self.$field {
                        None => self.$field = Some(from.next_value()?),
                        Some(_) => return Err(A::Error::duplicate_field($name)),
                    }),*
                }
                Ok(())
            }
        }
    };
}

#[derive(Default)]
struct Head {
    id: Option<crate::AchievementId>,
    tenant: Option<crate::TenantSlug>,
    state: Option<crate::AchievementState>,
    ext: Option<
        std::collections::BTreeMap<
            crate::PluginName,
            std::collections::BTreeMap<String, crate::contract::AttributeValue>,
        >,
    >,
    created: Option<jiff::Timestamp>,
    updated: Option<jiff::Timestamp>,
}

head!(id: "id", tenant: "tenant", state: "state", ext: "ext", created: "created", updated: "updated");

/// The entries that are facts; the others are taken on the way.
struct Facts<'a, A> {
    entries: A,
    head: &'a mut Head,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Facts<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        mut seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        loop {
            match self.entries.next_key_seed(Key(seed, PhantomData))? {
                None => return Ok(None),
                Some(Found::Fact(key)) => return Ok(Some(key)),
                Some(Found::Head(entry, back)) => {
                    self.head.take(entry, &mut self.entries)?;
                    seed = back;
                }
            }
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.entries.next_value_seed(seed)
    }
}

/// Reads a name, and hands it on if it is a fact's.
struct Key<'de, K>(K, PhantomData<&'de ()>);

enum Found<T, K> {
    Fact(T),
    Head(Entry, K),
}

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for Key<'de, K> {
    type Value = Found<K::Value, K>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_identifier(self)
    }
}

impl<'de, K: DeserializeSeed<'de>> Visitor<'de> for Key<'de, K> {
    type Value = Found<K::Value, K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        match Entry::of(name) {
            Some(entry) => Ok(Found::Head(entry, self.0)),
            None => self.0.deserialize(StrDeserializer::new(name)).map(Found::Fact),
        }
    }
}
