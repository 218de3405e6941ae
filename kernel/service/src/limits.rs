//! Every limit of the service, with its unit and the reason for its number.

/// Candidates that the index gives for one need: what one batch of a scorer may hold (`wit/scoring.wit`).
pub const CANDIDATES_MAX: usize = 500;
/// Candidates retrieved by default: recall at 200 is 0.97 on the development queries, and a batch of
/// 200 costs a scorer well under its 50 ms.
pub const CANDIDATES_DEFAULT: usize = 200;
/// Postings that retrieving candidates adds up, of the most telling terms: in a pool of a hundred
/// thousand nearly always all; in one of a million a paragraph has five times as many, and nothing
/// was lost (`taihu bench quality --enlarge 1000000`).
pub const POSTINGS_MAX: usize = 1_000_000;
/// Tokens whose holders are kept in memory: every official and manager of the city at once.
pub const KNOWN_TOKENS_MAX: usize = 4_096;
/// Answers to one need: more than ten, and people stop reading (DOMAIN §1).
pub const ANSWERS_MAX: usize = 10;
/// Candidates whose texts are read once more: three times the answers. 16 and 64 gave the same quality.
pub const CLOSER_MAX: usize = 32;
/// Fused score below which an achievement is no answer. In `examples/one-day` the best unrelated
/// achievement of a need without answers has about 330, the answers that people expect 500 and more.
pub const ANSWER_SCORE_MIN: u16 = 400;
/// Share of the index's ceiling, per mille, that counts as full relevance: a text in which every term
/// of the need stood once would reach 450; the best answers of `examples/one-day` reach 190 to 320.
pub const RELEVANCE_FULL_PERMILLE: u64 = 250;
/// Of one team's near-identical achievements those that are answers of their own: the best, and one
/// to compare it with. A professor's twenty patents are one thing to talk about.
pub const TEAM_SHOWN_MAX: usize = 2;
/// Achievements that are named as folded under another: a screen.
pub const FOLDED_MAX: usize = 20;
/// How alike two titles are, per mille of their pairs of letters, that name the same thing: `一种` in
/// front or one number at the end, not another step of the same process (750).
pub const SAME_TITLE_PERMILLE_MIN: usize = 800;
/// Terms of a need that an answer's quotes are made of: a paragraph has some hundred, and the
/// strongest half carries nearly all of the score.
pub const EXPLAINED_TERMS_MAX: usize = 48;
/// Characters of a quote: a line.
pub const QUOTE_CHARS_MAX: usize = 40;
/// Fields of an achievement that the index's factor quotes: title, and two more.
pub const QUOTED_FIELDS_MAX: usize = 3;
/// Achievements that are looked through to say where one stands: as many as the index gives at once.
pub const LOOKED_THROUGH_MAX: usize = 1_000;
/// Words of a need that are named as lacking: a line.
pub const LACKING_MAX: usize = 5;
/// Likeness, per mille of how a text finds itself, below which nothing is called similar.
pub const SIMILAR_PERMILLE_MIN: u16 = 200;
/// Characters of an achievement that needs and its like are found by: a paragraph, as a need is.
pub const SIMILAR_TEXT_CHARS_MAX: usize = 400;
/// Needs that an achievement is held against when somebody asks for them: each costs a retrieval.
pub const NEEDS_FOR_MAX: usize = 20;
/// Needs that a new achievement is held against: those it is nearest to.
pub const PUSH_NEEDS_MAX: usize = 10;
/// Share of a need's pairs of letters, per mille, that an achievement has if it may answer it: half of
/// what the weakest answers of `examples/one-day` have.
pub const NEED_COVERED_PERMILLE_MIN: usize = 100;
/// Needs that one look's new achievements are held against, the nearest: each costs a retrieval, so
/// that a look takes seconds at most. A need beyond finds them when it is matched.
pub const PUSHED_NEEDS_MAX: usize = 200;
/// Log entries that are looked through at once for new achievements: a page of an import each.
pub const PUSH_ENTRIES: usize = 4;
/// Proposals that stand for one need: two answers' worth.
pub const PUSHED_PER_NEED_MAX: usize = 20;
/// Proposals that stand on a tenant's ground; the oldest make room.
pub const PUSHES_MAX: usize = 200;
/// Matches that one report of feedback names: some pages of answers.
pub const FEEDBACK_BATCH_MAX: usize = 50;
/// Reports of feedback that are kept of one need: ten answers, some runs, a dozen people.
pub const FEEDBACK_PER_NEED_MAX: usize = 1_000;
/// Candidates whose teams are named.
pub const TEAM_CANDIDATES_MAX: usize = 50;
/// Teams that are named: as many as answers.
pub const TEAMS_MAX: usize = 10;
/// People of a team that are named: who stands on most of its achievements.
pub const TEAM_PEOPLE_MAX: usize = 10;
/// Accepted matches of one achievement that are counted on one tenant's ground.
pub const ACCEPTED_COUNTED_MAX: usize = 100;
/// Needs with judgements of both kinds that weights are learnt from at least: below that, chance
/// moves nDCG by more than weights do.
pub const TUNE_NEEDS_MIN: usize = 40;
/// Of those, the ones that are held back to see whether it helps.
pub const TUNE_HELD_MIN: usize = 10;
/// Steps in which weights are tried, per mille.
pub const TUNE_STEP: u16 = 50;
/// Times that every weight is tried; it hardly ever needs more than four.
pub const TUNE_ROUNDS_MAX: usize = 20;
/// Records of a page of a list.
pub const PAGE_MAX: usize = 200;
/// Characters of a search text: a paragraph, not a book.
pub const SEARCH_CHARS_MAX: usize = 10_000;
/// Characters of a stretch of a found text: two lines of a screen.
pub const SNIPPET_CHARS_MAX: usize = 120;
/// Characters of a title that is suggested whole; of a longer one its head is.
pub const TITLE_HEAD_CHARS_MAX: usize = 20;
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
/// Source records that one may be kept apart from by people: hundreds of decisions about one record.
pub const APART_MAX: usize = 1_024;
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
/// Records that one commit withdraws or marks because a full run did not find them: each takes up to
/// five of the store's 10,000 writes, and imports hardly ever find it in their way.
pub const VANISHED_PER_COMMIT: usize = 200;
/// Parts of what a run has seen that one commit deletes: 8 KB each.
pub const TIDIED_PER_COMMIT: usize = 1_000;
/// Minutes between two readings of a source that a schedule asks for: oftener, and a small server
/// hears of nothing else.
pub const SCHEDULE_GAP_MIN: i64 = 15;
/// Characters of a cron expression: each of the five fields may list some values.
pub const SCHEDULE_CHARS_MAX: usize = 100;
/// Days that a run's report is kept, line by line: half a year, until the next round of funding asks.
pub const REPORT_KEPT_DAYS: i64 = 183;
/// Parts of a run's report that are read at once: a commit's worth each, so 10,000 lines at most.
pub const REPORT_PARTS: usize = 20;
/// Days whose runs a source's health looks at: a quarter.
pub const HEALTH_DAYS: i64 = 92;
/// Runs of a source that its health counts: three weeks of nights.
pub const HEALTH_RUNS_MAX: usize = 20;
/// Reasons that a source's health names: a line of a board.
pub const HEALTH_REASONS_MAX: usize = 5;
/// Kinds of reasons that a run counts: more than there are codes.
pub const REASONS_COUNTED_MAX: usize = 64;
/// Characters of a reason or note that a person writes.
pub const REASON_CHARS_MAX: usize = 1_000;
/// Bytes of one HTTP reply: a page of 100 full OAI records is about 400 KB.
pub const HTTP_BODY_BYTES_MAX: u64 = 1 << 20;
/// Time of one HTTP request, all of it.
pub const HTTP_WAIT_MS_MAX: u64 = 10_000;
/// Milliseconds between two requests to one host, whoever asks: what a small server bears.
pub const HOST_PAUSE_MS_MIN: i64 = 1_000;
/// Milliseconds that a request waits for its turn at a host; a longer line ends it.
pub const PACE_WAIT_MS_MAX: i64 = 120_000;
/// Plugins times hosts whose turns are remembered.
pub const PACED_MAX: usize = 4_096;
/// Redirects that are followed, each checked anew.
pub const REDIRECTS_MAX: u32 = 4;
/// Times a request is asked again after 429 or 503 with Retry-After.
pub const HTTP_RETRIES_MAX: u32 = 3;
/// Seconds of Retry-After that a request waits for; for a longer wait the run is interrupted.
pub const RETRY_AFTER_S_MAX: u64 = 20;
/// Seconds that a run is interrupted for at most because a server asks for it: a nonsensical wait must
/// not end it for good.
pub const RUN_WAIT_S_MAX: u64 = 3_600;
/// Seconds that a run is driven, all of it, from its first page to its last: half a day, so that one is
/// over before the next night's. At a request a second that is four million records.
pub const RUN_S_MAX: u64 = 12 * 3_600;
/// Bytes that a source sends in one run: a million full OAI records.
pub const RUN_BYTES_MAX: u64 = 4 << 30;
/// Secrets of one source: a key for each of its hosts, and one to change to.
pub const SECRETS_MAX: usize = 8;
/// Characters of a secret: what is shorter is guessed, and stands in replies by chance.
pub const SECRET_CHARS_MIN: usize = 8;
/// Bytes of a secret: a signed token with many claims; servers take no longer header.
pub const SECRET_BYTES_MAX: usize = 4 << 10;
/// Characters of a secret's name and of its header's.
pub const SECRET_NAME_CHARS_MAX: usize = 64;
/// Bytes of one file of a drop folder: it must fit a connector's memory twice.
pub const FILE_BYTES_MAX: u64 = 16 << 20;
/// Files that a drop folder holds, and lists: a school's every table of ten years.
pub const FILES_MAX: usize = 1_000;
/// Bytes of a drop folder: 64 files of the largest kind.
pub const DROP_BYTES_MAX: u64 = 64 * FILE_BYTES_MAX;
/// Bytes of all drop folders together: sixteen full ones, so that no tenant's files fill the disk that
/// everybody's records stand on.
pub const DROPS_BYTES_MAX: u64 = 16 * DROP_BYTES_MAX;
/// Components kept ready to be called; the rest is loaded again in a millisecond. A small one takes
/// 0.3 MiB.
pub const LOADED_MAX: usize = 1_024;
/// Bytes of a signature: four lines, of which one is a comment of up to 2 KiB.
pub const SIGNATURE_BYTES_MAX: usize = 4 << 10;
/// Characters of a publisher's name.
pub const PUBLISHER_NAME_CHARS_MAX: usize = 100;
/// Log entries behind which the follower of needs reads the needs instead: a thousand needs are read
/// sooner than a thousand entries of an import.
pub const NEEDS_REREAD_ENTRIES: u64 = 1_024;
/// Log entries that the follower reads at once.
pub const FOLLOW_BATCH: usize = 64;
/// Bytes of a line of JSON Lines.
pub const LINE_BYTES_MAX: usize = 1 << 20;
/// Weight of the kernel's own order in the fused score, per mille, beside scorers' weights, as long as
/// a tenant has set none.
pub const RETRIEVAL_WEIGHT: u16 = 300;
/// Scorers that a tenant's weights name: as many as anybody will ever enable.
pub const WEIGHED_SCORERS_MAX: usize = 100;
/// Weight of a scorer that is enabled without one.
pub const SCORER_WEIGHT_DEFAULT: u16 = 350;
/// Shares of the calls, per cent, that a version on trial answers one after the other.
pub const CANARY_PERCENTS: [u8; 2] = [5, 25];
/// Versions that an installation remembers to go back to: a year of monthly ones.
pub const HISTORY_MAX: usize = 12;

