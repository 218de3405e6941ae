//! Reads achievements from spreadsheets, as universities really send them.
//!
//! A run lists the drop folder once and then reads file after file. A file is read again for every
//! page of it: a plugin keeps nothing between two calls but its [`state::State`].

mod book;
mod config;
mod delimited;
mod grid;
mod header;
mod markup;
mod preamble;
mod record;
mod records_xml;
mod sheet_xml;
mod state;
mod steps;
mod synonyms;
mod table;
mod text;
mod workbook;
mod zip_guard;

use taihu_plugin::{Connector, Context, Failure, Reply, Run, Step, Text, connector, text};

/// The connector.
#[derive(Debug)]
pub struct Spreadsheet;

impl Connector for Spreadsheet {
    fn label() -> Text {
        text("电子表格（XLSX、XLS、CSV）", "Spreadsheets (XLSX, XLS, CSV)")
    }

    fn next(
        context: &Context,
        _: &Run,
        state: &str,
        reply: Option<Reply>,
    ) -> Result<Step, Failure> {
        steps::next(context, state, reply)
    }
}

connector!(Spreadsheet);

#[cfg(test)]
mod tests {
    use super::Spreadsheet;
    use taihu_plugin::testing;

    #[test]
    fn cases() -> Result<(), testing::Differences> {
        testing::connector::<Spreadsheet>(env!("CARGO_MANIFEST_DIR"))
    }
}
