#!/usr/bin/env python3
"""Writes the recorded samples of six universities from `content.toml`.

    python3 generate.py           writes the files beside this one
    python3 generate.py --check   says which of them are not as they would be written

Needs Python 3.11, openpyxl and xlwt. The content is fictional; numbers have right check digits.
"""

import csv
import io
import json
import re
import sys
import tomllib
import zipfile
from datetime import date, datetime
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
CONTENT = tomllib.loads((HERE / "content.toml").read_text("utf-8"))
SLUGS = ["tsinghua", "seu", "fudan", "sjtu", "hit", "xmu"]


def patent(slug, number):
    """A number of its own for each record, with its check digit (DOMAIN: Σ dᵢwᵢ mod 11)."""
    kind = 2 if number % 4 == 2 else 1
    serial = 3_100_000 + SLUGS.index(slug) * 70_003 + number * 7_919
    twelve = f"{2020 + number % 5}{kind}{serial:07}"
    weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]
    rest = sum(int(d) * w for d, w in zip(twelve, weights)) % 11
    return f"{twelve}.{'X' if rest == 10 else rest}"


def right(slug, number):
    return CONTENT[slug][number - 1].get("soft") or patent(slug, number)


def wrong(text):
    """The same number with another check digit."""
    return text[:-1] + ("1" if text[-1] == "0" else "0")


def records(slug):
    return list(enumerate(CONTENT[slug], 1))


def dump(data):
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def replies(entries):
    return dump({"replies": entries})


# ── 清华大学：JSON 接口，按页码翻页，代码表 ──────────────────────────────────────────────────────

STAGES = {"初期": "1", "中期": "2", "成熟应用": "3"}
MODES = {"转让": "01", "许可": "02", "合作实施": "03", "作价投资": "04", "先用后转": "06", "技术服务": "07"}


def tsinghua(files):
    items = []
    for number, record in records("tsinghua"):
        items.append(
            {
                "cgId": 880_100 + number,
                "cgmc": record["title"],
                "cgjj": f"<p>{record['summary']}</p>",
                "yxmc": ["能源系", "机械系", "能源系", "电子系", "材料学院"][number - 1],
                "wcrList": [{"xm": name, "px": at} for at, name in enumerate(record["by"], 1)],
                "zscq": [{"lx": "发明专利", "sqh": patent("tsinghua", number)}],
                "ipc": record["ipc"],
                "jsly": record["field"],
                "cgxs": record["form"],
                "jdDm": STAGES[record["stage"]],
                "trl": record["trl"],
                "gjc": ";".join(record["kw"]),
                "zhfsDm": [MODES[mode] for mode in record["modes"]],
                "jg": {"je": record["price"], "dw": "万元"} if "price" in record else None,
                "wcsj": 1_700_000_000_000 + number * 5_000_000_000,
                "gxsj": f"2026-03-{10 + number} 09:30:00",
                "zt": "FB",
            }
        )
    # One number was mistyped; one record was taken down.
    bad = dict(items[0], cgId=880_190, cgmc="盐湖提锂吸附剂成型方法")
    bad["zscq"] = [{"lx": "发明专利", "sqh": wrong(patent("tsinghua", 9))}]
    gone = {"cgId": 880_191, "cgmc": "已下架", "zt": "XJ", "gxsj": "2026-03-20 10:00:00"}
    items += [bad, gone]
    base = "https://kjcg.tsinghua.example.edu.cn/openapi/achievement/page"
    entries = []
    for page in range(1, 4):
        rows = items[(page - 1) * 3 : page * 3]
        body = {"code": 0, "msg": "success", "data": {"total": len(items), "current": page, "records": rows}}
        files[f"tsinghua/page-{page}.json"] = dump(body)
        entries.append({"url": f"{base}?current={page}&size=3", "file": f"page-{page}.json"})
    files["tsinghua/replies.json"] = replies(entries)


# ── 东南大学：OAI-PMH ─────────────────────────────────────────────────────────────────────────

OAI = """<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">
  <responseDate>2026-05-20T01:30:00Z</responseDate>
  <request verb="{verb}">https://ir.seu.example.edu.cn/oai</request>
{body}</OAI-PMH>
"""