/// Batches of a pool that is judged again in the background before other work about plugins has its
/// turn: a thousand achievements take some 100 ms.
pub const REFILL_BATCHES: usize = 5;
/// Seconds between two looks for pools that are to be judged again, where nothing says that one is.
pub const REFILL_LOOK_S: i64 = 60;

// The breaker (SANDBOX.md: 5 failures in 60 s, or more than 20 % of at least 20 calls; open 30 s,
// doubling to 15 min; the third opening needs a person).

/// Failures of one cause within the window that open a breaker.
pub const BREAKER_FAILURES_MAX: usize = 5;
/// Seconds of the window.
pub const BREAKER_WINDOW_S: u64 = 60;
/// Calls that the window remembers at most.
pub const BREAKER_WINDOW_CALLS_MAX: usize = 1_000;
/// Calls from which on the share of failures counts.
pub const BREAKER_CALLS_MIN: usize = 20;
/// Share of failures among the calls, per mille, above which a breaker opens.
pub const BREAKER_FAILED_PERMILLE_MAX: usize = 200;
/// Seconds that a breaker stays open at first.
pub const BREAKER_WAIT_S_MIN: u32 = 30;
/// Seconds that it stays open at most, after doubling.
pub const BREAKER_WAIT_S_MAX: u32 = 900;
/// Seconds of quiet after which earlier openings are forgiven: as long as a fix takes to be installed.
pub const BREAKER_FORGIVE_S: u64 = 3_600;
/// Openings in a row after which a plugin is quarantined.
pub const BREAKER_OPENINGS_MAX: u32 = 3;

