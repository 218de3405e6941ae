#!/usr/bin/env python3
"""Writes the data of the one-day example from `content/*.toml`.

    python3 generate.py           writes the files beside this one
    python3 generate.py --check   says which of them are not as they would be written

Needs Python 3.11 and openpyxl. The same content always gives the same bytes (of an XLSX: the same
parts; how they are deflated depends on zlib). The layouts and the dirt are those that universities
really send: see README.md.
"""

import csv
import io
import json
import re
import sys
import tomllib
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
CONTENT = HERE / "content"
OAI_ID = "oai:ir.seu.edu.cn:kjcg/{}"
FUDAN_ID = "FD2026-{}"
XMU_ID = "XMU-KJ-{}"
PAGE = 15


def load(name, key="r"):
    return tomllib.loads((CONTENT / f"{name}.toml").read_text("utf-8"))[key]


def check_digit(twelve):
    """The check digit of a Chinese patent application number of 2003 or later."""
    weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]
    rest = sum(int(d) * w for d, w in zip(twelve, weights)) % 11
    return "X" if rest == 10 else str(rest)


def patent(record):
    """The number with its check digit, `None` without one; a wrong digit where that is the point."""
    if not record.get("pat"):
        return None
    twelve = record["pat"][0]
    digit = check_digit(twelve)
    if record.get("badcheck"):
        digit = str((int(digit) + 1) % 10) if digit != "X" else "0"
    return f"{twelve}.{digit}"


def full_width(text):
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def completed(number):
    """A day of completion, spread over four years."""
    return date(2022, 1, 10) + timedelta(days=(number * 37) % 1500)


# ── 东南大学：OAI-PMH ─────────────────────────────────────────────────────────────────────────

OAI = """<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">
  <responseDate>2026-05-20T01:30:00Z</responseDate>
  <request verb="{verb}">http://ir.seu.edu.cn/oai</request>
{body}</OAI-PMH>
"""

DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/">'
)


def seu_elements(record, number):
    """The Dublin Core of a record, as three generations of cataloguers would write it."""
    meta, pat = record["meta"], patent(record)
    out = []

    def dc(name, value):
        if value:
            out.append(f"        <dc:{name}>{escape(str(value))}</dc:{name}>\n")

    dc("title", record["title"])
    for person in record["by"].split("；"):
        dc("creator", person)
    dc("publisher", "东南大学")
    keywords = record["kw"].split("；")
    dc("subject", meta.get("field"))
    for keyword in keywords if number % 3 else ["；".join(keywords)]:
        dc("subject", keyword)
    for symbol in record.get("ipc", []):
        dc("subject", symbol if number % 4 else f"{symbol[:4]} {symbol[4:]} (2006.01)")
    dc("description", record["summary"] if number % 2 else f"简介：{record['summary']}")
    problem = ["解决的问题", "技术难题", "拟解决的技术难题"][number % 3]
    if "problem" in record:
        dc("description", f"{problem}：{record['problem']}")
    if "advantage" in record:
        dc("description", f"{['优势', '对比优势'][number % 2]}：{record['advantage']}")
    if "indicators" in record:
        dc("description", f"技术指标：{record['indicators']}")
    if "proof" in record:
        dc("description", f"成熟度依据：{record['proof']}")
    dc("type", meta.get("form"))
    dc("type", meta.get("stage"))
    if "trl" in meta:
        dc("type", [f"TRL{meta['trl']}", f"TRL {meta['trl']}级"][number % 2])
    day = completed(number)
    dc("date", [day.isoformat(), f"{day.year}.{day.month}", f"{day.year}年{day.month}月"][number % 3])
    dc("identifier", f"http://ir.seu.edu.cn/kjcg/{record['id']}")
    if pat:
        dc("identifier", [pat, f"ZL{pat}", full_width(pat), f"ZL {pat}"][number % 4])
    dc("rights", record.get("secrecy", "公开"))
    dc("rights", meta.get("modes"))
    if "price" in meta:
        price = meta["price"]
        labelled = f"转让价格（万元）：{price}" if number % 2 or price == "面议" else f"合作价格：{price}万元"
        dc("rights", labelled)
    if meta.get("trial"):
        dc("rights", "先用后转：是")
    if record.get("declare"):
        dc("rights", "权属声明：权属清晰，东南大学有权处置")
    dc("language", "zh")
    return "".join(out)


