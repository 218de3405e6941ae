//! Those that attack the compiler: each as large as the rules of admission let it be.
//!
//! A bomb is a second core module in an honest scorer's component. Nobody makes an instance of it,
//! but the compiler compiles it.

use taihu_model::PluginKind::Scorer;

use super::Expectation::Compiler;
use super::{Hostile, Source, Target, honest};
use crate::limits::SizeClass;
use crate::pack::{leb, section};

type Made = Result<Vec<u8>, String>;

const fn bomb(
    name: &'static str,
    (zh, en): (&'static str, &'static str),
    make: fn() -> Made,
) -> Hostile {
    let (target, want, source) = (Target::Compiler, Compiler, Source::Made(make));
    Hostile { name, zh, en, kind: Scorer, target, want, source }
}

#[rustfmt::skip]
pub(super) const TABLE: &[Hostile] = &[
    bomb("no_valid_body",
        ("函数体类型不符，只有编译器会看", "a body of wrong types, which only the compiler looks into"),
        || with_module(&[vec![0, I32_CONST, 7, END]])),
    bomb("live_locals",
        ("局部变量数达上限且同时存活", "as many locals as may be, all live at once"),
        || with_module(&[live_locals(BODY.locals_max)])),
    bomb("live_locals_often",
        ("许多函数，每个的局部变量都达上限", "many functions, each with as many live locals as may be"),
        || filled(live_locals(BODY.locals_max))),
    bomb("live_values",
        ("不用局部变量，让操作数栈上的值同时存活", "values that are all live at once on the stack of operands"),
        || with_module(&[live_values(BODY.body_bytes_max)])),
    bomb("live_values_often",
        ("许多函数，每个的操作数栈都很深", "many functions with a deep stack of operands"),
        || filled(live_values(BODY.body_bytes_max))),
    bomb("calls",
        ("一个函数体写满调用", "one body full of calls"),
        || with_module(&[calls(BODY.body_bytes_max)])),
    bomb("calls_often",
        ("整个文件写满调用", "a whole file full of calls"),
        || filled(calls(BODY.body_bytes_max))),
    bomb("tiny_functions",
        ("函数个数达上限，每个都是空的", "as many functions as may be, all empty"),
        || with_module(&vec![vec![0, END]; BODY.functions_max as usize - 200])),
    bomb("deep_blocks",
        ("逐层嵌套的块写满一个函数体", "one body of blocks in blocks"),
        || with_module(&[deep_blocks(BODY.body_bytes_max)])),
    bomb("deep_blocks_often",
        ("逐层嵌套的块写满整个文件", "a whole file of blocks in blocks"),
        || filled(deep_blocks(BODY.body_bytes_max))),
    bomb("loops_of_locals",
        ("层层循环，每层都带着全部局部变量", "loops in loops that all carry all locals"),
        || with_module(&[loops_of_locals(BODY.body_bytes_max, BODY.locals_max)])),
    bomb("loops_of_locals_often",
        ("许多函数，每个都是层层循环", "many functions of loops in loops"),
        || filled(loops_of_locals(BODY.body_bytes_max, BODY.locals_max))),
    bomb("huge_br_table",
        ("一个跳转表写满函数体", "one body that is one table of branches"),
        || with_module(&[br_tables(BODY.body_bytes_max, 1)])),
    bomb("many_br_tables",
        ("千层块里的许多跳转表", "many tables of branches within a thousand blocks"),
        || filled(br_tables(BODY.body_bytes_max, 1_000))),
    bomb("vectors",
        ("整个文件写满难以降级的向量指令", "a whole file of vector instructions that are hard to lower"),
        || filled(vectors(BODY.body_bytes_max))),
    bomb("grows_to_native",
        ("整个文件写满展开后很长的指令", "a whole file of instructions that grow long in native code"),
        || filled(grows(BODY.body_bytes_max))),
];

const BODY: crate::limits::FileLimits = SizeClass::Native.file_limits();

const BLOCK: u8 = 0x02;
const LOOP: u8 = 0x03;
pub(super) const END: u8 = 0x0b;
const BR_IF: u8 = 0x0d;
const BR_TABLE: u8 = 0x0e;
const CALL: u8 = 0x10;
const DROP: u8 = 0x1a;
const LOCAL_GET: u8 = 0x20;
const LOCAL_SET: u8 = 0x21;
const I32_LOAD: &[u8] = &[0x28, 0x02, 0x00];
const I32_STORE: &[u8] = &[0x36, 0x02, 0x00];
const I32_CONST: u8 = 0x41;
const I32_ADD: u8 = 0x6a;
const I32: u8 = 0x7f;
const EMPTY: u8 = 0x40;
const VECTOR: u8 = 0xfd;