// Versions on trial.

/// Calls after which a version on trial goes further by rule.
pub const TRIAL_CALLS_MIN: u64 = 200;
/// Seconds after which it does with fewer calls: a day, because needs come by day.
pub const TRIAL_S_MIN: i64 = 86_400;
/// Calls from which on shares and quantiles say something.
pub const TRIAL_JUDGED_CALLS_MIN: u64 = 20;
/// Failures that send it back.
pub const TRIAL_FAILURES_MAX: u64 = 5;
/// Share of failures, per mille, that sends it back.
pub const TRIAL_FAILED_PERMILLE_MAX: u64 = 200;
/// How many times the CPU time at p99 of the version that serves it may take …
pub const TRIAL_CPU_TIMES_MAX: u64 = 3;
/// … and how many microseconds more, so that two fast versions are not told apart by noise.
pub const TRIAL_CPU_US_SPARE: u64 = 2_000;
/// Share of the ten answers, per mille, that must stay on average for the rule to go on.
pub const TRIAL_OVERLAP_PERMILLE_MIN: u64 = 300;
/// Seconds after its promotion in which a version that fails gives way to the one before.
pub const PROBATION_S_MAX: i64 = 86_400;
/// Work for versions on trial and failing plugins that waits at most; what comes beyond is counted
/// and left out. A ranking holds some 300 KB.
pub const CARE_QUEUE_MAX: usize = 32;
/// Versions times tenants that breakers are kept for.
pub const GUARDS_MAX: usize = 4_096;
/// Recorded good calls of a version, to try it with when its breaker is open.
pub const RECORDED_MAX: usize = 2;
/// Items of a batch that a recorded good call keeps: what one item does, two hundred do.
pub const RECORDED_ITEMS_MAX: usize = 8;
/// Bytes of a recorded call that stays in memory; longer ones are not kept. A thousand versions then
/// hold some 30 MB of good calls.
pub const RECORDED_BYTES_MAX: usize = 256 << 10;
/// A recorded call is exchanged for a newer one every so many calls.
pub const RECORDED_EVERY: u64 = 64;
/// Bytes of a failing call that becomes a capsule; of a longer one only the log speaks.
pub const CAPSULE_CALL_BYTES_MAX: usize = 8 << 20;
/// Capsules kept of one plugin on a tenant's ground; older ones make room.
pub const CAPSULES_MAX: usize = 20;
/// Seconds after which what was counted is written, however little it is …
pub const DIFFERENCE_UNWRITTEN_S_MAX: i64 = 60;
/// Differences are written after so many calls at the latest; a kill loses as many at most.
pub const DIFFERENCE_CALLS_UNWRITTEN_MAX: u64 = 20;
/// Seconds between two writings of what plugins cost; a kill loses as much.
pub const COSTS_EVERY_S: i64 = 60;
/// Tenants times plugins that costs are counted for between two writings.
pub const COSTS_PENDING_MAX: usize = 10_000;
/// Bytes of a receipt or a capsule when it is unpressed: a component of an interpreter as base 64,
/// and a call.
pub const PRESSED_BYTES_MAX: u64 = 64 << 20;

