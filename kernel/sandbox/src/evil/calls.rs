//! Those that are admitted and compile, and break a limit or a rule when they are called.

use taihu_model::PluginKind::{self, Connector, NichePool, Scorer};

use super::Target::{self, Answer, Cpu, Crossing, Log, Memory, Stack, State};
use super::{Expectation, Hostile, Source, scorer_beside, takes_handles};
use crate::Blame;

/// A scorer of the folder by its name, with who must stop it.
macro_rules! table {
    ($($name:ident $kind:ident $target:ident $want:expr, $zh:literal $en:literal;)*) => {&[$(
        hostile(
            stringify!($name),
            include_str!(concat!(stringify!($name), ".wat")),
            ($kind, $target),
            $want,
            ($zh, $en),
        ),
    )*]};
}

const fn hostile(
    name: &'static str,
    wat: &'static str,
    (kind, target): (PluginKind, Target),
    want: Expectation,
    (zh, en): (&'static str, &'static str),
) -> Hostile {
    Hostile { name, zh, en, kind, target, want, source: Source::Wat(wat) }
}

/// The call must end with this, by the plugin's own fault.
const fn call(code: &'static str, words: &'static str) -> Expectation {
    Expectation::Call { code, blame: Blame::Plugin, words }
}

const CPU_50: Expectation = call("cpu_time", "ms of CPU, may use 50.0 ms");
const CPU_20: Expectation = call("cpu_time", "ms of CPU, may use 20.0 ms");
const CPU_500: Expectation = call("cpu_time", "ms of CPU, may use 500.0 ms");
const MEMORY: Expectation = call("memory", "may have 32768 KiB");
const STACK: Expectation = call("stack", "recursed until the stack was used up");
const OUT_OF_BOUNDS: Expectation = call("bad_answer", "out of bounds");
const FUEL: Expectation = call("bad_answer", "fuel");
const FREE: Expectation = Expectation::Harmless;

/// Those that no core module can be made of.
pub(super) const MADE: &[Hostile] = &[Hostile {
    name: "handles_without_end",
    zh: "不停申请自造资源的句柄",
    en: "makes up a resource and takes handles of it without end",
    kind: Scorer,
    target: Memory,
    want: call("trap", "store handle limit exceeded"),
    source: Source::Made(|| scorer_beside("handles_without_end", &takes_handles(u32::MAX))),
}];

