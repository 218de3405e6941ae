//! Those that attack the compiler: each as large as the rules of admission let it be.
//!
//! A bomb is a second core module in an honest scorer's component. Nobody makes an instance of it,
//! but the compiler compiles it.

use taihu_model::PluginKind::Scorer;

use super::Expectation::{Compiler, Door};
use super::{Hostile, Source, Target, honest};
use crate::limits::SizeClass;
use crate::pack::{leb, section};

type Made = Result<Vec<u8>, String>;

/// A bomb that is as large as may be: the compiler must bear it.
const fn bomb(
    name: &'static str,
    (zh, en): (&'static str, &'static str),
    make: fn() -> Made,
) -> Hostile {
    let (target, want, source) = (Target::Compiler, Compiler, Source::Made(make));
    Hostile { name, zh, en, kind: Scorer, target, want, source }
}

/// A bomb that is refused by its shape.
const fn refused(
    name: &'static str,
    words: &'static str,
    zh_en: (&'static str, &'static str),
    make: fn() -> Made,
) -> Hostile {
    Hostile { want: Door(words), ..bomb(name, zh_en, make) }
}

#[rustfmt::skip]
pub(super) const TABLE: &[Hostile] = &[
    refused("hundred_thousand_functions", "functions, want at most 20000",
        ("十万个空函数", "100,000 tiny functions"),
        || with_module(&vec![vec![0, END]; 100_000])),
    refused("body_of_calls", "function body: 1200002 bytes, want at most",
        ("一个函数里有 600,000 次调用", "600,000 calls in one body"),
        || with_module(&[repeated(1_200_002, &[CALL, 0])])),
    refused("file_of_calls", "calls and instructions that become calls, want at most 100000",
        ("整个文件写满调用：编译要 9 秒", "a whole file of calls: 9 s of the compiler"),
        || filled(repeated(BODY.body_bytes_max, &[CALL, 0]))),
    refused("file_of_grows", "calls and instructions that become calls, want",
        ("整个文件写满一展开就是调用的指令", "a whole file of instructions that become calls"),
        || filled(repeated(BODY.body_bytes_max, &[I32_CONST, 0, MEMORY_GROW, 0, DROP]))),
    refused("file_of_loops", "loops, want at most 500",
        ("整个文件写满空循环：编译要几十秒、1 GB", "a whole file of empty loops: 1 GB and more than 18 s of the compiler"),
        || filled(repeated(BODY.body_bytes_max, &[LOOP, EMPTY, END]))),
    refused("loops_of_locals", "function blocks: 1001 levels of blocks, want at most 1000",
        ("三万层循环，每层都带着全部局部变量", "loops thirty thousand deep that all carry all locals"),
        || with_module(&[loops_of_locals(30_000, 30_000, BODY.locals_max)])),
    refused("loops_of_locals_often", "loops squared times locals, want at most 5000000",
        ("许多函数，每个都是六十层循环", "many functions of loops sixty deep"),
        || filled(loops_of_locals(60, 60, BODY.locals_max))),
    refused("deep_blocks", "function blocks: 1001 levels of blocks, want at most 1000",
        ("八万层嵌套的块", "blocks eighty thousand deep"),
        || with_module(&[deep_blocks(BODY.body_bytes_max / 3 - 1)])),
    refused("four_thousand_locals", "function locals: 4000 locals, want at most 2000",
        ("一个函数有 4,000 个同时存活的局部变量", "one function with 4,000 live locals"),
        || with_module(&[live_locals(4_000)])),
    bomb("no_valid_body",
        ("函数体类型不符，只有编译器会看", "a body of wrong types, which only the compiler looks into"),
        || with_module(&[vec![0, I32_CONST, 7, END]])),
    bomb("most_live_locals",
        ("整个文件都是局部变量达上限的函数", "a whole file of functions with as many live locals as may be"),
        || filled(live_locals(BODY.locals_max))),
    bomb("most_live_values",
        ("整个文件都是操作数栈很深的函数", "a whole file of functions with a deep stack of operands"),
        || filled(live_values(BODY.body_bytes_max))),
    bomb("most_calls",
        ("调用数达上限，尽量挤在一个函数里", "as many calls as may be, all in one body"),
        || with_module(&[repeated(2 * (BODY.calls_max as usize - 200), &[CALL, 0])])),
    bomb("most_loops",
        ("循环数达上限", "as many loops as may be"),
        || with_module(&vec![repeated(3 * BODY.loops_max as usize - 3, &[LOOP, EMPTY, END]); 39])),
    bomb("most_carried_deep",
        ("循环带着最多的局部变量，层层嵌套", "loops in loops that carry as many locals as may be"),
        || with_module(&vec![loops_of_locals(50, 50, BODY.locals_max - 1); 3])),
    bomb("most_carried_often",
        ("循环带着局部变量，个数达上限", "as many loops as may be that carry locals"),
        || with_module(&vec![loops_of_locals(498, 249, 20); 3])),
    bomb("most_functions",
        ("函数个数达上限，每个都是空的", "as many functions as may be, all empty"),
        || with_module(&vec![vec![0, END]; BODY.functions_max as usize - 200])),
    bomb("most_blocks",
        ("整个文件都是嵌套达上限的块", "a whole file of blocks as deep as may be"),
        || filled(deep_blocks(BODY.block_depth_max as usize - 1))),
    bomb("huge_br_table",
        ("一个跳转表有六万个目标", "one table of sixty thousand branches"),
        || with_module(&[br_tables(BODY.body_bytes_max, 1)])),
    bomb("many_br_tables",
        ("整个文件写满千层块里的跳转表", "a whole file of tables of branches within a thousand blocks"),
        || filled(br_tables(BODY.body_bytes_max, BODY.block_depth_max - 10))),
    bomb("file_of_branches",
        ("整个文件写满条件跳转", "a whole file of conditional branches"),
        || filled(repeated(BODY.body_bytes_max, &[I32_CONST, 0, BR_IF, 0]))),
    bomb("file_of_traps",
        ("整个文件写满陷阱", "a whole file of traps"),
        || filled(repeated(BODY.body_bytes_max, &[I32_CONST, 0, IF, EMPTY, UNREACHABLE, END]))),
    bomb("file_of_vectors",
        ("整个文件写满难以降级的向量指令", "a whole file of vector instructions that are hard to lower"),
        || filled(vectors(BODY.body_bytes_max))),
];