// The embedding endpoint.

/// Share of an embedding endpoint in the kernel's own score, per mille, by default: what lifted
/// nDCG@10 by 0.015 (`MATCHING.md`).
pub const EMBEDDING_SHARE_DEFAULT: u16 = 350;
/// Its share at most: the words keep a say, and with it the absolute scale of the fused score.
pub const EMBEDDING_SHARE_MAX: u16 = 900;
/// Characters of a model's name or of a prefix.
pub const EMBEDDING_NAME_CHARS_MAX: usize = 200;
/// Numbers of a vector: the largest models that are offered have 4,096.
pub const EMBEDDING_DIMENSIONS_MAX: usize = 4_096;
/// Characters of a text that is embedded: the 512 tokens of e5 and its like hold some 700 of Chinese.
pub const EMBEDDED_CHARS_MAX: usize = 1_000;
/// Texts of one request: the vectors of eight, as JSON of the largest models, fit one reply of 1 MiB.
pub const EMBEDDING_BATCH_MAX: usize = 8;
/// Milliseconds that a request of the maker should take: a need that comes meanwhile may wait behind
/// it, and must still be answered within its own deadline.
pub const EMBEDDING_REQUEST_MS: u64 = 150;
/// Milliseconds that a ranking waits for its need's vector: a model on two cores needs 20 for a
/// paragraph, a distant service 100 to 200, and a person does not notice 300.
pub const MEANING_WAIT_MS_MAX: u64 = 300;
/// Rankings that wait for the endpoint at once; what comes beyond goes by words alone.
pub const MEANING_IN_FLIGHT_MAX: usize = 4;
/// Needs' vectors kept in memory: a day's needs of a city, some 500 bytes each.
pub const MEANING_KNOWN_MAX: usize = 1_024;
/// Needs whose vectors are made later because they did not come in time.
pub const MEANING_WANTED_MAX: usize = 64;
/// Failures in a row after which rankings no longer ask: each costs a person the whole deadline.
pub const ASKING_FAILURES_MAX: u32 = 3;
/// Failures in a row after which the maker waits: nobody waits for it.
pub const MAKING_FAILURES_MAX: u32 = 1;
/// Milliseconds that an endpoint which failed is left alone at first …
pub const CIRCUIT_WAIT_MS_MIN: u64 = 1_000;
/// … and at most, after doubling.
pub const CIRCUIT_WAIT_MS_MAX: u64 = 300_000;
/// Seconds of Retry-After that are honoured in the background: an hour, so that a nonsensical one
/// does not end the making for good.
pub const RETRY_AFTER_HONOURED_S_MAX: u64 = 3_600;
/// Achievements that the maker looks through in one step.
pub const EMBEDDING_SWEEP_PAGE: usize = 64;
/// Log entries that the maker reads at once: an import's commit may name 500 achievements.
pub const EMBEDDING_FOLLOW_BATCH: usize = 8;

