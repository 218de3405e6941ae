//! Secrets of sources: what the kernel itself puts into a header when it asks one origin.
//!
//! They lie in files of their own that only the kernel's user reads (`secrets/<source>/<name>` of its
//! home), not in the store: so they are in no log, backup or answer. What is shown of one is its name
//! and its terms. The log has every change, by name.

use cap_std::fs::{Dir, DirBuilder, DirBuilderExt as _};
use serde::{Deserialize, Serialize};
use taihu_model::{Source, SourceSlug, TenantSlug};
use url::{Host, Url};

use crate::authority::{Action, Caller};
use crate::error::{Error, Fault, Result};
use crate::home::write_secret;
use crate::kernel::{Draft, Kernel};
use crate::limits::{SECRET_BYTES_MAX, SECRET_CHARS_MIN, SECRET_NAME_CHARS_MAX, SECRETS_MAX};
use crate::outbound::{Grant, KERNEL_HEADERS, Secret, SecretForm, SecretHeader, origin_of};

/// Where a secret is put in: one header, for one origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretTerms {
    /// Scheme, host and port, such as `https://api.example.edu.cn`; kept with its port.
    pub origin: String,
    /// Name of the header; kept in lower case.
    pub header: String,
    /// How it stands there.
    pub form: SecretForm,
}

/// A secret as it may be shown: all but itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSecret {
    /// Its name, unique among those of its source.
    pub name: String,
    /// Where it is put in.
    pub terms: SecretTerms,
}

/// As it stands in its file.
#[derive(Serialize, Deserialize)]
struct File {
    terms: SecretTerms,
    value: String,
}

impl Kernel {
    /// Keeps a secret for a source, or replaces the one of that name. It counts from the next request
    /// on, wherever its origin is granted to the source's connector.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault; [`Error::Conflict`] if another secret of the source is
    /// put into the same header of the same origin; [`Error::NoRoom`] if there are too many.
    pub fn put_secret(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        slug: &SourceSlug,
        name: &str,
        (terms, value): (&SecretTerms, &Secret),
    ) -> Result<KeptSecret> {
        let source = self.source_to_manage(caller, tenant, slug)?;
        let terms = self.checked(name, terms, value)?;
        let _one_at_a_time = self.lock(&self.keeping);
        let mut others = self.kept(slug)?;
        others.retain(|(other, _)| other != name);
        let place = |terms: &SecretTerms| (terms.origin.clone(), terms.header.clone());
        if let Some((other, _)) = others.iter().find(|(_, it)| place(&it.terms) == place(&terms)) {
            let (origin, header) = (&terms.origin, &terms.header);
            return Err(Error::conflict(
                format!("密钥“{other}”已用于 {origin} 的请求头 {header}，请先删除它"),
                format!(
                    "secret {other} is put into {header} for {origin} already; delete it first"
                ),
            ));
        }
        if others.len() >= SECRETS_MAX {
            return Err(Error::NoRoom(taihu_model::Text::new(
                format!("一个来源最多{SECRETS_MAX}个密钥，请先删除不用的"),
                format!("a source has at most {SECRETS_MAX} secrets; delete one that is not used"),
            )));
        }
        // The log first: a secret that is there was put there by somebody who is named.
        self.log_secret(caller, &source, "source.secret.put", name, Some(&terms))?;
        let file = File { terms: terms.clone(), value: value.shown().to_owned() };
        let written = serde_json::to_vec(&file).map_err(std::io::Error::other);
        let written = written.and_then(|bytes| write_secret(&self.secrets_of(slug)?, name, &bytes));
        if let Err(error) = written {
            self.log_secret(caller, &source, "source.secret.unkept", name, None)?;
            return Err(Error::Unavailable(format!("failed to keep the secret: {}", error.kind())));
        }
        Ok(KeptSecret { name: name.to_owned(), terms })
    }

