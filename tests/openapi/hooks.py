"""What schemathesis cannot know of SCIM: how filters and lists of attributes are written, and what goes together.

Without it, most of what it makes is refused with 400 before it reaches what is to be tested. One request in four is
left as it was made.
"""

import base64
import functools
import json
import os
import random
import ssl
import urllib.request

import schemathesis

FILTERS = [
    "userName pr",
    'userName eq "ann"',
    'userName sw "a" and active eq true',
    'not (displayName co "x") or title pr',
    'emails[type eq "work" and value co "@"]',
    'meta.lastModified gt "2020-01-01T00:00:00Z"',
    'id eq "0190d2c4-7e1a-7a3b-8c4d-5e6f70819203"',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "x"',
]
GROUP_FILTERS = ["displayName pr", 'displayName eq "team"', 'members[value eq "x"]', 'externalId eq "x" or id pr']
ATTRIBUTES = ["id", "externalId", "meta.version", "userName", "displayName", "emails.value", "members", "groups"]
PATCHES = {
    "/Users": [
        {"op": "replace", "path": "displayName", "value": "new name"},
        {"op": "add", "path": "externalId", "value": "42"},
        {"op": "add", "path": "emails", "value": [{"type": "work", "value": "a@example.com", "primary": True}]},
        {"op": "remove", "path": 'emails[type eq "work"]'},
        {"op": "replace", "value": {"title": "another title", "active": False}},
    ],
    "/Groups": [
        {"op": "add", "path": "externalId", "value": "42"},
        {"op": "remove", "path": "externalId"},
        {"op": "remove", "path": 'members[type eq "User"]'},
        {"op": "replace", "value": {"externalId": "43"}},
    ],
}


@functools.cache
def ids(endpoint):
    """Some resources that are there from the first, so that not every id leads to a 404."""
    made = {"/Users": ("User", "userName"), "/Groups": ("Group", "displayName")}.get(endpoint)
    if not made:
        return []
    kind, name = made
    tls = ssl.create_default_context(cafile=os.environ["CA_FILE"])
    found = []
    for number in range(4):
        body = {"schemas": [f"urn:ietf:params:scim:schemas:core:2.0:{kind}"], name: f"{kind} {number} of the probe"}
        request = urllib.request.Request(
            os.environ["BASE_URL"] + endpoint,
            json.dumps(body).encode(),
            {"Authorization": "Bearer " + os.environ["TOKEN"], "Content-Type": "application/scim+json"},
        )
        with urllib.request.urlopen(request, context=tls) as answer:
            found.append(json.load(answer)["id"])
    return found


def as_made(context):
    """Whether a case stays as it was made: all that are meant to be wrong, and some of the others."""
    return random.random() < 0.25


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if not path_parameters or "id" not in path_parameters or as_made(context):
        return path_parameters
    operation = context.operation
    known = ids("/" + operation.path.split("/")[1])
    if not known or operation.method.upper() == "DELETE":
        return path_parameters
    return {**path_parameters, "id": random.choice(known)}


@schemathesis.hook
def map_query(context, query):
    if not query or as_made(context):
        return query
    query = dict(query)
    if "filter" in query:
        groups = context.operation.path.startswith("/Groups")
        query["filter"] = random.choice(GROUP_FILTERS if groups else FILTERS)
    for name in ("attributes", "excludedAttributes"):
        if name in query:
            query[name] = ",".join(random.sample(ATTRIBUTES, random.randint(1, 3)))
    if "attributes" in query:
        query.pop("excludedAttributes", None)  # they exclude one another (RFC 7644 section 3.9)
    return query


@schemathesis.hook
def map_headers(context, headers):
    if headers and context.operation.method.upper() == "POST" and "minimal" in str(headers.get("Prefer")):
        # 201 is then without a body (RFC 7240 section 4.2), which a document cannot say of a status that may have one
        headers = {**headers, "Prefer": "return=representation"}
    return headers


@schemathesis.hook
def map_body(context, body):
    if not isinstance(body, dict) or as_made(context):
        return body
    body = dict(body)
    patches = PATCHES.get("/" + context.operation.path.split("/")[1])
    if patches and context.operation.method.upper() == "PATCH":
        body["Operations"] = random.sample(patches, random.randint(1, 3))
        return body
    for certificate in body.get("x509Certificates") or []:
        if isinstance(certificate, dict) and isinstance(certificate.get("value"), str):
            certificate["value"] = base64.b64encode(certificate["value"].encode()).decode()
    if isinstance(body.get("members"), list):
        body["members"] = []  # members must exist
    return body
