"""Compares a restarted server with the model, after settling what became of the unacknowledged writes."""

import urllib.parse

import model


class Lost(Exception):
    """The server does not hold what it acknowledged, or holds half of a write."""


class Check:
    def __init__(self, world, client):
        self.model, self.client = world, client
        self.members = {}

    def settle(self, pending):
        """Finds out whether an unacknowledged write happened; takes it into the model if it did."""
        kind, user, group = pending.kind, pending.user, pending.group
        happened, id = False, None
        if kind in ("create user", "create group"):
            id = self.find(kind, pending.serial)
            happened = id is not None
        elif kind == "change user":
            happened = self.version(user) == user.version + 1
        elif kind == "delete user":
            happened = self.get(f"/Users/{user.id}") is None
        elif kind == "rename group":
            happened = self.version(group) == group.version + 1
        elif kind == "delete group":
            happened = self.get(f"/Groups/{group.id}") is None
        elif kind in ("add members", "remove members"):
            there = self.members_of(group.id) & set(pending.ids)
            if there and there != set(pending.ids):
                raise Lost(f"half of an unacknowledged write is there: {pending}, of its ids {sorted(there)} are members")
            happened = bool(there) == (kind == "add members")
        if happened:
            self.model.apply(pending, id)
        return happened

    def find(self, kind, serial):
        """The id of a resource whose creation was not acknowledged; every index must agree that it is there."""
        if kind == "create user":
            body, path = model.user_body(serial, 0), "/Users"
            filters = [f'userName eq "{body["userName"]}"', f'emails.value eq "{body["emails"][0]["value"]}"']
        else:
            body, path = model.group_body(serial, 0), "/Groups"
            filters = [f'displayName eq "{body["displayName"]}"']
        filters.append(f'externalId eq "{body["externalId"]}"')
        found = []
        for text in filters:
            answer = self.ok("GET", f"{path}?filter={urllib.parse.quote(text)}").json
            found.append(tuple(resource["id"] for resource in answer.get("Resources", [])))
        if len(set(found)) > 1 or len(found[0]) > 1:
            raise Lost(f"filters on serial {serial} disagree: {dict(zip(filters, found))}")
        if not found[0]:
            return None
        resource, body_of = self.get(f"{path}/{found[0][0]}"), model.user_body if path == "/Users" else model.group_body
        if resource is None or model.version_of(resource, body_of, serial) != 0:
            raise Lost(f"half of an unacknowledged {kind} is there: {resource}")
        return found[0][0]

    def version(self, expected):
        """The version a resource that must be there is at."""
        is_user = isinstance(expected, model.User)
        path = f"/{'Users' if is_user else 'Groups'}/{expected.id}"
        resource = self.get(path)
        if resource is None:
            raise Lost(f"{path} is gone, {expected}")
        version = model.version_of(resource, model.user_body if is_user else model.group_body, expected.serial)
        if version is None:
            raise Lost(f"{path} is a mixture of versions, {expected}: {resource}")
        return version

    def user(self, id):
        expected, resource = self.model.users.get(id), self.get(f"/Users/{id}")
        self.same_user(id, expected, resource)

    def same_user(self, id, expected, resource):
        if expected is None or resource is None:
            if expected or resource:
                raise Lost(f"user {id}: expected {expected}, found {resource}")
            return
        version = model.version_of(resource, model.user_body, expected.serial)
        groups = {group["value"] for group in resource.get("groups", []) if group.get("type", "direct") == "direct"}
        if version != expected.version or groups != expected.groups:
            raise Lost(f"user {id}: expected {expected}, found version {version} in {groups}: {resource}")

    def group(self, expected):
        if self.version(expected) != expected.version:
            raise Lost(f"group {expected.id}: expected version {expected.version}, found {self.version(expected)}")
        there = self.members_of(expected.id)
        if there != expected.members:
            gone, extra = expected.members - there, there - expected.members
            raise Lost(f"group {expected.id}: lost members {sorted(gone)}, members nobody added {sorted(extra)}")

    def members_of(self, id):
        if id not in self.members:
            resource = self.get(f"/Groups/{id}")
            if resource is None:
                raise Lost(f"group {id} is gone")
            self.members[id] = {member["value"] for member in resource.get("members", [])}
        return self.members[id]

    def totals(self):
        for path, expected in (("/Users", self.model.users), ("/Groups", self.model.groups)):
            total = self.ok("GET", f"{path}?count=0").json["totalResults"]
            if total != len(expected):
                raise Lost(f"GET {path} counts {total}, acknowledged are {len(expected)}")

    def every_user(self):
        """Walks the whole list and compares each user."""
        seen, page = set(), 200
        while True:
            listed = self.ok("GET", f"/Users?startIndex={len(seen) + 1}&count={page}").json.get("Resources", [])
            for resource in listed:
                seen.add(resource["id"])
                self.same_user(resource["id"], self.model.users.get(resource["id"]), resource)
            if not listed or len(seen) >= len(self.model.users):
                break
        if seen != set(self.model.users):
            raise Lost(f"the list lacks {sorted(set(self.model.users) - seen)[:20]}")

    def get(self, path):
        answer = self.client.send("GET", path)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise Lost(f"GET {path} was answered {answer}")
        return answer.json

    def ok(self, method, path):
        answer = self.client.send(method, path)
        if answer.status != 200:
            raise Lost(f"{method} {path} was answered {answer}")
        return answer
