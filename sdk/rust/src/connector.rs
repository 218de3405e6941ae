//! Connectors (连接器): what to fetch next, and what the reply contains.

use std::marker::PhantomData;

use crate::bindings::harvesting::Guest;
use crate::{
    Ask, ConnectorDescription, Context, Failure, HttpRequest, Page, RawField, RawRecord, Reply,
    Request, Run, Step, Summary, Text, Warning, text,
};

/// The names that a [`RawField`] may have (`wit/harvesting.wit`, `raw-field`): what a mapping in a
/// configuration can lead to.
pub const RAW_FIELDS: &[&str] = &[
    "title",
    "summary",
    "problem",
    "advantage",
    "economics",
    "indicators",
    "field",
    "form",
    "stage",
    "trl",
    "trl_evidence",
    "level",
    "owner",
    "inventor",
    "ip",
    "ipc",
    "industry",
    "keyword",
    "transfer_mode",
    "price",
    "trial_offered",
    "secrecy",
    "registration_no",
    "owner_declaration",
    "contact",
    "date",
    "url",
];

/// A plugin that reads achievements from somewhere. Export it with
/// [`connector!`](crate::connector).
pub trait Connector {
    /// What people read: 「OAI-PMH 2.0」.
    fn label() -> Text;

    /// Takes one step. A run begins with an empty state and no reply; after an ask the next call
    /// has that ask's state and the reply, after a page that page's state and no reply.
    ///
    /// # Errors
    /// Whatever ends the run: see [`Failure`].
    fn next(
        context: &Context,
        run: &Run,
        state: &str,
        reply: Option<Reply>,
    ) -> Result<Step, Failure>;
}

/// Composes one value as the source gave it: the kernel's name, the value, the source's own name.
pub fn field(name: &str, value: impl Into<String>, origin: impl Into<String>) -> RawField {
    RawField { name: name.to_owned(), value: value.into(), origin: origin.into() }
}

impl RawRecord {
    /// Begins a record: the source's own identifier, and what a person finds it by.
    pub fn new(source_id: impl Into<String>, place: impl Into<String>) -> Self {
        Self {
            source_id: source_id.into(),
            datestamp: String::new(),
            place: place.into(),
            fields: Vec::new(),
            verbatim: String::new(),
        }
    }

    /// Adds a value; an empty one is left out.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>, origin: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.fields.push(field(name, value, origin));
        }
        self
    }
}

impl Warning {
    /// Composes a warning: where, and what in Chinese and English.
    pub fn new(place: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { place: place.into(), text: text(zh, en) }
    }
}

impl Page {
    /// A page of records and where to go on; add tombstones, warnings and the total to its fields.
    pub fn new(records: Vec<RawRecord>, state: impl Into<String>) -> Self {
        let (tombstones, warnings) = (Vec::new(), Vec::new());
        Self { records, tombstones, warnings, state: state.into(), total: None }
    }
}

impl Step {
    /// Asks for a URL (`GET`), and to come back with this state.
    pub fn get(url: impl Into<String>, state: impl Into<String>) -> Self {
        let request = Request::Http(HttpRequest {
            method: "GET".to_owned(),
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
        });
        Self::Ask(Ask { request, state: state.into() })
    }

    /// Asks for the list of files in the drop folder.
    pub fn list_files(state: impl Into<String>) -> Self {
        Self::Ask(Ask { request: Request::ListFiles, state: state.into() })
    }

    /// Asks for a file of the drop folder.
    pub fn read_file(name: impl Into<String>, state: impl Into<String>) -> Self {
        Self::Ask(Ask { request: Request::ReadFile(name.into()), state: state.into() })
    }

    /// Ends the run; `complete` if every record that the source has was seen.
    pub fn done(complete: bool) -> Self {
        Self::Done(Summary { complete, warnings: Vec::new() })
    }
}

/// Makes the crate a connector. Does nothing unless the target is `wasm32`.
#[macro_export]
macro_rules! connector {
    ($plugin:ty) => {
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = $crate::__private::is_connector::<$plugin>;
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::__private::ConnectorExport<$plugin>;
            $crate::__private::export_connector!(
                Exported with_types_in $crate::__private::worlds::connector
            );
        };
    };
}

/// Makes the compiler check the type where nothing is exported.
pub fn is_connector<T: Connector>() {}

/// The generated interface, implemented by an author's type.
pub struct ConnectorExport<T>(PhantomData<T>);

impl<T: Connector> Guest for ConnectorExport<T> {
    fn describe(_: Context) -> Result<ConnectorDescription, Failure> {
        Ok(ConnectorDescription { label: T::label() })
    }

    fn next(
        context: Context,
        run: Run,
        state: String,
        reply: Option<Reply>,
    ) -> Result<Step, Failure> {
        T::next(&context, &run, &state, reply)
    }
}
