//! The WIT files of the contract, embedded: what the kernel offers and expects, for looking up and
//! for encoding components.

use std::sync::OnceLock;

use taihu_model::PluginKind;
use wit_parser::{InterfaceId, PackageId, Resolve, SourceMap, WorldId};

/// Path (for messages only) and text of every file.
const FILES: &[(&str, &str)] = &[
    ("wit/types.wit", include_str!("../../../wit/types.wit")),
    ("wit/log.wit", include_str!("../../../wit/log.wit")),
    ("wit/scoring.wit", include_str!("../../../wit/scoring.wit")),
    ("wit/classifying.wit", include_str!("../../../wit/classifying.wit")),
    ("wit/harvesting.wit", include_str!("../../../wit/harvesting.wit")),
];

/// The contract, resolved.
pub(crate) struct Contract {
    pub(crate) resolve: Resolve,
    package: PackageId,
}

impl Contract {
    /// Finds the world of a kind.
    pub(crate) fn world(&self, kind: PluginKind) -> Option<WorldId> {
        self.resolve.packages[self.package].worlds.get(kind.world()).copied()
    }

    /// Finds an interface by its full name, `taihu:plugin/log@0.1.0`.
    pub(crate) fn interface(&self, id: &str) -> Option<InterfaceId> {
        let found = |at: &&InterfaceId| self.resolve.id_of(**at).as_deref() == Some(id);
        self.resolve.packages[self.package].interfaces.values().find(found).copied()
    }
}

/// Parses the contract once. Fails only if the files of this very kernel are broken, which every
/// build of the bindings would have noticed.
pub(crate) fn contract() -> Result<&'static Contract, String> {
    static CONTRACT: OnceLock<Result<Contract, String>> = OnceLock::new();
    CONTRACT
        .get_or_init(|| parse().map_err(|error| format!("{error:#}")))
        .as_ref()
        .map_err(Clone::clone)
}

fn parse() -> Result<Contract, Box<dyn std::error::Error + Send + Sync>> {
    let mut sources = SourceMap::default();
    for (path, text) in FILES {
        sources.push_str(path, *text);
    }
    let mut resolve = Resolve::default();
    let group = sources.parse().map_err(|(_, error)| error)?;
    let package = resolve.push_group(group)?;
    Ok(Contract { resolve, package })
}
