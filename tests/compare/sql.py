#!/usr/bin/env python3
"""SQLite FTS5 and PostgreSQL full text on the judged data: quality and latency of a sample.

    python3 tests/compare/sql.py POOL QUERIES NEEDS [--queries N] [--needs N] [--postgres DSN]

Three gzip files of JSON Lines, as `tests/compare` takes them. Nothing but Python's standard library is
needed; SQLite is the one that Python brings, in memory. SQLite is asked twice: with its trigram
tokenizer and with character bigrams that are split before it sees them, each by all terms of a query
with `bm25()`, for the 200 best.

PostgreSQL is asked through `psql` where a server can be reached: with --postgres, or as PGHOST and
the like say. It gets the same bigrams with the configuration `simple`, a GIN index and `ts_rank`. To
have one for this alone, without touching another:

    initdb -D /tmp/pg && pg_ctl -D /tmp/pg -o "-k /tmp -c listen_addresses=" -l /tmp/pg.log start
    createdb -h /tmp taihu_compare
    python3 tests/compare/sql.py POOL QUERIES NEEDS --postgres "host=/tmp dbname=taihu_compare"

It uses a temporary table, which ends with its session. Times of SQLite are CPU time of this process, of
PostgreSQL by the server's own clock. The last line is one JSON object.
"""

import argparse
import gzip
import json
import math
import re
import shutil
import sqlite3
import subprocess
import threading
import time
from collections import defaultdict

FOUND = 200
HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
RUNS = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")


