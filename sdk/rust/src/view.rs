//! Looking into the records that the kernel shows.

use crate::{Achievement, Attribute, AttributeValue, Need};

impl Achievement {
    /// The value of an attribute, such as `ip_statuses`.
    pub fn attribute(&self, key: &str) -> Option<&AttributeValue> {
        lookup(&self.attributes, key)
    }

    /// The texts of an attribute: one, several, or none.
    pub fn attribute_texts(&self, key: &str) -> &[String] {
        match self.attribute(key) {
            Some(AttributeValue::Text(text)) => std::slice::from_ref(text),
            Some(AttributeValue::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// The number of an attribute.
    pub fn attribute_integer(&self, key: &str) -> Option<i64> {
        match self.attribute(key) {
            Some(AttributeValue::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    /// What there is to read, field by field: title, keywords, summary, problem, advantage, then
    /// the attributes that are text. Empty fields are left out; each keyword comes by itself.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let keywords = self.keywords.iter().map(|keyword| ("keywords", keyword.as_str()));
        let attributes = self.attributes.iter().filter_map(|attribute| match &attribute.value {
            AttributeValue::Text(text) => Some((attribute.key.as_str(), text.as_str())),
            _ => None,
        });
        std::iter::once(("title", self.title.as_str()))
            .chain(keywords)
            .chain([
                ("summary", self.summary.as_str()),
                ("problem", self.problem.as_str()),
                ("advantage", self.advantage.as_str()),
            ])
            .chain(attributes)
            .filter(|(_, text)| !text.is_empty())
    }
}

impl Need {
    /// The value of an attribute.
    pub fn attribute(&self, key: &str) -> Option<&AttributeValue> {
        lookup(&self.attributes, key)
    }
}

fn lookup<'a>(attributes: &'a [Attribute], key: &str) -> Option<&'a AttributeValue> {
    attributes.iter().find(|attribute| attribute.key == key).map(|attribute| &attribute.value)
}