def seu_record(identifier, stamp, sets, elements, deleted=False):
    status = ' status="deleted"' if deleted else ""
    specs = "".join(f"<setSpec>{one}</setSpec>" for one in sets)
    header = (
        f"      <header{status}><identifier>{identifier}</identifier>"
        f"<datestamp>{stamp}</datestamp>{specs}</header>\n"
    )
    body = "" if deleted else f"      <metadata>{DC}\n{elements}      </oai_dc:dc></metadata>\n"
    return f"    <record>\n{header}{body}    </record>\n"


def seu(files):
    records = load("seu")
    rendered = []
    for number, record in enumerate(records, 1):
        stamp = f"2026-0{1 + number % 4}-{1 + number % 27:02}T0{number % 10}:30:00Z"
        sets = ["cgzh"] if number % 2 else ["cgzh", "cgzh:huzhou"]
        elements = seu_elements(record, number)
        rendered.append(seu_record(OAI_ID.format(record["id"]), stamp, sets, elements))
    deleted = seu_record(OAI_ID.format("0099"), "2026-04-18T06:00:00Z", ["cgzh"], "", deleted=True)
    rendered.insert(40, deleted)
    size = len(rendered)
    # The server loses its set on a later page, and repeats a record where pages meet.
    thesis = "        <dc:title>城市轨道交通客流预测研究（博士学位论文）</dc:title>\n"
    rendered.insert(52, seu_record("oai:ir.seu.edu.cn:thesis/77", "2026-02-02T00:00:00Z", ["thesis"], thesis))
    pages = [rendered[at : at + PAGE] for at in range(0, len(rendered), PAGE)]
    pages[2].insert(0, pages[1][-1])

    def put(name, verb, body, encoding="utf-8"):
        files[f"seu/{name}"] = OAI.format(verb=verb, body=body).encode(encoding)

    identify = (
        "  <Identify>\n    <repositoryName>东南大学科技成果库</repositoryName>\n"
        "    <baseURL>http://ir.seu.edu.cn/oai</baseURL>\n    <protocolVersion>2.0</protocolVersion>\n"
        "    <adminEmail>kjcg@example.edu.cn</adminEmail>\n"
        "    <earliestDatestamp>2020-01-01T00:00:00Z</earliestDatestamp>\n"
        "    <deletedRecord>transient</deletedRecord>\n"
        "    <granularity>YYYY-MM-DDThh:mm:ssZ</granularity>\n  </Identify>\n"
    )
    put("identify.xml", "Identify", identify)
    routes = [{"query": "verb=Identify", "file": "identify.xml"}]
    query = "verb=ListRecords&metadataPrefix=oai_dc&set=cgzh"
    for at, page in enumerate(pages):
        last = at + 1 == len(pages)
        cursor = f'completeListSize="{size}" cursor="{at * PAGE}"'
        token = f"cgzh|oai_dc|{(at + 1) * PAGE}+{at + 1}"
        mark = f"<resumptionToken {cursor}/>" if last else f"<resumptionToken {cursor}>{token}</resumptionToken>"
        body = "  <ListRecords>\n" + "".join(page) + f"    {mark}\n  </ListRecords>\n"
        # One page comes out of an older system, in another encoding than it says.
        put(f"list-{at + 1}.xml", "ListRecords", body, "gb18030" if at == 3 else "utf-8")
        routes.append({"query": query, "file": f"list-{at + 1}.xml"})
        quoted = "".join(c if re.match(r"[A-Za-z0-9._~-]", c) else f"%{ord(c):02X}" for c in token)
        query = f"verb=ListRecords&resumptionToken={quoted}"
    files["seu/feed.json"] = dump({"pages": routes})


# ── 复旦大学：XLSX ────────────────────────────────────────────────────────────────────────────

