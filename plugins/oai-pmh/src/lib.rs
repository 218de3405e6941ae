//! Reads achievements from OAI-PMH 2.0 repositories, including those that bend the protocol.
//!
//! A run asks `Identify` once for the granularity, then `ListRecords`, then one resumption token
//! after the other. Everything it must remember between two calls is in [`state::State`].

mod cerif;
mod config;
mod day;
mod decode;
mod fields;
mod harvest;
mod label;
mod page;
mod reply;
mod state;
mod url;

use taihu_plugin::{Connector, Context, Failure, Reply, Run, Step, Text, connector, text};

/// The connector.
#[derive(Debug)]
pub struct OaiPmh;

impl Connector for OaiPmh {
    fn label() -> Text {
        text("OAI-PMH 2.0 收割", "OAI-PMH 2.0 harvest")
    }

    fn next(
        context: &Context,
        run: &Run,
        state: &str,
        reply: Option<Reply>,
    ) -> Result<Step, Failure> {
        harvest::next(context, run, state, reply)
    }
}

connector!(OaiPmh);

#[cfg(test)]
mod tests {
    use super::OaiPmh;
    use taihu_plugin::testing;

    #[test]
    fn cases() -> Result<(), testing::Differences> {
        testing::connector::<OaiPmh>(env!("CARGO_MANIFEST_DIR"))
    }
}