    /// Deletes a secret; from the next request on it is not sent any more.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of that name.
    pub fn delete_secret(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        slug: &SourceSlug,
        name: &str,
    ) -> Result<()> {
        let source = self.source_to_manage(caller, tenant, slug)?;
        let _one_at_a_time = self.lock(&self.keeping);
        let missing = || Error::not_found("secret", name);
        if !is_name(name) {
            return Err(missing());
        }
        let dir = self.open_secrets(slug)?.ok_or_else(missing)?;
        if !dir.exists(name) {
            return Err(missing());
        }
        self.log_secret(caller, &source, "source.secret.delete", name, None)?;
        dir.remove_file(name).map_err(unread)
    }

    /// The secrets of a source: names and terms, by name.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such source there.
    pub fn secrets(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        slug: &SourceSlug,
    ) -> Result<Vec<KeptSecret>> {
        self.source_to_manage(caller, tenant, slug)?;
        let kept = self.kept(slug)?.into_iter();
        Ok(kept.map(|(name, file)| KeptSecret { name, terms: file.terms }).collect())
    }

    /// Has a source's secrets put in where their origins are granted, instead of those of before.
    pub(crate) fn place_secrets(&self, slug: &SourceSlug, grant: &mut Grant) -> Result<()> {
        grant.origins.iter_mut().for_each(|origin| origin.secrets.clear());
        for (name, file) in self.kept(slug)? {
            let (Some(at), Some(value)) = (origin_of(&file.terms.origin), Secret::new(&file.value))
            else {
                return Err(damaged(slug, &name));
            };
            let header = SecretHeader::new(&file.terms.header, file.terms.form, &value);
            let granted = grant.origins.iter_mut().filter(|origin| origin.is(&at));
            granted.for_each(|origin| origin.secrets.push(header.clone()));
        }
        Ok(())
    }

    fn source_to_manage(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        slug: &SourceSlug,
    ) -> Result<Source> {
        caller.may(Action::ManageSources, tenant)?;
        let source = self.source(slug)?;
        if source.tenant == *tenant { Ok(source) } else { Err(Error::not_found("source", slug)) }
    }

    fn log_secret(
        &self,
        caller: &Caller,
        source: &Source,
        action: &str,
        name: &str,
        terms: Option<&SecretTerms>,
    ) -> Result<()> {
        let subject = format!("{}/{name}", source.slug);
        let mut draft = Draft::new(self.audit(caller, &source.tenant, action, subject));
        if let Some(terms) = terms {
            let form = terms.form.as_str();
            draft.reason(&format!("{} {} ({form})", terms.origin, terms.header));
        }
        self.commit(&self.city, draft).map(drop)
    }

