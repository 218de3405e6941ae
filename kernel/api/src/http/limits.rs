//! Every limit of the HTTP face, with its unit and the reason for its number.

/// Bytes of a JSON body: the longest need (five texts of 5,000 characters) is 75 KB, three bytes a
/// character, and may come with every character escaped.
pub(crate) const JSON_BYTES_MAX: usize = 256 << 10;
/// Bytes of a plugin's file: the sandbox takes 4 MiB of a compiled language's, and more, once an
/// operator grants it, of an interpreter's; what is between is read so that the sandbox can say why.
pub(crate) const PLUGIN_BYTES_MAX: usize = 32 << 20;
/// Bytes of a file for a drop folder: what the service keeps.
#[expect(clippy::cast_possible_truncation, reason = "16 MiB fit into any usize")]
pub(crate) const FILE_BYTES_MAX: usize = taihu_service::limits::FILE_BYTES_MAX as usize;
/// Uploads at once: each is held in memory whole, so this bounds it to 128 MiB.
pub(crate) const UPLOADS_AT_ONCE_MAX: usize = 4;
/// Seconds after which one who found too many uploads may come back.
pub(crate) const UPLOADS_RETRY_AFTER_S: u32 = 5;
/// Bytes of the head of a request, `Taihu-Config` among it. hyper wants at least 8 KiB.
pub(crate) const HEAD_BYTES_MAX: usize = 64 << 10;
/// Characters of an idempotency key; the store takes as many.
pub(crate) const IDEMPOTENCY_KEY_CHARS_MAX: usize = 128;
/// Characters of a request's id that a proxy in front may set; longer ones are replaced.
pub(crate) const REQUEST_ID_CHARS_MAX: usize = 64;
/// Characters of a cursor: the longest holds the longest key of the store (512 bytes) in hexadecimal.
pub(crate) const CURSOR_CHARS_MAX: usize = 1_200;
/// Values of a facet that an answer lists: more than there are fields or tenants.
pub(crate) const FACET_VALUES_MAX: usize = 50;
/// Values of a facet that the page shows.
pub(crate) const FACET_SHOWN_MAX: usize = 12;
/// Characters of a summary that the page shows where nothing was searched for.
pub(crate) const PAGE_SUMMARY_CHARS_MAX: usize = 120;
/// Values of one filter: any of so many.
pub(crate) const FILTER_VALUES_MAX: usize = 32;
/// Records of a page where nobody says how many: a screen.
pub(crate) const PAGE_DEFAULT: usize = 20;
/// Rows of a table after which it goes on in another part: a minute's reading of a spreadsheet program,
/// some 10 MB.
pub(crate) const TABLE_ROWS: usize = 50_000;
/// Entries of the feed: a week of a busy pool.
pub(crate) const FEED_ENTRIES_MAX: usize = 50;
/// Seconds for which a reader of the feed need not ask again.
pub(crate) const FEED_AGE_S: u32 = 300;
/// Edges that one request takes: the longest path through the life of a need.
pub(crate) const PATH_MAX: usize = 8;

/// Seconds of an answer. A slow one is 503; its work goes on to its end.
pub(crate) const ANSWER_S_MAX: u64 = 30;
/// Seconds of an answer to an upload: 16 MiB at 2 Mbit/s, and compiling.
pub(crate) const UPLOAD_S_MAX: u64 = 120;
/// Seconds in which the head of a request must have come.
pub(crate) const HEAD_S_MAX: u64 = 20;
/// Connections at once; the others wait in the system's queue. Each costs some 20 KB.
pub(crate) const CONNECTIONS_MAX: usize = 1_024;
/// Seconds that answers in flight are waited for at the end: more than any answer takes.
pub(crate) const DRAIN_S_MAX: u64 = ANSWER_S_MAX + 5;
/// Milliseconds before the next connection is taken when the system refused one.
pub(crate) const ACCEPT_PAUSE_MS: u64 = 100;

/// Work of requests on threads at once: the sixteen writers at which group commit pays most, and a
/// quarter of the 64 calls that the sandbox takes, so that a request never finds the sandbox full. More would
/// only keep longer from a processor who is to be refused.
pub(crate) const WORK_AT_ONCE_MAX: usize = 16;
/// Work of requests in line: at the 2,000 writes a second that the store makes, 60 ms.
pub(crate) const WORK_IN_LINE_MAX: usize = 128;
/// Work of one tenant's requests, on threads and in line: a quarter of all, so that others find room
/// beside a heavy one, and more than there are threads, so that one alone can use them all.
pub(crate) const WORK_PER_TENANT_MAX: usize = 40;
/// Seconds after which one who found the line full may come back.
pub(crate) const WORK_RETRY_AFTER_S: u32 = 1;
/// Tokens looked up at once: each takes some microseconds, and must never stand in line behind work,
/// so that who is refused is refused at once, and once only.
pub(crate) const TOKENS_AT_ONCE_MAX: usize = 2;
/// Tokens that wait to be looked up: one for each connection, which asks one thing at a time.
pub(crate) const TOKENS_IN_LINE_MAX: usize = CONNECTIONS_MAX;
/// Runs of connectors at once: they wait for other people's servers most of the time, and must
/// never hold the threads of requests.
pub(crate) const RUNS_AT_ONCE_MAX: usize = 4;
/// Runs in line: some for every source of the city at night.
pub(crate) const RUNS_IN_LINE_MAX: usize = 256;
/// Seconds after which one who found too many runs may come back.
pub(crate) const RUNS_RETRY_AFTER_S: u32 = 60;
/// Times that a run goes on after the store was full or reopening.
pub(crate) const RUN_RETRIES_MAX: u32 = 60;
/// Seconds between two such times.
pub(crate) const RUN_RETRY_PAUSE_S: u64 = 5;
/// Probes of health and metrics at once: they must be answered when the line of requests is full.
pub(crate) const PROBES_AT_ONCE_MAX: usize = 2;
/// Threads that last as long as serving does: the follower of the log, the carer for plugins, the maker
/// of vectors, the keeper of what harvesters see, and one for the end.
pub(crate) const KEEPERS_AT_ONCE_MAX: usize = 5;
/// Milliseconds between two looks at what is due about plugins, if nothing wakes the carer.
pub(crate) const CARE_WAIT_MS: u64 = 1_000;
/// Probes in line.
pub(crate) const PROBES_IN_LINE_MAX: usize = 16;

/// Milliseconds that the follower of the log waits for news before it looks whether to end.
pub(crate) const FOLLOW_WAIT_MS: u64 = 250;
/// Milliseconds that the maker of vectors waits for news: a need whose vector came too late waits as
/// long for its next chance.
pub(crate) const EMBED_WAIT_MS: u64 = 250;
/// Seconds that the follower waits after the store could not be read.
pub(crate) const FOLLOW_PAUSE_S: u64 = 1;
