"""A repository by `oaipmh` under `waitress`: `repository.py RECORDS.json`.

Prints its address, then answers until its standard input ends. The records are read anew for every
request: a list of objects with `id`, `stamp` (seconds, UTC), `sets`, and either `deleted` or `dc`, the
elements of Dublin Core. Pages have ten records.
"""

import datetime
import json
import os
import sys
import threading
import urllib.parse

import waitress.server
from oaipmh import common, error, metadata, server

PAGE = 10


class Repository(common.ResumptionOAIPMH):
    def __init__(self, path):
        self.path = path

    def records(self):
        with open(self.path, encoding="utf-8") as file:
            return json.load(file)

    def identify(self):
        return common.Identify(
            repositoryName="test",
            baseURL="http://127.0.0.1/oai",
            protocolVersion="2.0",
            adminEmails=["nobody@example.org"],
            earliestDatestamp=datetime.datetime(2020, 1, 1),
            deletedRecord="persistent",
            granularity="YYYY-MM-DDThh:mm:ssZ",
            compression=["identity"],
        )

    def listMetadataFormats(self, identifier=None):
        schema = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
        return [("oai_dc", schema, server.NS_OAIDC)]

    def listSets(self):
        return [(name, name, None) for name in sorted({s for r in self.records() for s in r["sets"]})]

    def listRecords(self, metadataPrefix, from_=None, until=None, set=None):
        if metadataPrefix != "oai_dc":
            raise error.CannotDisseminateFormatError(metadataPrefix)
        found = []
        for one in self.records():
            stamp = datetime.datetime.fromisoformat(one["stamp"])
            within = (not from_ or stamp >= from_) and (not until or stamp <= until)
            inside = not set or any(s == set or s.startswith(set + ":") for s in one["sets"])
            if within and inside:
                header = common.Header(None, one["id"], stamp, one["sets"], one.get("deleted", False))
                found.append((header, common.Metadata(None, one.get("dc", {})), None))
        return found


def main():
    registry = metadata.MetadataRegistry()
    registry.registerWriter("oai_dc", server.oai_dc_writer)
    repository = server.Server(Repository(sys.argv[1]), registry, resumption_batch_size=PAGE)

    def application(environ, start_response):
        query = dict(urllib.parse.parse_qsl(environ["QUERY_STRING"]))
        body = repository.handleRequest(query)
        head = [("Content-Type", "text/xml; charset=utf-8"), ("Content-Length", str(len(body)))]
        start_response("200 OK", head)
        return [body]

    listening = waitress.server.create_server(application, host="127.0.0.1", port=0)
    print(f"http://127.0.0.1:{listening.effective_port}/oai", flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    listening.run()


main()