def seu(files):
    rendered = []
    for number, record in records("seu"):
        price = f"{record['price']}万元" if "price" in record else "面议"
        elements = [
            ("title", record["title"]), ("publisher", "东南大学"), ("subject", record["field"]),
            ("description", f"简介：{record['summary']}"), ("type", record["form"]), ("type", record["stage"]),
            ("type", f"TRL{record['trl']}"), ("date", f"2025-0{number}-15"),
            ("identifier", f"https://ir.seu.example.edu.cn/kjcg/{number}"),
            ("identifier", f"ZL{patent('seu', number)}"), ("rights", "公开"),
            ("rights", "；".join(record["modes"])), ("rights", f"转让价格：{price}"),
        ]  # fmt: skip
        elements += [("creator", name) for name in record["by"]]
        elements += [("subject", word) for word in [*record["kw"], *record["ipc"]]]
        dc = "".join(f"        <dc:{name}>{escape(text)}</dc:{name}>\n" for name, text in elements)
        rendered.append(
            f"    <record>\n      <header><identifier>oai:ir.seu.example.edu.cn:kjcg/{number}</identifier>"
            f"<datestamp>2026-03-0{number}T02:00:00Z</datestamp><setSpec>kjcg</setSpec></header>\n"
            '      <metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/">\n{dc}      </oai_dc:dc></metadata>\n    </record>\n'
        )
    rendered.append(
        '    <record>\n      <header status="deleted"><identifier>oai:ir.seu.example.edu.cn:kjcg/90</identifier>'
        "<datestamp>2026-03-09T02:00:00Z</datestamp><setSpec>kjcg</setSpec></header>\n    </record>\n"
    )
    identify = (
        "  <Identify>\n    <repositoryName>东南大学科技成果库</repositoryName>\n"
        "    <baseURL>https://ir.seu.example.edu.cn/oai</baseURL>\n    <protocolVersion>2.0</protocolVersion>\n"
        "    <adminEmail>kjcg@example.edu.cn</adminEmail>\n"
        "    <earliestDatestamp>2020-01-01T00:00:00Z</earliestDatestamp>\n"
        "    <deletedRecord>persistent</deletedRecord>\n"
        "    <granularity>YYYY-MM-DDThh:mm:ssZ</granularity>\n  </Identify>\n"
    )
    base = "https://ir.seu.example.edu.cn/oai"
    files["seu/identify.xml"] = OAI.format(verb="Identify", body=identify).encode()
    entries = [{"url": f"{base}?verb=Identify", "file": "identify.xml"}]
    pages = [rendered[:3], rendered[3:]]
    for at, page in enumerate(pages):
        attributes = f'completeListSize="{len(rendered)}" cursor="{at * 3}"'
        token = "kjcg|oai_dc|3"
        mark = f"<resumptionToken {attributes}>{token if at == 0 else ''}</resumptionToken>"
        body = "  <ListRecords>\n" + "".join(page) + f"    {mark}\n  </ListRecords>\n"
        files[f"seu/list-{at + 1}.xml"] = OAI.format(verb="ListRecords", body=body).encode()
        query = f"resumptionToken={quote(token, safe='')}" if at else "metadataPrefix=oai_dc&set=kjcg"
        entries.append({"url": f"{base}?verb=ListRecords&{query}", "file": f"list-{at + 1}.xml"})
    files["seu/replies.json"] = replies(entries)


# ── 复旦大学：XLSX，两行表头 ──────────────────────────────────────────────────────────────────

FUDAN = "fudan/files/复旦大学可转化科技成果汇总表.xlsx"


def fudan(files):
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "成果表"
    sheet["A1"] = "复旦大学可转化科技成果汇总表"
    sheet["A2"] = "填报单位（盖章）：复旦大学        填报日期：2026年3月12日"
    upper = ["序号", "成果编号", "成果名称", "技术领域", "成果简介", "知识产权", "", "关键词", "成熟度", "", "转化意向", "", "完成人", "密级", "完成时间"]
    lower = ["", "", "", "", "", "专利号", "IPC分类号", "", "所处阶段", "TRL", "拟采取的转化方式", "转让价格（万元）", "", "", ""]
    for column, (above, below) in enumerate(zip(upper, lower), 1):
        sheet.cell(3, column, above or None)
        sheet.cell(4, column, below or None)
        if above and not below:
            sheet.merge_cells(start_row=3, end_row=4, start_column=column, end_column=column)
    for first in ("F3:G3", "I3:J3", "K3:L3", "A1:O1", "A2:O2"):
        sheet.merge_cells(first)
    for number, record in records("fudan"):
        ip = patent("fudan", number)
        # A cell of digits became a number, which takes a last 0 with it.
        ip = float(ip) if ip[-1] != "X" and number % 2 else f"ZL {ip}"
        when = [date(2025, 3, 1), "2025.6", "2024年11月", "2025-01-08"][number - 1]
        sheet.append([
            number, f"FDKJ-2026-{number:03}", record["title"], record["field"], record["summary"], ip,
            "；".join(record["ipc"]), "、".join(record["kw"]), record["stage"], record["trl"],
            "/".join(record["modes"]), record.get("price", "面议"), "；".join(record["by"]), "公开", when,
        ])  # fmt: skip
    sheet.append([5, "FDKJ-2026-005", "某型装备专用材料", "新材料", records("fudan")[0][1]["summary"], None, None, None, "中期", 6, "许可", 10, "匿名", "秘密", "2025.1"])
    sheet.append([6, "FDKJ-2026-006", "筛选前的草稿", "新材料", "草稿", None, None, None, None, None, None, None, None, None, None])
    sheet.row_dimensions[sheet.max_row].hidden = True
    sheet.append([None])
    sheet.append(["注：涉密成果不得填报。"])
    files[FUDAN] = reproducible(book)


def reproducible(book):
    """Saves a workbook without the time of saving in it."""
    book.properties.creator = "taihu"
    book.properties.created = datetime(2026, 3, 12)
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