const BODY: crate::limits::FileLimits = SizeClass::Native.file_limits();

const UNREACHABLE: u8 = 0x00;
const BLOCK: u8 = 0x02;
const LOOP: u8 = 0x03;
const IF: u8 = 0x04;
const END: u8 = 0x0b;
const BR_IF: u8 = 0x0d;
const BR_TABLE: u8 = 0x0e;
const CALL: u8 = 0x10;
const DROP: u8 = 0x1a;
const LOCAL_GET: u8 = 0x20;
const LOCAL_SET: u8 = 0x21;
const I32_LOAD: &[u8] = &[0x28, 0x02, 0x00];
const I32_STORE: &[u8] = &[0x36, 0x02, 0x00];
const MEMORY_GROW: u8 = 0x40;
const I32_CONST: u8 = 0x41;
const I32_ADD: u8 = 0x6a;
const I32: u8 = 0x7f;
const EMPTY: u8 = 0x40;
const VECTOR: u8 = 0xfd;

/// The honest scorer with a second module.
fn with_module(bodies: &[Vec<u8>]) -> Made {
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

fn live_locals(count: u32) -> Vec<u8> {
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

fn deep_blocks(depth: usize) -> Vec<u8> {
    let mut body = body(0);
    for _ in 0..depth {
        body.extend([BLOCK, EMPTY]);
    }
    body.extend(std::iter::repeat_n(END, depth + 1));
    body
}

/// Nests of loops in loops; the innermost of each reads and writes every local, so that each loop
/// carries them all.
fn loops_of_locals(loops: u32, depth: u32, locals: u32) -> Vec<u8> {
    let mut body = body(locals);
    for _ in 0..loops / depth {
        for _ in 0..depth {
            body.extend([LOOP, EMPTY]);
        }
        for at in 0..locals {
            number(&mut body, LOCAL_GET, at);
            body.extend([I32_CONST, 1, I32_ADD]);
            number(&mut body, LOCAL_SET, at);
        }
        for _ in 0..depth {
            body.extend([LOCAL_GET, 0, BR_IF, 0, END]);
        }
    }
    body.push(END);
    body
}

/// The longest table that the validator knows.
const BR_TABLE_TARGETS_MAX: usize = 65_520;

fn br_tables(bytes: usize, depth: u32) -> Vec<u8> {
    let mut body = body(0);
    for _ in 0..depth {
        body.extend([BLOCK, EMPTY]);
    }
    // As long as may be for one block, of all blocks otherwise.
    let targets = if depth == 1 { BR_TABLE_TARGETS_MAX } else { depth as usize };
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

/// A body full of the same instructions.
fn repeated(bytes: usize, instructions: &[u8]) -> Vec<u8> {
    let mut body = body(0);
    while body.len() + instructions.len() <= bytes.saturating_sub(1) {
        body.extend_from_slice(instructions);
    }
    body.push(END);
    body
}