/// Sets that an achievement is offered in: its kind, districts, pools, chains and owners; more owners
/// than that nobody has.
pub const OFFER_SETS_MAX: usize = 32;
/// Achievements whose offers are kept by one commit: with all their sets some 3,500 keys at most.
pub const OFFER_BATCH: usize = 100;
/// Log entries that the keeper of offers reads at once: an import's commit may name 500 achievements.
pub const OFFER_ENTRIES: usize = 8;
/// Log entries that an answer to a harvester waits for. Where there are more, it shows what is offered
/// so far: what is not yet stamped is stamped later, and seen by the next list.
pub const OFFER_FRESHEN_ENTRIES_MAX: u64 = 32;
/// Log entries without achievements after which the keeper writes down how far it is: what a start
/// reads again, some tens of milliseconds.
pub const OFFER_UNSAVED_ENTRIES_MAX: u64 = 4_096;
/// Places of the list by datestamp that are read at once.
pub const OFFERS_READ: usize = 512;
/// Places that are counted to say how long a part of the list is; a longer part's length is not said.
pub const OFFERS_COUNTED_MAX: usize = 50_000;
/// Records of one page for harvesters: some 300 KB of XML.
pub const OFFERS_PAGE_MAX: usize = 100;
/// Headers of one page for harvesters.
pub const OFFER_HEADERS_PAGE_MAX: usize = 500;
/// Sets of one page.
pub const OFFER_SETS_PAGE_MAX: usize = 500;
/// Rows of an export: a file of some 10 MB, held in memory whole, that our own connector takes back
/// (16 MiB). More is refused: a table that silently ends is worse than none.
pub const EXPORT_ROWS_MAX: usize = 5_000;
/// Ledgers of one tenant: three kinds a year for decades.
pub const LEDGERS_MAX: usize = 200;
/// Accounts of one ledger: the inventors of a university's deals of a year. A balance lists them all.
pub const LEDGER_ACCOUNTS_MAX: u32 = 500;
/// Entries of one ledger: a city's vouchers of some years. A check reads them all; a full ledger is
/// followed by the next one.
pub const LEDGER_ENTRIES_MAX: u64 = 100_000;
/// Times that an entry is tried again because others booked in the same ledger meanwhile. Of those
/// that try at once one gets through each time, so it is also how many may come at once.
pub const LEDGER_TRIES_MAX: usize = 64;
/// Entries that a check reads at once.
pub const LEDGER_CHECK_PAGE: usize = 1_000;
/// Faults that a check names: the first says where to look.
pub const LEDGER_FAULTS_MAX: usize = 20;
