//! `taihu plugin keygen`, `sign` and `verify`: what an author does with minisign's keys.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use taihu_service::signatures::{self, Password};
use taihu_service::{Clock as _, SystemClock};

use super::super::import::read;
use super::super::{Done, Failure, Say};

/// What a signature's file is called after the plugin's.
const SUFFIX: &str = ".minisig";

#[derive(Debug, clap::Args)]
pub(super) struct Keygen {
    /// 私钥文件；公钥写在旁边的 .pub · the secret key's file; the public one is written beside it
    #[arg(default_value = "publisher.key")]
    file: PathBuf,
    /// 不设密码：谁拿到私钥文件谁就能签名 · no password: whoever has the file can sign
    #[arg(long, short = 'W')]
    no_password: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Sign {
    /// 打包好的插件 · the packed plugin
    file: PathBuf,
    /// 私钥文件；有密码则会询问 · the secret key; its password is asked for, if it has one
    #[arg(long)]
    key: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// 打包好的插件 · the packed plugin
    file: PathBuf,
    /// 公钥文件（.pub） · the public key
    #[arg(long)]
    key: PathBuf,
    /// 签名文件，默认 FILE.minisig · the signature
    #[arg(long)]
    signature: Option<PathBuf>,
}

/// Makes a key. Nothing is overwritten.
pub(super) fn keygen(say: Say, args: &Keygen) -> Done {
    let public = args.file.with_extension("pub");
    if public == args.file {
        return Err(Failure::new(
            "私钥文件请勿以 .pub 结尾：.pub 是公钥",
            "a secret key's file does not end in .pub: that is the public one's",
        ));
    }
    let taken = [&args.file, &public].into_iter().find(|path| path.exists());
    if let Some(taken) = taken {
        let path = taken.display();
        return Err(Failure::new(
            format!("{path} 已存在，不会覆盖；请换一个文件名"),
            format!("{path} is there already and is not overwritten; choose another name"),
        ));
    }
    let password = if args.no_password { Password::None } else { Password::Ask };
    let files = signatures::keygen(password)?;
    write_new(&args.file, files.secret.as_bytes(), 0o600)?;
    write_new(&public, files.public.as_bytes(), 0o644)?;
    say.line(format!(
        "密钥 {}：私钥 {}（请保密），公钥 {}",
        files.key,
        args.file.display(),
        public.display()
    ));
    say.line(format!(
        "请市级管理员登记：taihu publisher add {} --tenant 主体 --name 名称 · have it added",
        public.display()
    ));
    Ok(())
}

/// Signs a packed plugin; the signature is written beside it.
pub(super) fn sign(say: Say, args: &Sign) -> Done {
    let file = read(&args.file)?;
    let (manifest, _, _) = taihu_service::unpack(&file).map_err(|error| {
        Failure::new(
            format!("{} 不是打包好的插件：{}", args.file.display(), error.fault.text.zh),
            format!("{} is no packed plugin: {}", args.file.display(), error.fault.text.en),
        )
    })?;
    let comment = signatures::comment(&manifest, &file, SystemClock.now());
    let signature = signatures::sign(&file, &text(&args.key)?, Password::Ask, &comment)?;
    let path = beside(&args.file);
    crate::author::write(&path, signature.as_bytes())?;
    say.line(format!("已签名 {} {} → {}", manifest.name, manifest.version, path.display()));
    Ok(())
}

/// Verifies a file against its signature and a key.
pub(super) fn verify(say: Say, args: &Verify) -> Done {
    let file = read(&args.file)?;
    let path = args.signature.clone().unwrap_or_else(|| beside(&args.file));
    let verified = signatures::verify(&file, &text(&path)?, &text(&args.key)?)?;
    say.line(format!("✓ 签名有效，密钥 {} · the signature holds", verified.key));
    say.line(verified.comment.replace('\t', "\n"));
    Ok(())
}

/// The signature that comes with a file: the one that is named, else the one beside it, if any.
pub(super) fn signature_of(file: &Path, named: Option<&Path>) -> Result<Option<String>, Failure> {
    let found = beside(file);
    match named {
        Some(named) => text(named).map(Some),
        None if found.exists() => text(&found).map(Some),
        None => Ok(None),
    }
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(SUFFIX);
    name.into()
}

pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read(path)?).map_err(|_| {
        let path = path.display();
        Failure::new(format!("{path} 不是文本文件"), format!("{path} is no text"))
    })
}

pub(super) fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Done {
    let failed = |error: std::io::Error| Failure::file(path, &error);
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)
}