FUDAN = "fudan/复旦大学可转化科技成果汇总表.xlsx"
# Header in two rows: (upper, lower). An empty lower one is merged with the upper.
FUDAN_HEADER = [
    ("序号", ""), ("成果编号", ""), ("成果名称", ""), ("完成单位", ""), ("主要完成人", ""),
    ("所属高新技术领域", ""), ("成果简介\n（300字以内）", ""), ("技术难题", ""), ("对比优势", ""),
    ("技术指标", ""), ("知识产权", "专利号"), ("知识产权", "IPC分类号"), ("关键词", ""), ("成果形式", ""),
    ("成熟度", "所处阶段"), ("成熟度", "技术成熟度\n（TRL）"), ("成熟度", "成熟度依据"),
    ("转化意向", "拟采取的转化方式"), ("转化意向", "转让价格\n（万元）"), ("转化意向", "是否先用后转"),
    ("国民经济行业代码", ""), ("权属声明", ""), ("密级", ""), ("完成时间", ""), ("联系人", ""),
]  # fmt: skip


def fudan_row(record, number):
    meta, pat = record["meta"], patent(record)
    ip = pat
    if pat:
        # A cell of digits became a number; others have ZL, blanks or full width.
        forms = [float(pat) if pat[-1] != "X" else pat, f"ZL{pat}", full_width(f"ZL{pat}"), f"ZL {pat}"]
        ip = forms[number % 4]
    day = completed(number)
    serial = (day - date(1899, 12, 30)).days
    when = [day, serial, f"{day.year}.{day.month}", f"{day.year}年{day.month}月"][number % 4]
    price = meta.get("price")
    price = price if price in (None, "面议") else float(price)
    trl = meta.get("trl")
    code = record.get("industry", "")
    return [
        number, FUDAN_ID.format(record["id"]), record["title"], record.get("owner"), record["by"],
        meta.get("field"), record["summary"], record.get("problem"), record.get("advantage"),
        record.get("indicators"), ip, "；".join(record.get("ipc", [])) or None, record["kw"],
        meta.get("form"), meta.get("stage"),
        [trl, f"{trl}级", full_width(str(trl))][number % 3] if trl else None, record.get("proof"),
        meta.get("modes"), price, {True: "是", False: "否"}.get(meta.get("trial")),
        # A code that begins with 0 was typed as text by someone who knew what happens otherwise.
        int(code) if number % 2 and not code.startswith("0") and code else code or None,
        "权属清晰，可转化" if record.get("declare") else None, record.get("secrecy", "公开"), when,
        "科技成果转化中心 021-00000000",
    ]  # fmt: skip


def fudan(files):
    import openpyxl
    from openpyxl.styles import Alignment, Font

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "成果表"
    width = len(FUDAN_HEADER)
    sheet.cell(1, 1, "复旦大学可转化科技成果汇总表（2026年）").font = Font(bold=True, size=16)
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=width)
    sheet.cell(2, 1, "填报单位（盖章）：复旦大学        填报日期：2026年3月12日")
    sheet.merge_cells(start_row=2, end_row=2, start_column=1, end_column=width)
    for column, (upper, lower) in enumerate(FUDAN_HEADER, 1):
        first = column == 1 or FUDAN_HEADER[column - 2][0] != upper
        if first:
            sheet.cell(3, column, upper).alignment = Alignment(horizontal="center", wrap_text=True)
        if lower:
            sheet.cell(4, column, lower)
            span = sum(1 for one, _ in FUDAN_HEADER if one == upper)
            if first:
                sheet.merge_cells(start_row=3, end_row=3, start_column=column, end_column=column + span - 1)
        else:
            sheet.merge_cells(start_row=3, end_row=4, start_column=column, end_column=column)
    row = 5
    for number, record in enumerate(load("fudan"), 1):
        for column, value in enumerate(fudan_row(record, number), 1):
            if value is not None:
                cell = sheet.cell(row, column, value)
                if isinstance(value, date):
                    cell.number_format = "yyyy/m/d"
        row += 1
        if number % 25 == 0:
            row += 1  # a blank row between two colleges
    row += 1
    notes = [
        "填表说明：",
        "1.成果名称应与专利名称或登记证书一致；2.转让价格以万元为单位，未定的填“面议”。",
        "3.涉密成果不得填报。",
    ]
    for note in notes:
        sheet.cell(row, 1, note)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=width)
        row += 1
    codes = book.create_sheet("代码表")
    codes.sheet_state = "hidden"
    for line in (["成果名称", "成果简介", "专利号"], ["（示例）某成果", "仅供下拉选择", ""]):
        codes.append(line)
    files[FUDAN] = reproducible(book)


