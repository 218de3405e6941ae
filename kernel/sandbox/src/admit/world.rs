//! Whether a component fits its world, and if not, why: which import, function, type and field.

use std::panic::{AssertUnwindSafe, catch_unwind};

use taihu_model::PluginKind;
use wit_parser::decoding::{DecodedWasm, decode};
use wit_parser::{Function, InterfaceId, Resolve, Type, TypeDefKind, WorldId, WorldItem, WorldKey};

use super::Faults;
use crate::component::exports;
use crate::contract::{Contract, contract};
use crate::{Fault, Refusal};

const DEPTH_MAX: u32 = 32;

/// Compares a valid component with the world of its kind.
pub(crate) fn check(file: &[u8], kind: PluginKind, faults: &mut Faults) -> Result<(), Refusal> {
    let ours = contract().map_err(|error| Refusal::kernel("wit", &error))?;
    // The decoder was written for components of its own tools and asserts what it takes for granted.
    let decoded = catch_unwind(AssertUnwindSafe(|| decode(file)));
    let (theirs, world) = match decoded {
        Ok(Ok(DecodedWasm::Component(resolve, world))) => (resolve, world),
        Ok(Ok(DecodedWasm::WitPackage(..))) => {
            return Err(unreadable("it is a WIT package and holds no code"));
        }
        Ok(Err(error)) => return Err(unreadable(&format!("{error:#}"))),
        Err(_) => return Err(unreadable("its types are put together in an unusual way")),
    };
    imports(ours, &theirs, world, faults);
    exported(ours, &theirs, world, kind, faults);
    Ok(())
}

fn unreadable(why: &str) -> Refusal {
    Refusal::of(Fault::new(
        "component",
        format!("无法读出组件的接口：{why}。请用 `taihu plugin build` 生成"),
        format!("its interface can't be read: {why}; make it with `taihu plugin build`"),
    ))
}

fn name_of(resolve: &Resolve, key: &WorldKey) -> String {
    match key {
        WorldKey::Name(name) => name.clone(),
        WorldKey::Interface(id) => resolve.id_of(*id).unwrap_or_else(|| "(unnamed)".to_owned()),
    }
}

fn imports(ours: &Contract, theirs: &Resolve, world: WorldId, faults: &mut Faults) {
    for (key, item) in &theirs.worlds[world].imports {
        let name = name_of(theirs, key);
        let offered = ours.interface(&name).filter(|_| {
            name.starts_with("taihu:plugin/log@") || name.starts_with("taihu:plugin/types@")
        });
        match (offered, item) {
            (Some(offered), WorldItem::Interface { id, .. }) => {
                for (function, theirs_function) in &theirs.interfaces[*id].functions {
                    let subject = format!("import {name}#{function}");
                    match ours.resolve.interfaces[offered].functions.get(function) {
                        Some(our_function) => {
                            same_function(&ours.resolve, our_function, theirs, theirs_function, &subject, faults);
                        }
                        None => faults.add(
                            subject,
                            "内核没有这个函数。请按内核的 wit/ 重新构建",
                            "the kernel has no such function; build it again with the kernel's wit/",
                        ),
                    }
                }
            }
            (None, WorldItem::Type { .. }) => {}
            _ => unknown_import(&name, faults),
        }
    }
}

fn unknown_import(name: &str, faults: &mut Faults) {
    let subject = format!("import {name}");
    if name.starts_with("wasi:") {
        faults.add(
            subject,
            "内核不提供 WASI（没有文件、时钟、随机数、网络）。Rust 请以 wasm32-unknown-unknown 为目标构建，\
             不要用 wasip1、wasip2；Python 用 --stub-wasi；JavaScript 用 -d stdio random clocks http fetch-event",
            "the kernel links no WASI (no files, clocks, random numbers or network); build for \
             wasm32-unknown-unknown in Rust, not wasip1 or wasip2; with --stub-wasi in Python; with \
             -d stdio random clocks http fetch-event in JavaScript",
        );
    } else if name.starts_with("taihu:plugin/") {
        faults.add(
            subject,
            format!("内核提供的是 {} 的 log，版本不同。请按内核的 wit/ 重新构建", taihu_model::contract::PACKAGE),
            format!(
                "the kernel offers log of {} and nothing else; build it again with the kernel's wit/",
                taihu_model::contract::PACKAGE
            ),
        );
    } else {
        faults.add(
            subject,
            "插件只能导入 taihu:plugin/log。请去掉依赖它的库（如 wasm-bindgen、getrandom 的 js 特性）",
            "a plugin may import nothing but taihu:plugin/log; drop the library that wants this \
             (such as wasm-bindgen, or getrandom with its js feature)",
        );
    }
}

