"""One client that writes without pause until the server is killed under it."""

import http.client
import json
import random
import threading

import model


class Refused(Exception):
    """An answer that no write of this test should get."""


class Worker(threading.Thread):
    def __init__(self, number, seed, world, appliance, shared, own_groups, own_users, serials, journal, killed):
        super().__init__(daemon=True)
        self.name = f"worker {number}"
        self.random = random.Random(seed)
        self.model, self.shared, self.serials = world, shared, serials
        self.users, self.groups = own_users, own_groups
        self.client = appliance.client()
        self.journal, self.killed = journal, killed
        self.pending, self.fault, self.acknowledged = None, None, 0

    def run(self):
        try:
            while not self.killed.is_set():
                self.step()
        except (OSError, http.client.HTTPException) as error:
            if not self.killed.is_set():
                self.fault = f"{self.name}: the connection broke before the kill: {error!r}, {self.pending}"
        except Refused as error:
            self.fault = f"{self.name}: {error}"

    def write(self, pending, method, path, body, wanted):
        """Sends one write; it is pending until its whole answer is here."""
        self.pending = pending
        self.journal.put(self.name, "sent", method, path, body)
        answer = self.client.send(method, path, body)
        self.journal.put(self.name, "answered", answer.status)
        if answer.status not in wanted:
            raise Refused(f"{method} {path} {json.dumps(body)} was answered {answer}")
        id = answer.json["id"] if answer.status == 201 else None
        self.model.apply(pending, id)
        self.pending = None
        self.acknowledged += 1
        return id

    def step(self):
        roll = self.random.random()
        if len(self.users) < 4 or roll < 0.28:
            self.create_user()
        elif roll < 0.52:
            self.change_user("PATCH")
        elif roll < 0.58:
            self.change_user("PUT")
        elif roll < 0.78:
            self.add_members()
        elif roll < 0.88:
            self.remove_members()
        elif roll < 0.95:
            self.delete_user()
        elif len(self.groups) < 2 or roll < 0.97:
            self.create_group()
        elif roll < 0.99:
            self.rename_group()
        else:
            self.delete_group()

    def create_user(self):
        serial = next(self.serials)
        pending = model.Pending("create user", serial=serial)
        self.users.append(self.write(pending, "POST", "/Users", model.user_body(serial, 0), {201}))

    def change_user(self, method):
        user = self.model.users[self.random.choice(self.users)]
        make = model.user_patch if method == "PATCH" else model.user_body
        body = make(user.serial, user.version + 1)
        self.write(model.Pending("change user", user=user), method, f"/Users/{user.id}", body, {200, 204})

    def delete_user(self):
        user = self.model.users[self.random.choice(self.users)]
        self.users.remove(user.id)
        self.write(model.Pending("delete user", user=user), "DELETE", f"/Users/{user.id}", None, {204})

    def add_members(self):
        group = self.model.groups[self.random.choice(self.shared + self.groups)]
        free = [id for id in self.random.sample(self.users, min(12, len(self.users))) if id not in group.members]
        ids = tuple(free[: self.random.randint(1, 3)])
        if ids:
            pending = model.Pending("add members", group=group, ids=ids)
            self.write(pending, "PATCH", f"/Groups/{group.id}", model.add_members(ids), {200, 204})

    def remove_members(self):
        user = self.model.users[self.random.choice(self.users)]
        if not user.groups:
            return
        group = self.model.groups[self.random.choice(sorted(user.groups))]
        others = [id for id in self.random.sample(self.users, min(12, len(self.users))) if id in group.members]
        ids = tuple(dict.fromkeys([user.id, *others[: self.random.randint(0, 2)]]))
        pending = model.Pending("remove members", group=group, ids=ids)
        self.write(pending, "PATCH", f"/Groups/{group.id}", model.remove_members(ids), {200, 204})

    def create_group(self):
        serial = next(self.serials)
        pending = model.Pending("create group", serial=serial)
        self.groups.append(self.write(pending, "POST", "/Groups", model.group_body(serial, 0), {201}))

    def rename_group(self):
        group = self.model.groups[self.random.choice(self.groups)]
        name = model.group_body(group.serial, group.version + 1)["displayName"]
        body = model.patch({"op": "replace", "path": "displayName", "value": name})
        self.write(model.Pending("rename group", group=group), "PATCH", f"/Groups/{group.id}", body, {200, 204})

    def delete_group(self):
        group = self.model.groups[self.random.choice(self.groups)]
        self.groups.remove(group.id)
        self.write(model.Pending("delete group", group=group), "DELETE", f"/Groups/{group.id}", None, {204})
