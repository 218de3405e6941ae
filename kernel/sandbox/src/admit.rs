//! Admission: whether a file may become a plugin, decided without compiling or running anything.
//!
//! Four looks, each only at what the one before has bounded: the shape of the file, the sections
//! that say what it is, what those say, and the world that the component fits.

mod manifest;
mod section;
mod shape;
mod world;

pub(crate) use section::{CASES, MANIFEST, read as read_sections, top_level};

use taihu_model::Digest;

use crate::limits::{self, SizeClass};
use crate::{Admission, Blame, Fault, Refusal};

/// Collects faults up to a limit.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(
        &mut self,
        subject: impl Into<String>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) {
        if self.0.len() < limits::FAULTS_MAX {
            self.0.push(Fault::new(subject, zh, en));
        }
    }

    fn none(self) -> Result<(), Refusal> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Refusal { faults: self.0, blame: Blame::Plugin })
        }
    }
}

/// Admits a file, or says every reason against it that one look can find.
pub(crate) fn admit(file: &[u8], class: SizeClass) -> Result<Admission, Refusal> {
    let shape = shape::shape(file, class)?;
    let (manifest, cases) = section::read(file)?;
    let mut faults = Faults::default();
    manifest::check(&manifest, class, &mut faults);
    manifest::check_cases(manifest.kind, &cases, &mut faults);
    shape::check_memory(&shape, &manifest, class, &mut faults);
    world::check(file, manifest.kind, &mut faults)?;
    faults.none()?;
    Ok(Admission { digest: Digest::of(file), manifest, cases, bytes: file.len() as u64, class })
}
