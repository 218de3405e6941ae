//! What `wit-bindgen` makes of `wit/`: hidden, with one set of shared types for all three worlds.

pub(crate) use shared::taihu::plugin::{log, types};
pub(crate) use worlds::connector::exports::taihu::plugin::harvesting;
pub(crate) use worlds::niche_pool::exports::taihu::plugin::classifying;
pub(crate) use worlds::scorer::exports::taihu::plugin::scoring;

/// Types and the log: what every world has.
mod shared {
    wit_bindgen::generate!({
        inline: "
            package taihu:sdk;
            world shared {
                import taihu:plugin/types@0.1.0;
                import taihu:plugin/log@0.1.0;
            }
        ",
        path: "../../wit",
        generate_all,
        generate_unused_types: true,
        additional_derives: [PartialEq, Eq],
        additional_type_attributes: {
            "taihu:plugin/types@0.1.0/text": [
                #[derive(Default, serde::Deserialize)] #[serde(default, deny_unknown_fields)]
            ],
            "taihu:plugin/types@0.1.0/attribute-value": [
                #[derive(serde::Deserialize)] #[serde(untagged)]
            ],
            "taihu:plugin/types@0.1.0/attribute": [
                #[derive(serde::Deserialize)] #[serde(deny_unknown_fields)]
            ],
            "taihu:plugin/types@0.1.0/context": [#[derive(Default)]],
        },
    });
}

#[expect(missing_docs, reason = "generated traits and functions have none")]
/// The three worlds; public, because the macros' expansion in the author's crate names them.
pub mod worlds {
    /// World `scorer`.
    pub mod scorer {
        wit_bindgen::generate!({
            world: "taihu:plugin/scorer@0.1.0",
            path: "../../wit",
            with: {
                "taihu:plugin/types@0.1.0": crate::bindings::types,
                "taihu:plugin/log@0.1.0": crate::bindings::log,
            },
            additional_derives: [PartialEq, Eq],
            additional_type_attributes: {
                "taihu:plugin/scoring@0.1.0/scores": [#[derive(Default)]],
            },
            export_macro_name: "export_scorer",
            pub_export_macro: true,
            default_bindings_module: "taihu_plugin::__private::worlds::scorer",
        });
    }

    /// World `niche-pool`.
    pub mod niche_pool {
        wit_bindgen::generate!({
            world: "taihu:plugin/niche-pool@0.1.0",
            path: "../../wit",
            with: {
                "taihu:plugin/types@0.1.0": crate::bindings::types,
                "taihu:plugin/log@0.1.0": crate::bindings::log,
            },
            additional_derives: [PartialEq, Eq],
            export_macro_name: "export_niche_pool",
            pub_export_macro: true,
            default_bindings_module: "taihu_plugin::__private::worlds::niche_pool",
        });
    }

    /// World `connector`.
    pub mod connector {
        wit_bindgen::generate!({
            world: "taihu:plugin/connector@0.1.0",
            path: "../../wit",
            with: {
                "taihu:plugin/types@0.1.0": crate::bindings::types,
                "taihu:plugin/log@0.1.0": crate::bindings::log,
            },
            additional_derives: [PartialEq, Eq],
            export_macro_name: "export_connector",
            pub_export_macro: true,
            default_bindings_module: "taihu_plugin::__private::worlds::connector",
        });
    }
}