#[rustfmt::skip]
pub(super) const TABLE: &[Hostile] = table! {
    loop Scorer Cpu CPU_50,
        "死循环" "never ends";
    loop_over_calls Scorer Cpu CPU_50,
        "死循环，其间调用函数" "never ends, and calls something on the way";
    bulk_fill Scorer Cpu CPU_50,
        "反复填写 16 MB 内存" "fills 16 MB over and over: long instructions instead of many";
    memory_copy Scorer Cpu CPU_50,
        "反复搬动 16 MB 内存" "moves 16 MB back and forth";
    passive_fill Scorer Cpu CPU_50,
        "反复写入被动数据段" "writes a passive segment over and over";
    table_fill Scorer Cpu CPU_50,
        "反复填写四万项的表" "fills a table of forty thousand over and over";
    spinning_start Scorer Cpu CPU_50,
        "启动函数死循环，实例还没建好" "spins while its instance is being made";
    logging_start Scorer Log call("trap", "uninitialized element"),
        "还没接上内核就不停写日志" "logs for ever before it is linked to the kernel";
    trapping_start Scorer Cpu call("trap", "unreachable"),
        "启动函数崩溃" "traps while its instance is being made";
    growing_start Scorer Memory MEMORY,
        "启动函数占满内存" "takes all memory while its instance is being made";
    describe_spins Scorer Cpu CPU_50,
        "问它是什么就死循环" "never ends when asked what it is";
    pool_spins NichePool Cpu CPU_20,
        "细分成果池死循环" "a niche pool that never ends";
    connector_spins Connector Cpu CPU_500,
        "连接器死循环" "a connector that never ends";
    log_for_ever Scorer Log CPU_50,
        "不停写日志" "logs until it is stopped";
    log_flood Scorer Log FREE,
        "写一千行、每行 64 KiB 的日志，然后如实答复" "logs a thousand lines of 64 KiB, then answers honestly";
    log_huge_line Scorer Log FUEL,
        "一行 30 MB 的日志" "logs one line of 30 MB";
    log_not_utf8 Scorer Log call("bad_answer", "log.write"),
        "日志不是合法文本" "logs what is no text";
    log_outside Scorer Log OUT_OF_BOUNDS,
        "日志在内存之外" "logs what lies outside of its memory";
    log_level Scorer Log call("bad_answer", ""),
        "日志级别不存在" "logs at a level that does not exist";
    recursion Scorer Stack STACK,
        "无穷递归" "calls itself until its stack is used up";
    mutual_recursion Scorer Stack STACK,
        "两个函数经表互相调用" "two functions that call each other through a table";
    pool_recurses NichePool Stack STACK,
        "细分成果池启动时递归" "a niche pool that recurses while it is being made";
    memory_growth Scorer Memory MEMORY,
        "一点点占满内存" "takes memory until it gets none";
    memory_at_once Scorer Memory MEMORY,
        "一次要 4 GB 内存" "takes four gigabytes at once";
    table_growth Scorer Memory call("memory", "may have 469 KiB"),
        "表一直变大" "takes elements of a table until it gets none";
    many_tables Scorer Memory MEMORY,
        "八个表和内存各自不超，合计超" "eight tables and a memory, none of them too large";
    realloc_overlapping Scorer Crossing call("", ""),
        "让参数写在同一处" "has all arguments written to the same place";
    realloc_outside Scorer Crossing call("bad_answer", "realloc return: beyond end of memory"),
        "让参数写到内存之外" "has arguments written behind the end of its memory";
    realloc_misaligned Scorer Crossing call("bad_answer", "realloc return: result not aligned"),
        "让参数写在没有对齐的地方" "has arguments written to odd places";
    realloc_spins Scorer Crossing CPU_50,
        "写参数时死循环" "never ends while the host writes arguments";
    realloc_traps Scorer Crossing call("trap", "unreachable"),
        "写参数时崩溃" "traps while the host writes arguments";
    realloc_grows Scorer Crossing MEMORY,
        "每写一个参数多占 8 MB" "takes eight megabytes more for every argument";
    realloc_calls_out Scorer Crossing call("trap", "cannot leave component instance"),
        "写参数时回调内核" "calls the kernel while the host writes arguments";
    post_return_spins Scorer Crossing CPU_50,
        "如实答复，清理时死循环" "answers honestly and never ends when it may clean up";
    post_return_traps Scorer Crossing call("trap", "unreachable"),
        "如实答复，清理时崩溃" "answers honestly and traps when it may clean up";
    post_return_recurses Scorer Crossing STACK,
        "如实答复，清理时递归" "answers honestly and recurses when it may clean up";
    post_return_grows Scorer Crossing MEMORY,
        "如实答复，清理时占内存" "answers honestly and takes memory when it may clean up";
    post_return_calls_out Scorer Crossing call("trap", "cannot leave component instance"),
        "如实答复，清理时回调内核" "answers honestly and calls the kernel when it may clean up";
    unreachable Scorer State call("trap", "unreachable"),
        "直接崩溃" "traps, like every panic of a Rust guest";
    divides_by_zero Scorer State call("trap", "divide by zero"),
        "除以零" "divides by zero";
    reads_outside Scorer State call("trap", "out of bounds memory access"),
        "读自己内存之外" "reads behind the end of its memory";
    calls_nothing Scorer State call("trap", "uninitialized element"),
        "调用表里的空项" "calls through an empty element of a table";
    confused_call Scorer State call("trap", "indirect call type mismatch"),
        "以错误的类型调用函数" "calls a function by a type that it has not";
    remembers Scorer State FREE,
        "想记住上一次调用" "wants to remember its last call";
    alias_bomb Scorer Answer FUEL,
        "十万项都指向同一段 64 KiB 文字：6 GB" "a hundred thousand texts that are all the same 64 KiB: 6 GB";
    ten_megabytes Scorer Answer FUEL,
        "一个 10 MB 的字符串" "a string of 10 MB";
    endless_list Scorer Answer OUT_OF_BOUNDS,
        "声称有 20 亿个得分" "a list of two thousand million scores";
    outside Scorer Answer OUT_OF_BOUNDS,
        "列表在内存之外" "a list that lies outside of its memory";
    result_outside Scorer Answer OUT_OF_BOUNDS,
        "答复在内存之外" "an answer that lies outside of its memory";
    no_such_case Scorer Answer call("bad_answer", ""),
        "既非成功也非失败的答复" "a result that is neither ok nor a failure";
    invalid_utf8 Scorer Answer call("bad_answer", "utf-8"),
        "答复里的文字不合法" "a text that is no text";
    length_with_high_bit Scorer Answer OUT_OF_BOUNDS,
        "长度的最高位被置位" "a length with its highest bit set";
    wrong_length Scorer Answer call("bad_answer", "scores: 2 of them for 3 achievements, want one for each"),
        "少给一个得分" "one score too few";
    foreign_id Scorer Answer call("bad_answer", "scores[0].row: 77, want 0"),
        "给没问过的成果打分" "scores somebody it was not asked about";
    swapped Scorer Answer call("bad_answer", "scores[1].row: 0, want 1"),
        "同一个得分给了两次" "gives the first candidate's score twice";
    out_of_range Scorer Answer call("bad_answer", "scores[0].value: 4294967295, want 0 to 1000"),
        "满分 1000，给 42 亿" "4,294,967,295 of 1,000";
    lying_sum Scorer Answer call("bad_answer", "scores[0].value: 999, but its factors add up to 500"),
        "得分与各因素合计不符" "a score that is not the sum of its factors";
    undeclared_evidence Scorer Answer call("bad_answer", "evidence[0].column: 9, but 1 columns were sent"),
        "依据引用了没有申请的字段" "names a field that it never declared to read";
    range_backwards Scorer Answer call("bad_answer", "evidence[0].end: 3, before the start at 6"),
        "引文在开始之前就结束" "quotes words that end before they begin";
    range_outside Scorer Answer call("bad_answer", "evidence[0].end: 60, but field title is 36 bytes long"),
        "引用别人的文字：越过自己这一项" "quotes what lies behind its record's words: the next record's";
    range_overflow Scorer Answer call("bad_answer", "end: 4294967295, but field title is 36 bytes long"),
        "引文的位置大到溢出" "quotes from the last byte that a number can name";
    range_splits_character Scorer Answer call("bad_answer", "0 to 1 splits a character of field title"),
        "引用三分之一个汉字" "quotes a third of a character";
    factor_not_described Scorer Answer call("bad_answer", "factors[0].key: factor 40000 is not among the 1"),
        "因素没有声明过" "names a factor that was never described";
    too_much_evidence Scorer Answer call("bad_answer", "factors[0].evidence: 60000 of them, want 0 to 8"),
        "一个因素声称有六万条依据" "claims sixty thousand pieces of evidence for one factor";
    counts_exceed_list Scorer Answer call("bad_answer", "16 of them, but only 3 are left in the list factors"),
        "声称的因素比给出的多" "says that its scores have more factors than it gives";
    endless_counts Scorer Answer call("bad_answer", "factors: 4294967295 of them, want 1 to 16"),
        "一个得分声称有 42 亿个因素" "a score that claims four thousand million factors";
    half_an_item Scorer Answer call("bad_answer", "evidence: 8 numbers, want 3 for each"),
        "数列在一条依据的中间断开" "a list of numbers that ends in the middle of a piece of evidence";
    list_exceeds_counts Scorer Answer call("bad_answer", "evidence: 1 too many"),
        "多给一条没人要的依据" "gives a piece of evidence more than its factors speak of";
    lists_overlap Scorer Answer FUEL,
        "三个列表重叠在同样的 12 MB 上" "three lists of a million items each over the same 12 MB";
    list_misaligned Scorer Answer call("bad_answer", "align"),
        "列表从没有对齐的地方开始" "a list that begins where no number can";
    describe_endless Scorer Answer OUT_OF_BOUNDS,
        "声称有 42 亿个因素" "says that it has four thousand million factors";
    describe_nothing Scorer Answer call("bad_answer", "factors: 0 of them, want 1 to 16"),
        "声称没有任何因素" "says that it has no factors at all";
    describe_markup Scorer Answer call("bad_answer", "factors[0].key"),
        "因素名是一段网页脚本" "a factor whose key is a script";
    describe_controls Scorer Answer call("bad_answer", "control character U+001B"),
        "因素名称里有控制终端的字符" "a factor whose label clears the reader's terminal";
    states_failure Scorer Answer call("internal", "fault of its own: 匹配"),
        "按约定承认自身故障" "says by the contract that it is at fault";
    states_bad_config Scorer Answer Expectation::Call { code: "bad_config", blame: Blame::Caller, words: "wrong configuration: 匹配" },
        "按约定说配置有误，责任不在插件" "says by the contract that its configuration is wrong";
    pool_endless NichePool Answer OUT_OF_BOUNDS,
        "细分成果池声称有 42 亿个类目" "a pool of four thousand million categories";
    pool_alias NichePool Answer FUEL,
        "十万个类目，名称都是同一段 64 KiB 文字" "a hundred thousand categories whose labels are the same 64 KiB";
    pool_own_parent NichePool Answer call("bad_answer", "categories[0].parent"),
        "类目以自己为上级，向上找永远到不了头" "a category that is its own parent";
    connector_alias Connector Answer FUEL,
        "五万条记录共用一个五万项的列表：25 亿项" "fifty thousand records that share one list of fifty thousand";
    connector_reads_too_much Connector Answer OUT_OF_BOUNDS,
        "一条记录声称有 42 亿个字段" "a record of four thousand million fields";
    connector_huge_state Connector Answer call("bad_answer", "ask.state"),
        "要内核替它保存 128 KiB 的状态" "wants 128 KiB of state to be kept";
    connector_reads_outside_folder Connector Answer call("bad_answer", "ask.request.read-file"),
        "要读 ../../seal.key" "asks for ../../seal.key";
    connector_asks_a_file Connector Answer call("bad_answer", "ask.request.url"),
        "要访问 file:///etc/passwd" "asks for file:///etc/passwd";
    connector_asks_itself Connector Answer call("bad_answer", "ask.request.headers[0].name"),
        "想自己填写授权标头" "wants to fill in the header of authority itself";
    connector_splits_header Connector Answer call("bad_answer", "ask.request.headers[0].value"),
        "标头里藏着第二个请求" "a header whose value is a second request";
    by_position Scorer State Expectation::Conformance("the order of candidates does not matter"),
        "谁排在前面谁得分高：自带用例看不出" "scores by the place in the batch, which its own cases do not show";
    by_crowd Scorer State Expectation::Conformance("candidates do not depend on each other"),
        "同批越多，每项得分越低" "the more candidates there are, the less each is worth";
    dislikes_crowds Scorer State Expectation::Conformance("a batch of 500"),
        "小批正常，大批崩溃：自带用例看不出" "answers small batches and traps at large ones";
};
