"""Counts conformance results: reads "STATUS<tab>name<tab>detail" lines from standard input.

STATUS is PASS, FAIL, WARN or SKIP. A FAIL whose "name detail" text matches an excuse (one regular expression a line,
'#' starts a comment line) is shown as EXCUSED and does not count. The last line is "<passed> passed, <failed> failed".
Exit status: 0 when nothing failed, 1 when something did, 2 when no check passed or failed at all.
"""

import argparse
import collections
import re
import sys

arguments = argparse.ArgumentParser()
arguments.add_argument("suite")
arguments.add_argument("--excuses")
arguments.add_argument("--verbose", action="store_true")
arguments.add_argument("--min", type=int, default=0)
arguments = arguments.parse_args()

excuses = []
if arguments.excuses:
    with open(arguments.excuses, encoding="utf-8") as lines:
        excuses = [re.compile(line.rstrip("\n")) for line in lines if line.strip() and not line.startswith("#")]

counts = collections.Counter()
rows = []
for line in sys.stdin:
    status, name, detail = (line.rstrip("\n").split("\t", 2) + ["", ""])[:3]
    if status not in ("PASS", "FAIL", "WARN", "SKIP"):
        continue
    if status == "FAIL" and any(excuse.search(f"{name} {detail}") for excuse in excuses):
        status = "EXCUSED"
    counts[status] += 1
    rows.append((status, name, detail))

counted = counts["PASS"] + counts["FAIL"] + counts["EXCUSED"]
if counted < arguments.min:
    counts["FAIL"] += 1
    rows.append(("FAIL", "runner", f"only {counted} checks counted, {arguments.min} wanted"))

for status, name, detail in rows:
    if arguments.verbose or status not in ("PASS", "SKIP"):
        print(f"{status:8}{name}" + (f": {detail[:400]}" if detail else ""))
print(f"{arguments.suite}: {counts['WARN']} warnings, {counts['SKIP']} skipped, {counts['EXCUSED']} excused")
print(f"{counts['PASS']} passed, {counts['FAIL']} failed", flush=True)
sys.exit(1 if counts["FAIL"] else 0 if counts["PASS"] else 2)