fn exported(
    ours: &Contract,
    theirs: &Resolve,
    world: WorldId,
    kind: PluginKind,
    faults: &mut Faults,
) {
    let (want, _) = exports(kind);
    let mut found = None;
    for (key, item) in &theirs.worlds[world].exports {
        let name = name_of(theirs, key);
        match item {
            WorldItem::Interface { id, .. } if name == want => found = Some(*id),
            WorldItem::Type { .. } => {}
            _ => other_export(&name, want, kind, faults),
        }
    }
    let wanted = ours.interface(want);
    match (found, wanted) {
        (Some(found), Some(wanted)) => {
            interface(&ours.resolve, wanted, theirs, found, want, faults)
        }
        _ => faults.add(
            format!("export {want}"),
            format!("缺少这个接口：{}插件必须导出它", kind.zh()),
            format!(
                "missing; a {} must export it, see the SDK's macro for this kind",
                kind.world()
            ),
        ),
    }
}

fn other_export(name: &str, want: &str, kind: PluginKind, faults: &mut Faults) {
    let (base, _) = want.split_once('@').unwrap_or((want, ""));
    let subject = format!("export {name}");
    if name.split_once('@').is_some_and(|(theirs, _)| theirs == base) {
        faults.add(
            subject,
            format!("版本不同，内核需要 {want}。请按内核的 wit/ 重新构建"),
            format!(
                "another version, the kernel wants {want}; build it again with the kernel's wit/"
            ),
        );
    } else {
        faults.add(
            subject,
            format!("{}插件只应导出 {want}。一个组件只做一种插件", kind.zh()),
            format!(
                "a {} exports {want} and nothing else; one component is one kind",
                kind.world()
            ),
        );
    }
}

fn interface(
    ours: &Resolve,
    our: InterfaceId,
    theirs: &Resolve,
    their: InterfaceId,
    name: &str,
    faults: &mut Faults,
) {
    for (function, our_function) in &ours.interfaces[our].functions {
        let subject = format!("export {name}#{function}");
        match theirs.interfaces[their].functions.get(function) {
            Some(found) => same_function(ours, our_function, theirs, found, &subject, faults),
            None => faults.add(
                subject,
                "缺少这个函数",
                "missing; the world wants this function, see the kernel's wit/",
            ),
        }
    }
}

fn same_function(
    ours: &Resolve,
    our: &Function,
    theirs: &Resolve,
    their: &Function,
    subject: &str,
    faults: &mut Faults,
) {
    if our.params.len() != their.params.len() {
        faults.add(
            subject,
            format!("有 {} 个参数，内核的有 {} 个", their.params.len(), our.params.len()),
            format!("{} parameters, the kernel's has {}", their.params.len(), our.params.len()),
        );
        return;
    }
    let mut compare = |our: &Type, their: &Type, place: &str| {
        let mut path = vec![place.to_owned()];
        if let Err(difference) = same(ours, our, theirs, their, &mut path, 0) {
            let place = path.join("、");
            let place_en = path.join(", ");
            faults.add(
                subject,
                format!("{place}：{}。请按内核的 wit/ 重新构建", difference.0),
                format!("{place_en}: {}; build it again with the kernel's wit/", difference.1),
            );
        }
    };
    for (our, their) in our.params.iter().zip(&their.params) {
        compare(&our.ty, &their.ty, &format!("parameter {}", our.name));
    }
    match (&our.result, &their.result) {
        (Some(our), Some(their)) => compare(our, their, "result"),
        (None, None) => {}
        _ => faults.add(subject, "返回值与内核的不同", "one of both has no result"),
    }
}

/// What differs, in Chinese and English.
type Difference = (String, String);

fn differ(theirs: &str, ours: &str) -> Result<(), Difference> {
    Err((format!("是 {theirs}，内核的是 {ours}"), format!("{theirs}, the kernel has {ours}")))
}