# ── 上海交通大学：JSON 接口，按链接翻页 ──────────────────────────────────────────────────────────


def sjtu(files):
    base = "https://tlo.sjtu.example.edu.cn/api/v2/technologies"
    items = []
    for number, record in records("sjtu"):
        items.append(
            {
                "id": f"SJTU-TLO-{number:04}",
                "title": {"zh": record["title"]},
                "abstract": {"zh": record["summary"]},
                "inventors": [{"name": name, "school": "机械与动力工程学院"} for name in record["by"]],
                "ip": [{"number": right("sjtu", number), "status": "granted"}],
                "classification": {"ipc": record["ipc"], "field": record["field"]},
                "readiness": {"trl": record["trl"], "stage": record["stage"]},
                "kind": record["form"],
                "tags": record["kw"],
                "licensing": {"modes": record["modes"], "price_cny": record["price"] * 10_000},
                "classified": False,
                "completed": f"2025-{number + 3:02}",
                "updated_at": f"2026-04-0{number}T08:00:00Z",
                "links": {"html": f"https://tlo.sjtu.example.edu.cn/t/{number}"},
            }
        )
    entries = []
    for page in (1, 2):
        more = {"next": "/api/v2/technologies?limit=2&after=SJTU-TLO-0002"} if page == 1 else {}
        files[f"sjtu/page-{page}.json"] = dump({"items": items[(page - 1) * 2 : page * 2], "_links": more})
        after = "&after=SJTU-TLO-0002" if page == 2 else ""
        entries.append({"url": f"{base}?limit=2{after}", "file": f"page-{page}.json"})
    files["sjtu/replies.json"] = replies(entries)


# ── 哈尔滨工业大学：XLS（BIFF8），以元计价 ─────────────────────────────────────────────────────

HIT = "hit/files/哈尔滨工业大学技术成果报送.xls"


def hit(files):
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("报送表")
    sheet.write_merge(0, 0, 0, 11, "哈尔滨工业大学向湖州市报送技术成果")
    sheet.write_merge(1, 1, 0, 5, "报送单位（盖章）：哈尔滨工业大学")
    sheet.write_merge(1, 1, 6, 11, "金额单位：万元")
    header = ["编号", "技术名称", "高新技术领域", "技术简介", "授权专利号", "国际专利分类号", "关键词", "成果类型", "技术成熟度", "意向合作方式", "意向价格", "研发完成时间", "研发团队"]
    for column, name in enumerate(header):
        sheet.write(2, column, name)
    day = xlwt.easyxf(num_format_str="yyyy/m/d")
    for number, record in records("hit"):
        row = [
            f"HIT{number:03}", record["title"], record["field"], record["summary"], patent("hit", number),
            "；".join(record["ipc"]), "；".join(record["kw"]), record["form"], f"{record['trl']}级",
            "、".join(record["modes"]), record["price"],
        ]  # fmt: skip
        for column, value in enumerate(row):
            sheet.write(2 + number, column, value)
        sheet.write(2 + number, 11, date(2025, number, 20), day)
        sheet.write(2 + number, 12, "、".join(record["by"]))
    last = 3 + len(CONTENT["hit"])
    sheet.write(last, 0, "合计")
    sheet.write(last, 10, sum(record["price"] for record in CONTENT["hit"]))
    sheet.write_merge(last + 1, last + 1, 0, 11, "填表人：某某    联系电话：0451-00000000")
    raw = io.BytesIO()
    book.save(raw)
    files[HIT] = raw.getvalue()


# ── 厦门大学：登记系统导出的 GB18030 CSV ─────────────────────────────────────────────────────────

XMU = "xmu/files/厦门大学成果登记导出.csv"


def xmu(files):
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(["成果登记号", "登记日期", "成果名称", "第一完成单位", "完成人", "成果体现形式", "成果水平", "应用行业", "所属高新技术领域", "成果简介", "所处阶段", "专利号", "关键词", "推广形式", "转让价格（元）", "成果密级", "课题来源"])
    industries = ["C2770", "C2641", "A0412", "C3849"]
    for number, record in records("xmu"):
        ip = patent("xmu", number)
        rows.writerow([
            f"93520260{number:04}", f"2026-02-{10 + number}", record["title"], "厦门大学", "、".join(record["by"]),
            record["form"], ["国际先进", "国内领先", "未评价", "国际先进"][number - 1], industries[number - 1],
            record["field"], record["summary"], record["stage"], f'="{ip}"' if number % 2 else f"ZL{ip}",
            "；".join(record["kw"]), "、".join(record["modes"]),
            f"{record['price'] * 10_000:,}" if "price" in record else "面议", "公开", "横向课题",
        ])  # fmt: skip
    files[XMU] = out.getvalue().encode("gb18030")


def main():
    files = {}
    for write in (tsinghua, seu, fudan, sjtu, hit, xmu):
        write(files)
    if "--check" in sys.argv[1:]:
        stale = [name for name, data in files.items() if (HERE / name).read_bytes() != data]
        print("\n".join(stale) or "ok")
        sys.exit(1 if stale else 0)
    for name, data in files.items():
        path = HERE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    main()
