//! A kernel's home: the one directory that it lives in, and what lies where.
//!
//! ```text
//! taihu.redb        everything that matters: records, log, blobs
//! seal.key          32 random bytes that seal compiled code; losing it costs compiling anew
//! first-token.txt   the first operator's token, until somebody deletes it
//! cache/            compiled code, the index's snapshot: may be deleted at any time
//! drop/<source>/    drop folders: files that sources deliver
//! secrets/<source>/ what the kernel tells servers to be let in: back it up apart, if at all
//! ```

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirBuilder, DirBuilderExt as _, OpenOptions, OpenOptionsExt as _};
use taihu_sandbox::{Compiler, Sandbox, SandboxOptions, SetupError};
use taihu_store::{Engine, EngineOptions, OpenError};
use thiserror::Error;

use crate::authority::{Caller, Role};
use crate::clock::{Clock, random_bytes};
use crate::embedding::EmbeddingOptions;
use crate::error::Error;
use crate::kernel::{Kernel, Parts};
use crate::outbound::Outbound;
use crate::tokens::new_token;

const SEAL_KEY: &str = "seal.key";
const FIRST_TOKEN: &str = "first-token.txt";

/// How a home is opened.
pub struct HomeOptions {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The way to the outside.
    pub outbound: Arc<dyn Outbound>,
    /// Where plugins are compiled.
    pub compiler: Compiler,
    /// True if sources may ask this machine itself.
    pub loopback: bool,
    /// True if plugins that nobody signed are let in: for development only.
    pub allow_unsigned: bool,
    /// An endpoint that adds what texts mean to the order of candidates, if there is one.
    pub embedding: Option<EmbeddingOptions>,
}

/// A home could not be opened.
#[derive(Debug, Error)]
pub enum HomeError {
    /// The store could not be opened: the message says why and what to do.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The sandbox could not be set up on this machine.
    #[error(transparent)]
    Sandbox(#[from] SetupError),
    /// The directory or one of its files cannot be used.
    #[error("failed to use {path}: {error}")]
    Directory {
        /// Which.
        path: String,
        /// The system's words.
        error: std::io::Error,
    },
    /// The kernel could not begin.
    #[error(transparent)]
    Kernel(#[from] Error),
}

/// A kernel and the directory it lives in.
pub struct Home {
    /// The kernel.
    pub kernel: Arc<Kernel>,
    /// Where the first operator's token was written, if that was now.
    pub first_token: Option<PathBuf>,
    dir: Dir,
}

impl Home {
    /// Opens a home, making what is missing. The first time, it issues a token for the city's
    /// operator and writes it to `first-token.txt`, readable by the owner only.
    ///
    /// # Errors
    /// [`HomeError`]; what was there stays as it was.
    pub fn open(path: &Path, options: HomeOptions) -> Result<Self, HomeError> {
        let at = |name: &str| {
            let path = path.join(name).display().to_string();
            move |error| HomeError::Directory { path, error }
        };
        Dir::create_ambient_dir_all(path, ambient_authority()).map_err(at(""))?;
        let dir = Dir::open_ambient_dir(path, ambient_authority()).map_err(at(""))?;
        for name in ["cache", "drop"] {
            dir.create_dir_all(name).map_err(at(name))?;
        }
        match dir.create_dir_with("secrets", DirBuilder::new().mode(0o700)) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(at("secrets")(error));
            }
            _ => {}
        }
        let store = Engine::open(&path.join("taihu.redb"), EngineOptions::default())?;
        let seal_key = seal_key(&dir).map_err(at(SEAL_KEY))?;
        let sandbox = new_sandbox(seal_key, options.compiler)?;
        if options.allow_unsigned {
            tracing::warn!(
                "unsigned plugins are let in: for development only, never for a city's data"
            );
        }
        let kernel = Kernel::new(Parts {
            store: Arc::new(store),
            sandbox,
            clock: options.clock,
            outbound: options.outbound,
            cache: dir.open_dir("cache").map_err(at("cache"))?,
            drop: dir.open_dir("drop").map_err(at("drop"))?,
            secrets: dir.open_dir("secrets").map_err(at("secrets"))?,
            loopback: options.loopback,
            allow_unsigned: options.allow_unsigned,
            embedding: options.embedding,
        })?;
        let console = Caller::console(kernel.city().clone());
        let mut first_token = None;
        if kernel.principals(&console)?.is_empty() {
            // Written before it is good: a fall between the two leaves a file that the next start
            // replaces, never a kernel that nobody has a token for.
            let token = new_token()?;
            write_secret(&dir, FIRST_TOKEN, format!("{token}\n").as_bytes())
                .map_err(at(FIRST_TOKEN))?;
            kernel.keep_token(&console, "首位市级管理员", Role::City, kernel.city(), &token)?;
            first_token = Some(path.join(FIRST_TOKEN));
        }
        Ok(Self { kernel: Arc::new(kernel), first_token, dir })
    }

    /// A secret text that lives here: read, or the first time made and written so that its owner
    /// alone reads it.
    ///
    /// # Errors
    /// [`HomeError::Directory`] if the file cannot be used; what `make` says otherwise.
    pub fn secret(
        &self,
        name: &str,
        make: impl FnOnce() -> Result<String, Error>,
    ) -> Result<String, HomeError> {
        let failed = |error| HomeError::Directory { path: name.to_owned(), error };
        match self.dir.read_to_string(name) {
            Ok(known) => Ok(known),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let fresh = make()?;
                write_secret(&self.dir, name, fresh.as_bytes()).map_err(failed)?;
                Ok(fresh)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// The sandbox of a home without anything else of it: what tries plugins as the kernel that
    /// lives there would run them, also while it runs. Without a home, the sandbox of a new one.
    ///
    /// # Errors
    /// [`HomeError::Directory`] if there is no such directory, [`HomeError::Sandbox`] as for
    /// [`open`](Self::open). Nothing is made and nothing is kept.
    pub fn sandbox(path: Option<&Path>, compiler: Compiler) -> Result<Sandbox, HomeError> {
        let at = |path: &Path| {
            let path = path.display().to_string();
            move |error| HomeError::Directory { path, error }
        };
        let seal_key = match path {
            None => random_bytes().map_err(at(Path::new(SEAL_KEY)))?,
            Some(path) => {
                let mut key = [0; 32];
                Dir::open_ambient_dir(path, ambient_authority())
                    .and_then(|dir| dir.open(SEAL_KEY))
                    .and_then(|mut file| file.read_exact(&mut key))
                    .map_err(at(&path.join(SEAL_KEY)))?;
                key
            }
        };
        Ok(new_sandbox(seal_key, compiler)?)
    }

    /// The directory.
    #[must_use]
    pub fn dir(&self) -> &Dir {
        &self.dir
    }
}

/// The one place that says how a home's sandbox is set up.
fn new_sandbox(seal_key: [u8; 32], compiler: Compiler) -> Result<Sandbox, SetupError> {
    Sandbox::new(SandboxOptions { seal_key, pooling: true, compiler })
}

fn seal_key(dir: &Dir) -> std::io::Result<[u8; 32]> {
    let mut key = [0; 32];
    match dir.open(SEAL_KEY) {
        Ok(mut file) => file.read_exact(&mut key)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            key = random_bytes()?;
            write_secret(dir, SEAL_KEY, &key)?;
        }
        Err(error) => return Err(error),
    }
    Ok(key)
}

/// Writes a file that only its owner can read, whole or not at all.
pub(crate) fn write_secret(dir: &Dir, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let fresh = format!("{name}.new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = dir.open_with(&fresh, &options)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    dir.rename(&fresh, dir, name)
}