fn same(
    ours: &Resolve,
    our: &Type,
    theirs: &Resolve,
    their: &Type,
    path: &mut Vec<String>,
    depth: u32,
) -> Result<(), Difference> {
    let (our, their) = (resolved(ours, *our), resolved(theirs, *their));
    let (Type::Id(our_id), Type::Id(their_id)) = (our, their) else {
        return if our == their { Ok(()) } else { differ(&show(theirs, their), &show(ours, our)) };
    };
    if depth > DEPTH_MAX {
        return differ("nested too deep", "flat types");
    }
    let mut part = |place: Option<String>, our: &Type, their: &Type| {
        let length = path.len();
        path.extend(place);
        same(ours, our, theirs, their, path, depth + 1)?;
        path.truncate(length);
        Ok(())
    };
    let kind = |resolve: &Resolve, id| show(resolve, Type::Id(id));
    match (&ours.types[our_id].kind, &theirs.types[their_id].kind) {
        (TypeDefKind::Record(our), TypeDefKind::Record(their)) => {
            names(our.fields.iter().map(|it| &it.name), their.fields.iter().map(|it| &it.name))?;
            our.fields.iter().zip(&their.fields).try_for_each(|(our, their)| {
                part(Some(format!("field {}", our.name)), &our.ty, &their.ty)
            })
        }
        (TypeDefKind::Variant(our), TypeDefKind::Variant(their)) => {
            names(our.cases.iter().map(|it| &it.name), their.cases.iter().map(|it| &it.name))?;
            our.cases.iter().zip(&their.cases).try_for_each(|(our, their)| {
                match (&our.ty, &their.ty) {
                    (Some(a), Some(b)) => part(Some(format!("case {}", our.name)), a, b),
                    (None, None) => Ok(()),
                    _ => differ("a case without a value", "one with a value, or the reverse"),
                }
            })
        }
        (TypeDefKind::Enum(our), TypeDefKind::Enum(their)) => {
            names(our.cases.iter().map(|it| &it.name), their.cases.iter().map(|it| &it.name))
        }
        (TypeDefKind::List(our), TypeDefKind::List(their))
        | (TypeDefKind::Option(our), TypeDefKind::Option(their)) => part(None, our, their),
        (TypeDefKind::Result(our), TypeDefKind::Result(their)) => {
            for (our, their) in [(&our.ok, &their.ok), (&our.err, &their.err)] {
                match (our, their) {
                    (Some(our), Some(their)) => part(None, our, their)?,
                    (None, None) => {}
                    _ => return differ("a result of another shape", "result with both cases"),
                }
            }
            Ok(())
        }
        _ => differ(&kind(theirs, their_id), &kind(ours, our_id)),
    }
}

fn resolved(resolve: &Resolve, mut of: Type) -> Type {
    for _ in 0..DEPTH_MAX {
        match of {
            Type::Id(id) => match resolve.types[id].kind {
                TypeDefKind::Type(next) => of = next,
                _ => break,
            },
            _ => break,
        }
    }
    of
}

fn show(resolve: &Resolve, of: Type) -> String {
    match of {
        Type::Id(id) => {
            let definition = &resolve.types[id];
            match &definition.name {
                Some(name) => format!("{} {name}", definition.kind.as_str()),
                None => definition.kind.as_str().to_owned(),
            }
        }
        other => format!("{other:?}").to_lowercase(),
    }
}

/// Compares the names of fields or cases, in order, and says the first that is missing or too much.
fn names<'a>(
    ours: impl Iterator<Item = &'a String>,
    theirs: impl Iterator<Item = &'a String>,
) -> Result<(), Difference> {
    let (ours, theirs): (Vec<_>, Vec<_>) = (ours.collect(), theirs.collect());
    if ours == theirs {
        return Ok(());
    }
    if let Some(missing) = ours.iter().find(|name| !theirs.contains(name)) {
        return Err((format!("缺少 {missing}"), format!("{missing} is missing")));
    }
    if let Some(extra) = theirs.iter().find(|name| !ours.contains(name)) {
        return Err((
            format!("多出 {extra}，内核没有"),
            format!("{extra} is too much, the kernel has none"),
        ));
    }
    Err(("次序不同".to_owned(), "the order is another".to_owned()))
}
