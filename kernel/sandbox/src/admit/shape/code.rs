//! The shape of code: how much of what is expensive to compile its functions hold.
//!
//! The instructions are counted and not validated, which is the compiling child's work: 4 MB take
//! milliseconds here, and may take a compiler minutes.

use wasmparser::{FunctionBody, Operator};

use super::{broken, too_many};
use crate::Refusal;
use crate::limits::FileLimits;

/// What the functions of a file hold, all modules together.
#[derive(Debug, Default)]
pub(super) struct Code {
    /// Calls, and instructions that become calls of the runtime.
    calls: u64,
    loops: u64,
    /// For each function its loops, squared, times its locals: what loops may carry along.
    carried: u64,
}

impl Code {
    /// Adds one function, and refuses it if anything is too much.
    pub(super) fn add(
        &mut self,
        body: &FunctionBody<'_>,
        limits: &FileLimits,
    ) -> Result<(), Refusal> {
        let range = body.range();
        let bytes = range.end.saturating_sub(range.start);
        check("function body", bytes, limits.body_bytes_max as u64, "字节", "bytes")?;
        let mut locals = 0u64;
        for group in body.get_locals_reader().map_err(|error| broken(&error))? {
            let (count, _) = group.map_err(|error| broken(&error))?;
            locals = locals.saturating_add(u64::from(count));
        }
        check("function locals", locals, limits.locals_max.into(), "个局部变量", "locals")?;
        let (mut depth, mut loops) = (0u64, 0u64);
        for operator in body.get_operators_reader().map_err(|error| broken(&error))? {
            match operator.map_err(|error| broken(&error))? {
                Operator::Loop { .. } => {
                    loops += 1;
                    depth += 1;
                }
                Operator::Block { .. } | Operator::If { .. } => depth += 1,
                Operator::End => depth = depth.saturating_sub(1),
                other => self.calls += u64::from(is_call(&other)),
            }
            let levels = ("层嵌套", "levels of blocks");
            check("function blocks", depth, limits.block_depth_max.into(), levels.0, levels.1)?;
        }
        let carried = loops.saturating_mul(loops).saturating_mul(locals);
        self.loops += loops;
        self.carried = self.carried.saturating_add(carried);
        let place = ("个调用", "calls and instructions that become calls");
        check("calls", self.calls, limits.calls_max.into(), place.0, place.1)?;
        check("function loops", loops, limits.loops_max.into(), "个循环", "loops")?;
        check("loops", self.loops, limits.loops_sum_max.into(), "个循环", "loops")?;
        let place = ("（循环数² × 局部变量数）", "loops squared times locals");
        check("function loops", carried, limits.carried_max.into(), place.0, place.1)?;
        check("loops", self.carried, limits.carried_sum_max.into(), place.0, place.1)
    }
}

fn check(subject: &str, have: u64, max: u64, zh: &str, en: &str) -> Result<(), Refusal> {
    if have <= max { Ok(()) } else { Err(too_many(subject, have, max, zh, en)) }
}

/// Says whether an instruction becomes a call in native code.
const fn is_call(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Call { .. }
            | Operator::CallIndirect { .. }
            | Operator::RefFunc { .. }
            | Operator::MemoryGrow { .. }
            | Operator::MemoryInit { .. }
            | Operator::MemoryCopy { .. }
            | Operator::MemoryFill { .. }
            | Operator::DataDrop { .. }
            | Operator::ElemDrop { .. }
            | Operator::TableInit { .. }
            | Operator::TableCopy { .. }
            | Operator::TableFill { .. }
            | Operator::TableGet { .. }
            | Operator::TableSet { .. }
            | Operator::TableGrow { .. }
    )
}