def lines(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def document(line):
    return "\n".join(line.get(field) or "" for field in ("title", "abstract", "keywords"))


def bigrams(text):
    """Pairs of neighbouring Han characters (a single one by itself), and words."""
    for run in RUNS.findall(text.lower()):
        if re.match(f"[{HAN}]", run) and len(run) > 1:
            yield from (run[at : at + 2] for at in range(len(run) - 1))
        else:
            yield run


def trigrams(text):
    for run in RUNS.findall(text.lower()):
        yield from (run[at : at + 3] for at in range(len(run) - 2))


def different(terms):
    return list(dict.fromkeys(terms))


def evenly(all_of_them, wanted):
    return all_of_them[:: max(1, len(all_of_them) // max(1, wanted))][:wanted]


def quality(find, queries):
    """nDCG@10, a mean over the tasks; ties are counted against the engine."""
    tasks = defaultdict(list)
    for query in queries:
        wanted = set(query["rel"])
        if not query["text"].strip() or not wanted:
            continue
        order = sorted(((-score, id in wanted) for score, id in find(query["text"])))
        gained = sum(1 / math.log2(rank + 2) for rank, (_, hit) in enumerate(order[:10]) if hit)
        most = sum(1 / math.log2(rank + 2) for rank in range(min(10, len(wanted))))
        tasks[query["task"]].append(gained / most)
    return round(sum(sum(task) / len(task) for task in tasks.values()) / max(1, len(tasks)), 4)


class Sqlite:
    """FTS5; `terms` cuts a query, `split` a document before SQLite's tokenizer sees it."""

    def __init__(self, pool, tokenizer, terms, split):
        self.terms = terms
        self.cursor = sqlite3.connect(":memory:").cursor()
        self.cursor.execute(
            f"CREATE VIRTUAL TABLE pool USING fts5(id UNINDEXED, text, tokenize='{tokenizer}')"
        )
        rows = ((line["id"], split(document(line))) for line in pool)
        self.cursor.executemany("INSERT INTO pool VALUES (?, ?)", rows)
        self.cursor.execute("INSERT INTO pool(pool) VALUES ('optimize')")

    def find(self, query):
        any_of = " OR ".join(f'"{term}"' for term in different(self.terms(query)))
        if not any_of:
            return []
        self.cursor.execute(
            "SELECT -bm25(pool), id FROM pool WHERE pool MATCH ? ORDER BY bm25(pool) LIMIT ?",
            (any_of, FOUND),
        )
        return self.cursor.fetchall()


def cpu_ms(find, texts):
    begun = time.process_time()
    for text in texts:
        find(text)
    return round((time.process_time() - begun) * 1000 / max(1, len(texts)), 2)


def sqlite(pool, queries, needs):
    found = {}
    for name, tokenizer, terms, split in [
        ("trigram", "trigram", trigrams, lambda text: text),
        ("bigrams", "unicode61", bigrams, lambda text: " ".join(bigrams(text))),
    ]:
        engine = Sqlite(pool, tokenizer, terms, split)
        found[f"sqlite_{name}"] = {
            "ndcg10": quality(engine.find, queries),
            "short_cpu_ms": cpu_ms(engine.find, [need["short"] for need in needs]),
            "para_cpu_ms": cpu_ms(engine.find, [need["para"] for need in needs]),
        }
        print(f"sqlite {sqlite3.sqlite_version} {name}: {found[f'sqlite_{name}']}", flush=True)
    return found


def quoted(text):
    return "'" + text.replace("'", "''").replace("\\", "\\\\") + "'"


def copied(text):
    return text.replace("\\", "\\\\").replace("\t", " ").replace("\n", " ")


def postgres(dsn, pool, queries, needs):
    """One session of psql: loads the pool, asks everything, and its output is read afterwards."""
    psql = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"] + ([dsn] if dsn else [])
    if not shutil.which("psql"):
        return "no psql here; see the beginning of this file"
    try:
        subprocess.run(psql + ["-c", "SELECT 1"], check=True, capture_output=True, timeout=20)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return "no server can be reached; see the beginning of this file"
    asked = [("query", query["text"]) for query in queries]
    asked += [("short", need["short"]) for need in needs]
    asked += [("para", need["para"]) for need in needs]

    def script():
        yield "CREATE TEMP TABLE pool (id text, terms tsvector);\n"
        yield "COPY pool FROM STDIN;\n"
        for line in pool:
            placed = enumerate(bigrams(document(line)), 1)
            terms = " ".join(f"'{term}':{min(at, 16383)}" for at, term in placed)
            yield f"{copied(line['id'])}\t{copied(terms)}\n"
        yield "\\.\nCREATE INDEX ON pool USING gin (terms);\nANALYZE pool;\n\\timing on\n"
        for nth, (_, text) in enumerate(asked):
            any_of = " | ".join(f"'{term}'" for term in different(bigrams(text))) or "'\u0001'"
            asks = f"{quoted(any_of)}::tsquery"
            yield f"\\echo # {nth}\n"
            yield (
                f"SELECT ts_rank(terms, {asks}) AS rank, id FROM pool WHERE terms @@ {asks} "
                f"ORDER BY rank DESC LIMIT {FOUND};\n"
            )

    process = subprocess.Popen(
        psql, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    # Read beside the writing: a full pipe must not stop both.
    answers, times, at = defaultdict(list), {}, 0

    def read():
        nonlocal at
        for line in process.stdout:
            if line.startswith("# "):
                at = int(line[2:])
            elif line.startswith("Time: "):
                times[at] = float(line.split()[1])
            elif "|" in line:
                score, id = line.rstrip("\n").split("|", 1)
                answers[at].append((float(score), id))

    reader = threading.Thread(target=read)
    reader.start()
    for part in script():
        process.stdin.write(part)
    process.stdin.close()
    reader.join()
    if process.wait() != 0 or len(times) != len(asked):
        return "psql ended with an error"
    by_text = {asked[nth][1]: found for nth, found in answers.items()}

    def mean(kind):
        of_kind = [times[nth] for nth, (of, _) in enumerate(asked) if of == kind]
        return round(sum(of_kind) / max(1, len(of_kind)), 2)

    return {
        "ndcg10": quality(lambda text: by_text.get(text, []), queries),
        "short_wall_ms": mean("short"),
        "para_wall_ms": mean("para"),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("pool", "judged", "latency"):
        parser.add_argument(name)
    parser.add_argument("--queries", type=int, default=210)
    parser.add_argument("--needs", type=int, default=20)
    parser.add_argument("--postgres", metavar="DSN", default="")
    arguments = parser.parse_args()
    pool = lines(arguments.pool)
    queries = evenly(lines(arguments.judged), arguments.queries)
    needs = evenly(lines(arguments.latency), arguments.needs)
    found = {"documents": len(pool), "queries": len(queries), "needs": len(needs)}
    found.update(sqlite(pool, queries, needs))
    found["postgres_bigrams"] = postgres(arguments.postgres, pool, queries, needs)
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