def reproducible(book):
    """Saves a workbook without the time of saving in it."""
    stamp = datetime(2026, 3, 12)
    book.properties.creator = "taihu"
    book.properties.created = stamp
    raw = io.BytesIO()
    book.save(raw)
    source, target = zipfile.ZipFile(raw), io.BytesIO()
    with zipfile.ZipFile(target, "w") as out:
        for entry in source.infolist():
            data = source.read(entry.filename)
            if entry.filename == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*<", rb"\g<1>2026-03-12T00:00:00Z<", data)
            info = zipfile.ZipInfo(entry.filename, (2026, 3, 12, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(info, data)
    return target.getvalue()


# ── 厦门大学：GB18030 CSV ─────────────────────────────────────────────────────────────────────

XMU = "xmu/厦门大学成果清单.csv"
XMU_HEADER = [
    "编号", "名称", "单位名称", "成果完成人", "战略性新兴产业分类", "摘要", "拟解决的技术难题", "优势",
    "主要技术指标", "专业特长", "专利申请号", "IPC", "成果类型", "技术成熟度", "所处阶段", "验证情况",
    "合作方式", "合作价格（元）", "先用后转", "权属声明", "密级", "研发完成时间",
]  # fmt: skip
# Whose summary an old database cut in the middle of a character.
XMU_CUT = "018"


def xmu_row(record, number):
    meta, pat = record["meta"], patent(record)
    price = meta.get("price", "")
    if price not in ("", "面议"):
        price = f"{int(price) * 10000}"
    field = {"新能源与节能": "新能源", "生物医药与医疗器械": "生物医药", "先进制造": "高端装备制造"}
    day = completed(number)
    comma = ["；", "、", "/"][number % 3]
    return [
        XMU_ID.format(record["id"]), record["title"], record.get("owner", "厦门大学"),
        record["by"].replace("；", "、"), field.get(meta.get("field"), meta.get("field", "")),
        record["summary"], record.get("problem", ""), record.get("advantage", ""),
        record.get("indicators", ""), record["kw"].replace("；", comma),
        f"{pat}" if number % 3 else f"发明专利ZL{pat}" if pat and pat[4] == "1" else pat or "",
        comma.join(record.get("ipc", [])) if number % 3 != 2 else "；".join(record.get("ipc", [])),
        meta.get("form", ""), f"TRL{meta['trl']}" if "trl" in meta else "", meta.get("stage", ""),
        record.get("proof", ""), meta.get("modes", "").replace("；", comma), price,
        {True: "是", False: "否"}.get(meta.get("trial"), ""), "是" if record.get("declare") else "",
        record.get("secrecy", "公开"), f"{day.year}年{day.month}月" if number % 2 else f"{day.year}/{day.month}/{day.day}",
    ]  # fmt: skip


def xmu(files):
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\r\n")
    out.writerow(["厦门大学可转化科技成果清单"] + [""] * (len(XMU_HEADER) - 1))
    out.writerow(XMU_HEADER)
    cut = None
    for number, record in enumerate(load("xmu"), 1):
        row = xmu_row(record, number)
        row[10] = "" if row[10] == "None" else row[10]
        if record["id"] == XMU_CUT:
            cut = record["summary"]
        out.writerow(row)
        if number == 34:
            out.writerow(XMU_HEADER)  # printed in two parts and pasted together
    out.writerow(["注：以上成果由学校科技处汇总，价格为意向价格。"] + [""] * (len(XMU_HEADER) - 1))
    data = text.getvalue().encode("gb18030")
    whole = cut.encode("gb18030")
    half = whole[:151]
    half = half if len(half.decode("gb18030", "ignore").encode("gb18030")) < 151 else whole[:152]
    files[XMU] = data.replace(whole, half, 1)


# ── 需求、来源、预期 ──────────────────────────────────────────────────────────────────────────

IDS = {"seu": OAI_ID, "fudan": FUDAN_ID, "xmu": XMU_ID}
SLUGS = {"seu": "seu-oai", "fudan": "fudan-xlsx", "xmu": "xmu-csv"}
CODES = {
    "pure paper": "not_transferable",
    "classified": "classified",
    "summary too short": "summary_too_short",
    "no title": "title_missing",
    "patent check digit": "ip_check_digit",
    "TRL 12": "trl_range",
}


def dump(value):
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def source_id(short):
    folder, number = short.split("/")
    return IDS[folder].format(number)


def needs(files):
    facts = []
    for need in load("needs", "need"):
        one = {k: v for k, v in need.items() if k not in ("key", "good", "budget_wan")}
        facts.append(one | {"budget_fen": need["budget_wan"] * 1_000_000})
    files["needs.json"] = dump(facts)


def sources(files):
    common = {"tenant": "city", "trust": "partner"}
    oai = {"base_url": "${BASE_URL}", "set": "cgzh", "metadata_prefix": "oai_dc"}
    files["sources.json"] = dump(
        [
            {"slug": "seu-oai", "name": "东南大学科技成果库（OAI-PMH）", "connector": "oai-pmh"}
            | common | {"config": oai, "defaults": {"owner": "东南大学", "secrecy": "公开"}},
            {"slug": "fudan-xlsx", "name": "复旦大学成果汇总表（XLSX）", "connector": "spreadsheet"}
            | common | {"config": {}, "defaults": {"secrecy": "公开"}, "files": [FUDAN]},
            {"slug": "xmu-csv", "name": "厦门大学成果清单（GB18030 CSV）", "connector": "spreadsheet"}
            | common | {"config": {}, "defaults": {"secrecy": "公开"}, "files": [XMU]},
        ]  # fmt: skip
    )


def expected(files):
    """What the demo must find, from the remarks beside the content."""
    found = {"imported": 0, "rejected": 0, "merged": 0, "sources": {}, "merges": [], "unpublishable": {}}
    for folder in IDS:
        records = load(folder)
        rejected, merged = {}, 0
        for record in records:
            why, own = record.get("why", ""), IDS[folder].format(record["id"])
            if why.startswith("merged"):
                merged += 1
                other = re.search(r"(seu|fudan|xmu) (\d+)", why)
                found["merges"].append([own, IDS[other[1]].format(other[2])])
            elif why.startswith("admitted"):
                found["unpublishable"][own] = ["summary"]
            elif why:
                rejected[own] = [code for words, code in CODES.items() if words in why]
        found["sources"][SLUGS[folder]] = {
            "records": len(records), "merged": merged, "rejected": rejected,
            "tombstones": [OAI_ID.format("0099")] if folder == "seu" else [],
        }  # fmt: skip
        found["rejected"] += len(rejected)
        found["merged"] += merged
        found["imported"] += len(records) - len(rejected)
    found["achievements"] = found["imported"] - found["merged"]
    found["needs"] = {
        need["title"]: [source_id(one) for one in need["good"]] for need in load("needs", "need")
    }
    files["expected.json"] = dump(found)


def main():
    files = {}
    for write in (seu, fudan, xmu, needs, sources, expected):
        write(files)
    changed = [name for name, data in files.items() if not same(HERE / name, data)]
    if "--check" in sys.argv[1:]:
        for name in changed:
            print(f"{name} is not as generate.py would write it")
        return 1 if changed else 0
    for name in changed:
        (HERE / name).parent.mkdir(parents=True, exist_ok=True)
        (HERE / name).write_bytes(files[name])
        print(f"wrote {name}, {len(files[name])} bytes")
    return 0


def same(path, data):
    if not path.exists():
        return False
    if path.suffix != ".xlsx":
        return path.read_bytes() == data
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(io.BytesIO(data)) as new:
        return {n: old.read(n) for n in old.namelist()} == {n: new.read(n) for n in new.namelist()}


if __name__ == "__main__":
    sys.exit(main())
