"""Harvests a repository with a client from PyPI: `harvest.py CLIENT BASE_URL [FROM]`.

Prints one line of JSON for each record: identifier, datestamp, whether it is deleted, its title.
"""

import json
import sys
import xml.etree.ElementTree as tree

DC = "{http://purl.org/dc/elements/1.1/}title"


def records(client, base, since):
    arguments = {"metadata_prefix": "oai_dc"} if client == "scythe" else {"metadataPrefix": "oai_dc"}
    if since:
        arguments["from_" if client == "scythe" else "from"] = since
    if client == "scythe":
        from oaipmh_scythe import Scythe

        with Scythe(base) as scythe:
            yield from scythe.list_records(**arguments)
    else:
        from sickle import Sickle

        yield from Sickle(base).ListRecords(**arguments)


def main():
    client, base, since = (sys.argv + [None])[1:4]
    for record in records(client, base, since):
        header = record.header
        titles = [] if header.deleted else [e.text for e in tree.fromstring(str(record.raw)).iter(DC)]
        line = [header.identifier, header.datestamp, bool(header.deleted), *titles]
        print(json.dumps(line, ensure_ascii=False))


main()
