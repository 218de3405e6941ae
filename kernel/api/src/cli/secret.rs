//! `taihu source secret`: what the kernel tells a source's server to be let in. Read from a file or
//! standard input, never from an argument, which everybody on the machine sees.

use std::io::Read as _;
use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::{Value, json};
use taihu_model::SourceSlug;
use taihu_service::limits::SECRET_BYTES_MAX;
use taihu_service::{Secret, SecretForm, SecretTerms};

use super::remote::segment;
use super::source::{At, Where};
use super::{Done, Failure, Say, console, read};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 来源 · the source
    source: SourceSlug,
    /// 密钥名 · the secret's name
    #[arg(long, default_value = "token")]
    name: String,
    /// 只发给这一协议、主机和端口；省略则列出已存密钥 · the origin that alone is sent it; without it, secrets are listed
    #[arg(long, value_name = "URL")]
    host: Option<String>,
    /// 放入哪个请求头 · the header that it is put into
    #[arg(long, default_value = "authorization", requires = "host")]
    header: String,
    /// 写法：bearer、basic（用户名:口令）、plain · how it stands there; basic is of user:password
    #[arg(long, value_enum, default_value = "bearer", requires = "host")]
    form: Form,
    /// 存有密钥的文件；省略则读标准输入 · the file that holds it; standard input if absent
    #[arg(long, value_name = "FILE", requires = "host")]
    file: Option<PathBuf>,
    /// 删除该名的密钥 · deletes the one of that name
    #[arg(long, conflicts_with = "host")]
    delete: bool,
    /// 允许密钥以 http 发往本机地址 · has it sent to this machine itself, also over http
    #[arg(long)]
    allow_loopback: bool,
    #[command(flatten)]
    at: Where,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    Bearer,
    Basic,
    Plain,
}

impl From<Form> for SecretForm {
    fn from(form: Form) -> Self {
        match form {
            Form::Bearer => Self::Bearer,
            Form::Basic => Self::Basic,
            Form::Plain => Self::Plain,
        }
    }
}

pub(super) fn run(args: &Args) -> Done {
    let say = Say { json: false };
    let at = args.at.open(args.allow_loopback)?;
    if args.delete {
        delete(&at, args)?;
        say.line(format!("已删除密钥 {} · the secret is gone", args.name));
        return Ok(());
    }
    if let Some(host) = &args.host {
        let value = value(args)?;
        let (origin, header) = (host.clone(), args.header.clone());
        let terms = SecretTerms { origin, header, form: args.form.into() };
        put(&at, args, &terms, &value)?;
        say.line(format!(
            "已存入密钥 {}：只放入发往 {host} 的请求头 {} · it is kept, and put in there only",
            args.name, args.header
        ));
        return Ok(());
    }
    for secret in list(&at, args)? {
        let text = |key: &str| secret[key].as_str().unwrap_or_default().to_owned();
        let (name, origin, header) = (text("name"), text("origin"), text("header"));
        say.line(format!("{name:<16} {origin} {header} ({})", text("form")));
    }
    Ok(())
}

/// The secret, from the file or standard input.
fn value(args: &Args) -> Result<String, Failure> {
    let bytes = match &args.file {
        Some(path) => read(path)?,
        None => {
            let mut bytes = Vec::new();
            let stdin = std::io::stdin().lock();
            let taken = stdin.take(2 * SECRET_BYTES_MAX as u64).read_to_end(&mut bytes);
            taken.map_err(|error| {
                Failure::new(
                    format!("无法读取标准输入：{error}"),
                    format!("failed to read standard input: {error}"),
                )
            })?;
            bytes
        }
    };
    let text = String::from_utf8(bytes).unwrap_or_default();
    Ok(text.trim().to_owned())
}

fn put(at: &At, args: &Args, terms: &SecretTerms, value: &str) -> Done {
    let tenant = args.at.tenant_of(at, &args.source)?;
    match at {
        At::Here(home) => {
            let value = Secret::new(value).ok_or_else(|| {
                let (zh, en) = ("密钥为可见的ASCII字符", "a secret is of visible ASCII characters");
                Failure::new(zh, en)
            })?;
            let (kernel, secret) = (&home.kernel, (terms, &value));
            kernel.put_secret(&console(home), &tenant, &args.source, &args.name, secret)?;
        }
        At::There(remote) => {
            let (source, name) = (&args.source, segment(&args.name));
            let path = format!("/v1/tenants/{tenant}/sources/{source}/secrets/{name}");
            let body = json!({ "origin": terms.origin, "header": terms.header,
                "form": terms.form, "value": value });
            remote.ask("PUT", &path, Some(&body))?;
        }
    }
    Ok(())
}

fn delete(at: &At, args: &Args) -> Done {
    let tenant = args.at.tenant_of(at, &args.source)?;
    match at {
        At::Here(home) => {
            home.kernel.delete_secret(&console(home), &tenant, &args.source, &args.name)?;
        }
        At::There(remote) => {
            let (source, name) = (&args.source, segment(&args.name));
            let path = format!("/v1/tenants/{tenant}/sources/{source}/secrets/{name}");
            remote.ask("DELETE", &path, None)?;
        }
    }
    Ok(())
}

fn list(at: &At, args: &Args) -> Result<Vec<Value>, Failure> {
    let tenant = args.at.tenant_of(at, &args.source)?;
    match at {
        At::Here(home) => {
            let kept = home.kernel.secrets(&console(home), &tenant, &args.source)?;
            let shown = |secret: taihu_service::KeptSecret| {
                json!({ "name": secret.name, "origin": secret.terms.origin,
                    "header": secret.terms.header, "form": secret.terms.form })
            };
            Ok(kept.into_iter().map(shown).collect())
        }
        At::There(remote) => {
            let path = format!("/v1/tenants/{tenant}/sources/{}/secrets", args.source);
            let mut found = remote.ask("GET", &path, None)?;
            Ok(found["secrets"].as_array_mut().map(std::mem::take).unwrap_or_default())
        }
    }
}
