//! Reads achievements from JSON over HTTP, through a mapping in the configuration.
//!
//! A run asks page after page, in one of four ways of paging. What leads to the next page is in
//! [`state::State`]; what the mapping can say is in [`path`].

mod config;
mod decode;
mod json;
mod page;
mod path;
mod request;
mod state;
mod steps;
mod time;
mod value;

use taihu_plugin::{Connector, Context, Failure, Reply, Run, Step, Text, connector, text};

/// The connector.
#[derive(Debug)]
pub struct JsonHttp;

impl Connector for JsonHttp {
    fn label() -> Text {
        text("JSON 接口（HTTP）", "JSON over HTTP")
    }

    fn next(
        context: &Context,
        run: &Run,
        state: &str,
        reply: Option<Reply>,
    ) -> Result<Step, Failure> {
        steps::next(context, run, state, reply)
    }
}

connector!(JsonHttp);

#[cfg(test)]
mod tests {
    use super::JsonHttp;
    use taihu_plugin::testing;

    #[test]
    fn cases() -> Result<(), testing::Differences> {
        testing::connector::<JsonHttp>(env!("CARGO_MANIFEST_DIR"))
    }
}
