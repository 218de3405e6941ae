//! Every limit of the service, with its unit and the reason for its number.

/// Candidates that the index gives for one need: what one batch of a scorer may hold (`wit/scoring.wit`).
pub const CANDIDATES_MAX: usize = 500;
/// Candidates retrieved by default: recall at 200 is 0.97 on the development queries, and a batch of
/// 200 costs a scorer well under its 50 ms.
pub const CANDIDATES_DEFAULT: usize = 200;
/// Answers to one need: more than ten, and people stop reading (DOMAIN §1).
pub const ANSWERS_MAX: usize = 10;
/// Fused score below which an achievement is no answer. In `examples/one-day` the best unrelated
/// achievement of a need without answers has about 330, the answers that people expect 500 and more.
pub const ANSWER_SCORE_MIN: u16 = 400;
/// Share of the index's ceiling, per mille, that counts as full relevance: a text in which every term
/// of the need stood once would reach 450; the best answers of `examples/one-day` reach 190 to 320.
pub const RELEVANCE_FULL_PERMILLE: u64 = 250;
/// Records of a page of a list.
pub const PAGE_MAX: usize = 200;
/// Characters of a search text: a paragraph, not a book.
pub const SEARCH_CHARS_MAX: usize = 10_000;
/// Achievements that a niche pool judges in one call: the most that `wit/classifying.wit` allows.
pub const CLASSIFY_BATCH: usize = 200;
/// Asks in a row without a page before a connector is ended: a full Identify–list dance needs three,
/// a drop folder one per file.
pub const ASKS_WITHOUT_PAGE_MAX: u32 = 300;
/// Pages of one run: a million records at the smallest sensible page of ten.
pub const PAGES_MAX: u32 = 100_000;
/// Times a page is tried again when another run changed the same achievements meanwhile.
pub const PAGE_RETRIES_MAX: u32 = 8;
/// Records that one commit stores: each takes up to a dozen of the store's 10,000 writes.
pub const RECORDS_PER_COMMIT_MAX: usize = 500;
/// Source records that are merged into one achievement; further ones are kept and not merged.
pub const SAID_MAX: usize = 64;
/// Earlier words of a source record that are kept, so that a recall can bring them back: a year of
/// monthly changes costs a city of 200,000 records some gigabytes, a year of daily ones would not fit.
pub const EARLIER_MAX: usize = 12;
/// Versions of a connector that a record remembers to have read the same.
pub const ALSO_MAX: usize = 8;
/// Source records that a recall looks at together because merge keys tie them: as many as one
/// commit holds with all that follows for each. Of more, only what the version wrote is taken back.
pub const TIED_MAX: usize = 256;
/// Source records that one commit of a recall changes, about: some 20 ms of work, so that imports
/// hardly ever find it in their way.
pub const RECALLED_PER_COMMIT: usize = 100;
/// Achievements that a recall names: a screen.
pub const RECALL_NAMED_MAX: usize = 20;
/// Characters of a reason or note that a person writes.
pub const REASON_CHARS_MAX: usize = 1_000;
/// Bytes of one HTTP reply: a page of 100 full OAI records is about 400 KB.
pub const HTTP_BODY_BYTES_MAX: u64 = 1 << 20;
/// Time of one HTTP request, all of it.
pub const HTTP_WAIT_MS_MAX: u64 = 10_000;
/// Redirects that are followed, each checked anew.
pub const REDIRECTS_MAX: u32 = 4;
/// Times a request is asked again after 429 or 503 with Retry-After.
pub const HTTP_RETRIES_MAX: u32 = 3;
/// Seconds of Retry-After that are waited for; a longer wait ends the run.
pub const RETRY_AFTER_S_MAX: u64 = 20;
/// Bytes of one file of a drop folder: it must fit a connector's memory twice.
pub const FILE_BYTES_MAX: u64 = 16 << 20;
/// Files that a drop folder holds, and lists: a school's every table of ten years.
pub const FILES_MAX: usize = 1_000;
/// Bytes of a drop folder: 64 files of the largest kind.
pub const DROP_BYTES_MAX: u64 = 64 * FILE_BYTES_MAX;
/// Bytes of all drop folders together: sixteen full ones, so that no tenant's files fill the disk that
/// everybody's records stand on.
pub const DROPS_BYTES_MAX: u64 = 16 * DROP_BYTES_MAX;
/// Components kept ready to be called; the rest is loaded again in a millisecond.
pub const LOADED_MAX: usize = 256;
/// Log entries that the follower reads at once.
pub const FOLLOW_BATCH: usize = 64;
/// Bytes of a line of JSON Lines.
pub const LINE_BYTES_MAX: usize = 1 << 20;
/// Weight of the kernel's own order in the fused score, per mille, beside scorers' weights.
pub const RETRIEVAL_WEIGHT: u16 = 300;
/// Weight of a scorer that is enabled without one.
pub const SCORER_WEIGHT_DEFAULT: u16 = 350;
/// Shares of the calls, per cent, that a version on trial answers one after the other.
pub const CANARY_PERCENTS: [u8; 2] = [5, 25];
/// Versions that an installation remembers to go back to: a year of monthly ones.
pub const HISTORY_MAX: usize = 12;
