"""Counts what schemathesis found, and looks whether every operation was answered with success at least once.

    tally.py JUNIT HAR

A run whose every request is refused proves nothing of the answers. The last line is "N passed, N failed".
"""

import json
import os
import re
import ssl
import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree as xml

METHODS = "get", "post", "put", "patch", "delete"


def operations():
    """Every operation of the document as (method, path, pattern)."""
    tls = ssl.create_default_context(cafile=os.environ["CA_FILE"])
    with urllib.request.urlopen(os.environ["BASE_URL"] + "/openapi.json", context=tls) as document:
        paths = json.load(document)["paths"]
    for path, item in paths.items():
        if path == "/Me":  # the account of the probe stands for no user; the numbered tests have one that does
            continue
        pattern = re.compile("/scim/v2" + re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)) + "$")
        for method in METHODS:
            if method in item:
                yield method.upper(), path, pattern


def main(junit, har):
    cases = list(xml.parse(junit).iter("testcase"))
    failed = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
    with open(har, encoding="utf-8") as file:
        entries = json.load(file)["log"]["entries"]
    good = {
        (entry["request"]["method"], urllib.parse.urlsplit(entry["request"]["url"]).path)
        for entry in entries
        if 200 <= entry["response"]["status"] < 300
    }
    for method, path, pattern in operations():
        if not any(m == method and pattern.match(p) for m, p in good):
            print(f"{method} {path} was never answered with success")
            failed += 1
    print(f"{len(cases) - failed} passed, {failed} failed")
    sys.exit(1 if failed or not cases else 0)


main(*sys.argv[1:])
