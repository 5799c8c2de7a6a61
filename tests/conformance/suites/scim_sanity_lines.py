"""Turns the result document of scim-sanity into one "STATUS<tab>name<tab>detail" line a check."""

import json
import sys

KIND = {"pass": "PASS", "fail": "FAIL", "error": "FAIL", "warn": "WARN", "skip": "SKIP"}

text = sys.stdin.read()
try:
    document = json.loads(text[text.index("{") :])
except ValueError:
    print("FAIL", "runner", "no result document: " + " ".join(text.split())[:300], sep="\t")
    sys.exit()
for result in document["results"]:
    status = KIND.get(str(result["status"]).lower(), "FAIL")
    detail = "" if status == "PASS" else " ".join(str(result.get("message") or "").split())
    phase = (result.get("phase") or "").split(" — ")[0]
    print(status, f"{phase}/{result['name']}", detail, sep="\t")
