"""What the server must hold: every acknowledged write, and of each unacknowledged one all or nothing.

A user's content is a function of its serial number and its version, and so is a group's, so "whole" is one comparison.
Each user and each membership is written by one worker alone, which has at most one request under way: what a kill
leaves open is at most one write a worker.
"""

import dataclasses

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def user_body(serial, version):
    return {
        "schemas": [USER, ENTERPRISE],
        "userName": f"crash.{serial}@corp.example",
        "externalId": f"u-{serial}-{version}",
        "name": {"givenName": f"Given {serial}", "familyName": f"Family {version}"},
        "displayName": f"User {serial} at {version}",
        "title": f"Title {version}",
        "active": version % 2 == 0,
        "emails": [{"value": f"crash.{serial}.{version}@corp.example", "type": "work", "primary": True}],
        ENTERPRISE: {"employeeNumber": f"E{serial}", "department": f"Department {version}"},
    }


def user_patch(serial, version):
    body = user_body(serial, version)
    values = {
        "externalId": body["externalId"],
        "name.familyName": body["name"]["familyName"],
        "displayName": body["displayName"],
        "title": body["title"],
        "active": body["active"],
        'emails[type eq "work"].value': body["emails"][0]["value"],
        f"{ENTERPRISE}:department": body[ENTERPRISE]["department"],
    }
    return patch(*({"op": "replace", "path": path, "value": value} for path, value in values.items()))


def group_body(serial, version):
    return {"schemas": [GROUP], "displayName": f"Team {serial} at {version}", "externalId": f"g-{serial}"}


def patch(*operations):
    return {"schemas": [PATCH], "Operations": list(operations)}


def add_members(ids):
    return patch({"op": "add", "path": "members", "value": [{"value": id} for id in ids]})


def remove_members(ids):
    if len(ids) == 1:
        return patch({"op": "remove", "path": f'members[value eq "{ids[0]}"]'})
    return patch({"op": "remove", "path": "members", "value": [{"value": id} for id in ids]})


def version_of(resource, body_of, serial):
    """The version a resource is at, or None when it is a mixture of several."""
    told = resource.get("title" if "userName" in resource else "displayName", "").rsplit(" ", 1)[-1]
    if not told.isdigit():
        return None
    wanted = body_of(serial, int(told))
    same = all(resource.get(name) == value for name, value in wanted.items() if name not in ("schemas", "emails"))
    mails = [mail.get("value") for mail in resource.get("emails", [])]
    return int(told) if same and mails == [mail["value"] for mail in wanted.get("emails", [])] else None


@dataclasses.dataclass
class User:
    id: str
    serial: int
    version: int = 0
    groups: set = dataclasses.field(default_factory=set)


@dataclasses.dataclass
class Group:
    id: str
    serial: int
    version: int = 0
    members: set = dataclasses.field(default_factory=set)


@dataclasses.dataclass
class Pending:
    """A request without an answer: what it would do to which resource."""

    kind: str
    serial: int = 0
    user: User = None
    group: Group = None
    ids: tuple = ()


class Model:
    def __init__(self):
        self.users, self.groups, self.touched = {}, {}, set()

    def apply(self, pending, id=None):
        """Takes a write as done."""
        kind, user, group = pending.kind, pending.user, pending.group
        if kind == "create user":
            self.users[id] = User(id, pending.serial)
            self.touched.add(id)
        elif kind == "change user":
            user.version += 1
            self.touched.add(user.id)
        elif kind == "delete user":
            del self.users[user.id]
            self.touched.add(user.id)
            for gid in user.groups:
                self.groups[gid].members.discard(user.id)
        elif kind == "create group":
            self.groups[id] = Group(id, pending.serial)
        elif kind == "rename group":
            group.version += 1
        elif kind == "delete group":
            del self.groups[group.id]
            for uid in group.members:
                self.users[uid].groups.discard(group.id)
                self.touched.add(uid)
        elif kind in ("add members", "remove members"):
            for uid in pending.ids:
                self.touched.add(uid)
                change = set.add if kind == "add members" else set.discard
                change(group.members, uid)
                change(self.users[uid].groups, group.id)
        else:
            raise ValueError(kind)