/// The honest scorer with a second module.
pub(super) fn with_module(bodies: &[Vec<u8>]) -> Made {
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    section(&mut module, 1, &[1, 0x60, 0, 0]);
    let mut functions = Vec::new();
    leb(&mut functions, bodies.len());
    functions.resize(functions.len() + bodies.len(), 0);
    section(&mut module, 3, &functions);
    section(&mut module, 5, &[1, 0, 1]);
    let mut code = Vec::new();
    leb(&mut code, bodies.len());
    for body in bodies {
        leb(&mut code, body.len());
        code.extend_from_slice(body);
    }
    section(&mut module, 10, &code);
    let mut file = honest(Scorer)?;
    section(&mut file, 1, &module);
    Ok(file)
}

/// A file as large as may be, of one body again and again.
fn filled(body: Vec<u8>) -> Made {
    let room = BODY.file_bytes_max - honest(Scorer)?.len() - 1024;
    with_module(&vec![body.clone(); room / (body.len() + 8)])
}

fn number(out: &mut Vec<u8>, instruction: u8, value: u32) {
    out.push(instruction);
    leb(out, value as usize);
}

/// Begins a body with so many locals of type `i32`.
fn body(locals: u32) -> Vec<u8> {
    let mut body = Vec::new();
    if locals == 0 {
        body.push(0);
    } else {
        number(&mut body, 1, locals);
        body.push(I32);
    }
    body
}

pub(super) fn live_locals(count: u32) -> Vec<u8> {
    let mut body = body(count);
    for at in 0..count {
        body.extend([I32_CONST, 0]);
        body.extend(I32_LOAD);
        number(&mut body, LOCAL_SET, at);
    }
    for at in 0..count {
        body.extend([I32_CONST, 0]);
        number(&mut body, LOCAL_GET, at);
        body.extend(I32_STORE);
    }
    body.push(END);
    body
}

fn live_values(bytes: usize) -> Vec<u8> {
    let count = (bytes - 16) / 6;
    let mut body = body(0);
    for _ in 0..count {
        body.extend([I32_CONST, 0]);
        body.extend(I32_LOAD);
    }
    body.extend(std::iter::repeat_n(I32_ADD, count - 1));
    body.extend([DROP, END]);
    body
}

pub(super) fn calls(bytes: usize) -> Vec<u8> {
    let mut body = body(0);
    for _ in 0..(bytes - 2) / 2 {
        body.extend([CALL, 0]);
    }
    body.push(END);
    body
}

fn deep_blocks(bytes: usize) -> Vec<u8> {
    let depth = (bytes - 2) / 3;
    let mut body = body(0);
    for _ in 0..depth {
        body.extend([BLOCK, EMPTY]);
    }
    body.extend(std::iter::repeat_n(END, depth + 1));
    body
}

fn loops_of_locals(bytes: usize, locals: u32) -> Vec<u8> {
    let mut body = body(locals);
    let mut inner = Vec::new();
    for at in 0..locals {
        number(&mut inner, LOCAL_GET, at);
        inner.extend([I32_CONST, 1, I32_ADD]);
        number(&mut inner, LOCAL_SET, at);
    }
    let depth = (bytes - inner.len() - 16) / 7;
    for _ in 0..depth {
        body.extend([LOOP, EMPTY]);
    }
    body.extend(inner);
    for _ in 0..depth {
        body.extend([LOCAL_GET, 0, BR_IF, 0, END]);
    }
    body.push(END);
    body
}

fn br_tables(bytes: usize, depth: u32) -> Vec<u8> {
    let mut body = body(0);
    for _ in 0..depth {
        body.extend([BLOCK, EMPTY]);
    }
    // A table of one target each for one block, of all blocks otherwise.
    let targets = if depth == 1 { bytes - 64 } else { depth as usize };
    let mut table = vec![BLOCK, EMPTY, I32_CONST, 0, BR_TABLE];
    leb(&mut table, targets);
    for at in 0..targets {
        leb(&mut table, at % depth as usize);
    }
    table.extend([0, END]);
    while body.len() + table.len() + depth as usize + 2 < bytes {
        body.extend_from_slice(&table);
    }
    body.extend(std::iter::repeat_n(END, depth as usize + 1));
    body
}

/// Multiplies vectors of 64-bit numbers, which has no instruction of its own on most machines.
fn vectors(bytes: usize) -> Vec<u8> {
    let mut body = body(0);
    let load = [I32_CONST, 0, VECTOR, 0x00, 0x00, 0x00];
    body.extend(load);
    while body.len() + 16 < bytes {
        body.extend(load);
        body.extend([VECTOR, 0xd5, 0x01]);
    }
    body.extend([DROP, END]);
    body
}

/// Grows the memory again and again: a few bytes of wasm, a call of the runtime in native code.
fn grows(bytes: usize) -> Vec<u8> {
    let mut body = body(0);
    while body.len() + 16 < bytes {
        body.extend([I32_CONST, 0, 0x40, 0, DROP]);
    }
    body.push(END);
    body
}
