/** What the mock answers on the pages of upkeep: safety, recycle bin, streams, schemas. A few rows, kept in memory. */

import { randomUUID } from "node:crypto";

const HOUR_MS = 3_600_000;

/** @param {number} hours */
function hoursAgo(hours) {
  return new Date(Date.now() - hours * HOUR_MS).toISOString();
}

/** @param {unknown} body @param {number} [status] */
function answered(body, status = 200) {
  return { status, body };
}

const NOTHING = { status: 204, body: undefined };
const MISSING = { status: 404, body: { error: { code: "notFound", message: "there is no such thing" } } };

export class Upkeep {
  limits = {
    usersPerHour: { least: 50, percent: 10 },
    groupsPerHour: { least: 50, percent: 10 },
    membersAtOnce: 50,
    spareMinutes: 60,
  };
  /** @type {Record<string, string[]>} */
  protected = { users: [], groups: [] };
  /** @type {import("../src/api/types").Held[]} */
  held = [
    {
      id: randomUUID(),
      account: { id: randomUUID(), name: "Microsoft Entra ID" },
      subject: { kind: "users" },
      limit: 50,
      attempts: 213,
      firstAt: hoursAgo(2),
      lastAt: hoursAgo(0.1),
      resources: [],
      named: ["ann.berg@example.com", "bo.ito@example.com"],
      allowed: null,
    },
  ];
  /** @type {import("../src/api/types").BinRow[]} */
  bin = ["ann.berg@example.com", "bo.ito@example.com", "Night shift"].map((display, at) => ({
    id: randomUUID(),
    resourceType: at === 2 ? "Group" : "User",
    display,
    userName: at === 2 ? null : display,
    deletedAt: hoursAgo(at * 7 + 1),
    deletedBy: { id: randomUUID(), name: "Microsoft Entra ID" },
    purgeAt: null,
  }));
  /** @type {import("../src/api/types").Stream[]} */
  streams = [];
  /** @type {import("../src/api/types").Definitions} */
  definitions = {
    schemas: [
      {
        id: "urn:ietf:params:scim:schemas:core:2.0:User",
        name: "User",
        description: "User Account",
        attributes: [{ name: "userName" }, { name: "active" }],
        source: { kind: "builtIn" },
        resourceTypes: ["User"],
      },
    ],
    resourceTypes: [
      {
        name: "User",
        endpoint: "/Users",
        schema: "urn:ietf:params:scim:schemas:core:2.0:User",
        source: { kind: "builtIn" },
        resources: 420,
      },
    ],
    indexes: [
      {
        number: 1,
        resourceType: "User",
        attribute: "userName",
        unique: true,
        state: "ready",
        source: { kind: "builtIn" },
      },
    ],
    removing: [],
    presets: [{ name: "oktaGovernance", enabled: false }],
  };

  /**
   * The answer to a request of these pages, or null where it is none of theirs.
   * @param {string} method @param {string[]} place @param {any} given
   */
  answer(method, place, given) {
    const [head, id, act] = place;
    if (head === "guards") {
      if (method === "PUT") this.limits = given;
      return answered(this.limits);
    }
    if (head === "protected") return answered(this.protected);
    if ((head === "users" || head === "groups") && act === "protection")
      return this.protect(method, head, id);
    if (head === "held") return this.heldCall(method, id, given);
    if (head === "bin") return this.binCall(method, id);
    if (head === "streams") return this.streamCall(method, id, act, given);
    if (head === "schemas" && id === undefined) return answered(this.definitions);
    if (head === "presets") {
      this.definitions.presets = [{ name: String(id), enabled: given.enabled }];
      return answered(this.definitions);
    }
    return null;
  }

  /** @param {string} method @param {string} head @param {string | undefined} id */
  protect(method, head, id) {
    const others = (this.protected[head] ?? []).filter((one) => one !== id);
    this.protected[head] = method === "PUT" ? [...others, String(id)] : others;
    return NOTHING;
  }

  /** @param {string} method @param {string | undefined} id @param {any} given */
  heldCall(method, id, given) {
    if (id === undefined) return answered({ held: this.held });
    const one = this.held.find((held) => held.id === id);
    if (!one) return MISSING;
    if (method === "DELETE") {
      this.held = this.held.filter((held) => held !== one);
      return NOTHING;
    }
    const until = new Date(Date.now() + given.forMinutes * 60_000).toISOString();
    one.allowed = { until, changes: null, used: 0 };
    return answered(one);
  }

  /** @param {string} method @param {string | undefined} id */
  binCall(method, id) {
    if (id === undefined) return answered({ entries: this.bin, total: this.bin.length, keepDays: 30 });
    const entry = this.bin.find((one) => one.id === id);
    if (!entry) return MISSING;
    this.bin = this.bin.filter((one) => one !== entry);
    if (method === "DELETE") return NOTHING;
    return answered({ ...entry, groups: 1, members: 0, waiting: 0, lost: 0 });
  }

  /** @param {string} method @param {string | undefined} id @param {string | undefined} act @param {any} given */
  streamCall(method, id, act, given) {
    if (id === undefined && method === "GET") return answered({ streams: this.streams });
    if (id === undefined) {
      /** @type {import("../src/api/types").Stream} */
      const stream = {
        id: randomUUID(),
        name: given.name,
        delivery: { hasAuthorization: false, url: "https://localhost/poll", ...given.delivery },
        form: given.form,
        createdAt: hoursAgo(0),
        state: "running",
        status: {
          delivered: 0,
          refused: 0,
          deliveredAt: null,
          lagRecords: 0,
          lagSeconds: 0,
          failing: null,
          lastError: null,
        },
      };
      this.streams.push(stream);
      return answered({ ...stream, secret: `whsec_${randomUUID()}` }, 201);
    }
    const stream = this.streams.find((one) => one.id === id);
    if (!stream) return MISSING;
    if (method === "DELETE") {
      this.streams = this.streams.filter((one) => one !== stream);
      return NOTHING;
    }
    if (act === "pause") Object.assign(stream, { state: "paused", pausedBy: "administrator" });
    if (act === "resume") stream.state = "running";
    return answered(stream);
  }
}