    /// The folder of a source's secrets, made if it is missing.
    fn secrets_of(&self, slug: &SourceSlug) -> std::io::Result<Dir> {
        let dir = &self.parts.secrets;
        match dir.create_dir_with(slug.as_str(), DirBuilder::new().mode(0o700)) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
            _ => dir.open_dir(slug.as_str()),
        }
    }

    fn open_secrets(&self, slug: &SourceSlug) -> Result<Option<Dir>> {
        match self.parts.secrets.open_dir(slug.as_str()) {
            Ok(dir) => Ok(Some(dir)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unread(error)),
        }
    }

    /// The secrets of a source, by name. What a fall left half written has no name.
    fn kept(&self, slug: &SourceSlug) -> Result<Vec<(String, File)>> {
        let Some(dir) = self.open_secrets(slug)? else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        for entry in dir.entries().map_err(unread)? {
            let name = entry.map_err(unread)?.file_name().into_string();
            names.extend(name.ok().filter(|name| is_name(name)));
        }
        names.sort_unstable();
        let mut kept = Vec::new();
        for name in names {
            match dir.read(&name) {
                // What its reader says of a damaged file may quote it.
                Ok(bytes) => {
                    let file = serde_json::from_slice(&bytes).map_err(|_| damaged(slug, &name))?;
                    kept.push((name, file));
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(unread(error)),
            }
        }
        Ok(kept)
    }

    /// Checks a secret and its terms, and puts the terms into the form in which they are kept.
    fn checked(&self, name: &str, terms: &SecretTerms, value: &Secret) -> Result<SecretTerms> {
        let mut faults = Vec::new();
        if !is_name(name) {
            faults.push(Fault::new(
                "name",
                format!("密钥名为1–{SECRET_NAME_CHARS_MAX}个小写字母、数字或连字符"),
                format!("a secret's name is 1 to {SECRET_NAME_CHARS_MAX} of a-z, 0-9 and hyphens"),
            ));
        }
        let origin = self.checked_origin(&terms.origin).unwrap_or_else(|fault| {
            faults.push(fault);
            String::new()
        });
        let header = terms.header.to_ascii_lowercase();
        faults.extend(header_fault(&header, terms.form));
        faults.extend(value_fault(value.shown(), terms.form));
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        Ok(SecretTerms { origin, header, form: terms.form })
    }

    fn checked_origin(&self, text: &str) -> std::result::Result<String, Fault> {
        let parsed = Url::parse(text).ok();
        let bare = parsed.as_ref().filter(|url| {
            url.path() == "/"
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        });
        let (Some(url), Some((scheme, host, port))) = (bare, origin_of(text)) else {
            return Err(Fault::new(
                "origin",
                "应为来源接口的协议、主机和端口，如 https://api.example.edu.cn，不带路径",
                "it is scheme, host and port, such as https://api.example.edu.cn, without a path",
            ));
        };
        let here = self.parts.loopback && is_here(url);
        if scheme != "https" && !here {
            return Err(Fault::new(
                "origin",
                "密钥只通过 https 发送，明文 http 会泄露它",
                "secrets are sent over https only: plain http gives them away",
            ));
        }
        Ok(format!("{scheme}://{host}:{port}"))
    }
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(v4)) => v4.is_loopback(),
        Some(Host::Ipv6(v6)) => v6.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn is_name(name: &str) -> bool {
    (1..=SECRET_NAME_CHARS_MAX).contains(&name.len())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

fn header_fault(header: &str, form: SecretForm) -> Option<Fault> {
    let own = header != "authorization";
    let good = (1..=SECRET_NAME_CHARS_MAX).contains(&header.len())
        && header.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
        && !(own && KERNEL_HEADERS.contains(&header));
    if !good {
        return Some(Fault::new(
            "header",
            "请求头应为 authorization 或接口自己的，如 x-api-key；不能是内核自己的请求头",
            "the header is authorization or the interface's own, such as x-api-key, none of the kernel's",
        ));
    }
    (own && form == SecretForm::Basic).then(|| {
        Fault::new(
            "form",
            "basic 只用于 authorization；其他请求头用 plain 或 bearer",
            "basic belongs into authorization; other headers have plain or bearer",
        )
    })
}

fn value_fault(value: &str, form: SecretForm) -> Option<Fault> {
    let secret = match form {
        SecretForm::Basic => value.split_once(':').map_or("", |(_, password)| password),
        SecretForm::Bearer | SecretForm::Plain => value,
    };
    // What is shorter cannot be told from other words, and so not be taken out of replies.
    let good = secret.len() >= SECRET_CHARS_MIN && value.len() <= SECRET_BYTES_MAX;
    (!good).then(|| {
        Fault::new(
            "value",
            format!(
                "密钥为{SECRET_CHARS_MIN}–{SECRET_BYTES_MAX}个可见的ASCII字符；basic 为“用户名:口令”，口令同样"
            ),
            format!(
                "a secret is {SECRET_CHARS_MIN} to {SECRET_BYTES_MAX} visible ASCII characters; for basic it is user:password, and the password as long"
            ),
        )
    })
}

fn damaged(slug: &SourceSlug, name: &str) -> Error {
    Error::Damaged(format!("secret {name} of source {slug} cannot be read; put it in again"))
}

fn unread(error: std::io::Error) -> Error {
    Error::Unavailable(format!("failed to use the secrets: {}", error.kind()))
}
