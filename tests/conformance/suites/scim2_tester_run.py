"""Drives scim2-tester through its Python interface and prints one "STATUS<tab>name<tab>detail" line a check."""

import collections
import os
import ssl

import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import ServiceProviderConfig
from scim2_tester import Status, check_server

# The suite's model knows RFC 9865's `pagination` and not yet RFC 9967 section 4's `securityEvents`, refuses whatever it
# does not know, and then tests nothing else.
ServiceProviderConfig.model_config["extra"] = "ignore"
ServiceProviderConfig.model_rebuild(force=True)

OUTCOME = {
    Status.SUCCESS: "PASS",
    Status.COMPLIANT: "PASS",
    Status.ACCEPTABLE: "PASS",
    Status.DEVIATION: "FAIL",
    Status.ERROR: "FAIL",
    Status.CRITICAL: "FAIL",
    Status.SKIPPED: "SKIP",
}

http = httpx2.Client(
    base_url=os.environ["BASE_URL"].rstrip("/") + "/",
    headers={"Authorization": "Bearer " + os.environ["TOKEN"]},
    verify=ssl.create_default_context(cafile=os.environ.get("CA_FILE") or None),
    timeout=60,
)
only = os.environ.get("RESOURCE_TYPES", "").split() or None
seen = collections.Counter()
for result in check_server(SyncSCIMClient(http), resource_types=only):
    data = result.data if isinstance(result.data, dict) else {}
    parts = (getattr(result, "resource_type", None), result.title, data.get("urn"))
    name = "/".join(str(part) for part in parts if part)
    seen[name] += 1
    if seen[name] > 1:
        name += f"#{seen[name]}"
    outcome = OUTCOME[result.status]
    detail = "" if outcome == "PASS" else " ".join(f"{result.status.name} {result.reason or ''}".split())
    print(outcome, name, detail, sep="\t")
