/**
 * A stand-in for the server, for working on the console without building it: the Admin API and just enough SCIM
 * to turn the card green. It keeps everything in memory and checks no more than the console needs to see refused.
 */

import { randomBytes, randomUUID } from "node:crypto";
import { Upkeep } from "./mock-upkeep.js";

/** @typedef {import("node:http").IncomingMessage} Request */
/** @typedef {import("node:http").ServerResponse} Response */
/** @typedef {import("../src/api/types").Account & { activity: import("../src/api/types").Activity, secrets: Map<string, string> }} KeptAccount */

const GIVEN = [
  "Ada",
  "Amara",
  "Bo",
  "Chidi",
  "Dilan",
  "Edith",
  "Farid",
  "Grace",
  "Hana",
  "Ines",
  "Jonas",
  "Kira",
  "Liam",
  "Mei",
  "Noor",
  "Olu",
];
const FAMILY = [
  "Abara",
  "Berg",
  "Castillo",
  "Dahl",
  "Eriksen",
  "Fontaine",
  "Garcia",
  "Haddad",
  "Ito",
  "Jansen",
];
const GROUPS = [
  "Engineering",
  "Finance",
  "People",
  "Platform operators",
  "Sales EMEA",
  "VPN access",
  "Works council",
];

const FINGERPRINT = Array.from(randomBytes(32), (byte) =>
  byte.toString(16).padStart(2, "0").toUpperCase(),
).join(":");

/** @param {number} status @param {string} code @param {string} message @param {string} [field] */
function refused(status, code, message, field) {
  return { status, body: { error: { code, message, ...(field ? { field } : {}) } } };
}

/** @param {unknown} body @param {number} [status] */
function answered(body, status = 200) {
  return { status, body };
}

export class Mock {
  /** @param {{ tenantUrl: () => string, setupCode: string, people: number, signedIn?: boolean, caPem?: string }} options */
  constructor(options) {
    this.options = options;
    this.passphrase = options.signedIn ? "mock mock mock mock" : "";
    this.sessions = new Set();
    this.upkeep = new Upkeep();
    /** @type {KeptAccount[]} */
    this.accounts = [];
    /** @type {Record<string, any>[]} */
    this.users = [];
    /** @type {Record<string, any>[]} */
    this.groups = [];
    for (let at = 0; at < options.people; at += 1) this.addUser(person(at));
    if (options.people > 0) {
      for (const displayName of GROUPS) {
        const members = this.users.filter(() => Math.random() < 0.3).map(({ id }) => id);
        this.groups.push({
          id: randomUUID(),
          displayName,
          externalId: randomUUID(),
          members,
          created: new Date().toISOString(),
        });
      }
    }
  }

  /** @param {Record<string, any>} user */
  addUser(user) {
    const now = new Date().toISOString();
    const id = randomUUID();
    const kept = {
      ...user,
      id,
      meta: {
        resourceType: "User",
        created: now,
        lastModified: now,
        version: 'W/"1"',
        location: `${this.options.tenantUrl()}/Users/${id}`,
      },
    };
    this.users.push(kept);
    return kept;
  }

  /** Answers one request of the Admin API or of SCIM. @param {Request} request @param {Response} response */
  async handle(request, response) {
    const url = new URL(request.url ?? "/", "https://localhost");
    const text = await bodyOf(request);
    if (url.pathname.startsWith("/scim/v2")) {
      const { status, body } = this.scim(request, url, text);
      send(response, status, body, "application/scim+json");
      return;
    }
    if (url.pathname === "/api/ca.pem") {
      response.writeHead(200, { "Content-Type": "application/x-pem-file" });
      response.end(this.options.caPem ?? "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n");
      return;
    }
    const { status, body, cookie } = /** @type {any} */ (this.admin(request, url, text));
    if (cookie !== undefined) response.setHeader("Set-Cookie", cookie);
    send(response, status, body, "application/json; charset=utf-8");
  }

  /** @param {Request} request @param {URL} url @param {string} text */
  admin(request, url, text) {
    const method = request.method ?? "GET";
    const session = /__Host-rollcall=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
    const signedIn = this.sessions.has(session) || this.options.signedIn === true;
    if (method !== "GET") {
      if (request.headers["x-rollcall-request"] !== "1")
        return refused(403, "crossSite", "the X-Rollcall-Request header is missing");
      if (request.headers["content-type"] !== "application/json")
        return refused(415, "contentType", "the body must be JSON");
    }
    /** @type {any} */
    const given = text === "" ? {} : JSON.parse(text);
    const path = url.pathname.slice("/api".length);
    const route = `${method} ${path}`;
    if (route === "GET /session") {
      const state = this.passphrase === "" ? "setup" : signedIn ? "signedIn" : "signedOut";
      return answered({ state, version: "0.1.0" });
    }
    if (route === "POST /setup") {
      if (given.setupCode !== this.options.setupCode)
        return refused(403, "wrongSetupCode", "the setup code is wrong or has expired", "setupCode");
      if ([...given.passphrase].length < 12)
        return refused(400, "passphraseTooShort", "the passphrase needs 12 characters or more", "passphrase");
      this.passphrase = given.passphrase;
      return this.opened();
    }
    if (route === "POST /session") {
      if (given.passphrase !== this.passphrase)
        return refused(401, "wrongPassphrase", "the passphrase is wrong", "passphrase");
      return this.opened();
    }
    if (!signedIn) return refused(401, "signedOut", "sign in first");
    if (route === "DELETE /session") {
      this.sessions.delete(session);
      return {
        status: 204,
        body: undefined,
        cookie: "__Host-rollcall=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict",
      };
    }
    if (route === "GET /status") {
      return answered({
        version: "0.1.0",
        tenantUrl: this.options.tenantUrl(),
        users: this.users.length,
        groups: this.groups.length,
        caFingerprint: FINGERPRINT,
        dev: true,
      });
    }
    const [, head, id, tail, tokenId] = path.split("/");
    const kept = this.upkeep.answer(method, path.split("/").slice(1), given);
    if (kept) return kept;
    if (head === "accounts") return this.accountCall(method, given, id, tail, tokenId);
    if (head === "users" && id === undefined) {
      const rows = this.users.map((user) => ({
        id: user.id,
        userName: user.userName,
        displayName: user.displayName ?? null,
        active: user.active ?? null,
        email: user.emails?.[0]?.value ?? null,
      }));
      return paged(url, rows, "users", (row) => [row.userName, row.displayName]);
    }
    if (head === "users") {
      const user = this.users.find((one) => one.id === id);
      if (!user) return refused(404, "notFound", "there is no such user");
      const groups = this.groups
        .filter(({ members }) => members.includes(id))
        .map((group) => ({ value: group.id, display: group.displayName, type: "direct" }));
      return answered({
        resource: {
          schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
          ...user,
          ...(groups.length ? { groups } : {}),
        },
      });
    }
    if (head === "groups") return this.groupCall(url, id, tail);
    return refused(404, "notFound", "there is no such address");
  }

  opened() {
    const session = randomBytes(32).toString("base64url");
    this.sessions.add(session);
    return {
      status: 201,
      body: { state: "signedIn" },
      cookie: `__Host-rollcall=${session}; Path=/; Secure; HttpOnly; SameSite=Strict`,
    };
  }

  /** @param {string} method @param {any} given @param {string | undefined} id @param {string | undefined} tail @param {string | undefined} tokenId */
  accountCall(method, given, id, tail, tokenId) {
    if (id === undefined) {
      if (method === "GET") return answered({ accounts: this.accounts.map(shown) });
      const wrong = this.nameRefused(given.name, undefined);
      if (wrong) return wrong;
      const account = {
        id: randomUUID(),
        name: given.name,
        description: given.description ?? "",
        permissions: given.permissions,
        dialect: given.dialect ?? "tolerant",
        suggestion: null,
        createdAt: new Date().toISOString(),
        lastUsedAt: null,
        tokens: [],
        secrets: new Map(),
        activity: {
          firstRequestAt: null,
          lastRequestAt: null,
          testConnectionAt: null,
          requests: [],
          tolerated: [],
        },
      };
      this.accounts.push(account);
      return answered(shown(account), 201);
    }
    const account = this.accounts.find((one) => one.id === id);
    if (!account) return refused(404, "notFound", "there is no such service account");
    if (tail === "activity") return answered(account.activity);
    if (tail === "bends") {
      const bends = account.activity.tolerated.map((seen) => ({
        ...seen,
        what: "a boolean sent as text was read as a boolean",
        section: "RFC 7643 section 2.3.2",
        firstAt: seen.lastAt,
        example: { method: "POST", path: "/scim/v2/Users", piece: "active" },
      }));
      return answered({ bends, suggestion: null });
    }
    if (tail === "tokens" && method === "POST") {
      if (account.tokens.length >= 2)
        return refused(409, "tooManyTokens", "two secrets are live already; revoke one first");
      const secret = `rc_${base62(12)}_${base62(49)}`;
      const token = {
        id: randomUUID(),
        prefix: `${secret.slice(0, 12)}…`,
        createdAt: new Date().toISOString(),
        lastUsedAt: null,
      };
      account.tokens.push(token);
      account.secrets.set(secret, token.id);
      return answered({ token, secret }, 201);
    }
    if (tail === "tokens" && method === "DELETE") {
      if (!account.tokens.some((token) => token.id === tokenId))
        return refused(404, "notFound", "there is no such token");
      account.tokens = account.tokens.filter((token) => token.id !== tokenId);
      for (const [secret, of] of account.secrets) if (of === tokenId) account.secrets.delete(secret);
      return { status: 204, body: undefined };
    }
    if (method === "GET") return answered(shown(account));
    if (method === "DELETE") {
      this.accounts = this.accounts.filter((one) => one !== account);
      return { status: 204, body: undefined };
    }
    if (given.name !== undefined) {
      const wrong = this.nameRefused(given.name, account);
      if (wrong) return wrong;
    }
    Object.assign(account, given);
    return answered(shown(account));
  }

  /** @param {string} name @param {KeptAccount | undefined} self */
  nameRefused(name, self) {
    if (name.trim() === "") return refused(400, "nameMissing", "a service account needs a name", "name");
    const taken = this.accounts.some((one) => one !== self && one.name.toLowerCase() === name.toLowerCase());
    return taken ? refused(409, "nameTaken", `another service account is named "${name}"`, "name") : null;
  }

  /** @param {URL} url @param {string | undefined} id @param {string | undefined} tail */
  groupCall(url, id, tail) {
    if (id === undefined) {
      const rows = this.groups.map((group) => ({
        id: group.id,
        displayName: group.displayName,
        externalId: group.externalId,
        members: group.members.length,
      }));
      return paged(url, rows, "groups", (row) => [row.displayName]);
    }
    const group = this.groups.find((one) => one.id === id);
    if (!group) return refused(404, "notFound", "there is no such group");
    if (tail === "members") {
      const rows = group.members.map((/** @type {string} */ member) => ({
        id: member,
        type: "User",
        display: this.users.find((user) => user.id === member)?.displayName ?? null,
      }));
      return paged(url, rows, "members", () => []);
    }
    const { members: _members, created, ...rest } = group;
    return answered({
      resource: {
        schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        ...rest,
        meta: { resourceType: "Group", created, lastModified: created, version: 'W/"1"' },
      },
    });
  }

  /** @param {Request} request @param {URL} url @param {string} text */
  scim(request, url, text) {
    const presented = (request.headers.authorization ?? "").replace(/^Bearer /i, "");
    const account = this.accounts.find(({ secrets }) => secrets.has(presented));
    if (!account) return scimError(401, "the token is missing, unknown or revoked");
    const now = new Date().toISOString();
    const { activity } = account;
    const path = url.pathname + decodeURIComponent(url.search);
    /** @param {{ status: number, body: any }} result @param {string | null} detail */
    const logged = (result, detail) => {
      activity.requests = [
        { at: now, method: request.method ?? "GET", path, status: result.status, detail },
        ...activity.requests,
      ].slice(0, 20);
      return result;
    };
    activity.firstRequestAt ??= now;
    activity.lastRequestAt = now;
    account.lastUsedAt = now;
    const token = account.tokens.find(({ id }) => id === account.secrets.get(presented));
    if (token) token.lastUsedAt = now;
    const isGroup = url.pathname.endsWith("/Groups");
    /** @type {import("../src/api/types").Scope} */
    const needed = `${isGroup ? "teams" : "users"}:${request.method === "GET" ? "read" : "write"}`;
    if (account.permissions.kind === "scoped" && !account.permissions.scopes.includes(needed)) {
      return logged(scimError(403, `this token lacks ${needed}`), `needs ${needed}`);
    }
    if (request.method === "POST" && isGroup) {
      const given = JSON.parse(text);
      const members = (given.members ?? []).map((/** @type {{ value: string }} */ { value }) => value);
      const group = {
        id: randomUUID(),
        displayName: given.displayName,
        externalId: given.externalId ?? null,
        members,
        created: now,
      };
      this.groups.push(group);
      return logged(answered({ ...given, id: group.id }, 201), null);
    }
    if (request.method === "POST") {
      const user = JSON.parse(text);
      if (this.users.some(({ userName }) => userName.toLowerCase() === user.userName?.toLowerCase())) {
        return logged(
          scimError(409, `userName "${user.userName}" is taken`),
          "uniqueness: userName is taken",
        );
      }
      if (typeof user.active === "string") {
        user.active = user.active.toLowerCase() === "true";
        activity.tolerated = [
          {
            name: "booleanText",
            count: (activity.tolerated[0]?.count ?? 0) + 1,
            lastAt: now,
          },
        ];
      }
      return logged({ status: 201, body: this.addUser(user) }, null);
    }
    const asked = /userName eq "([^"]+)"/i.exec(url.searchParams.get("filter") ?? "")?.[1];
    const found =
      asked === undefined
        ? this.users
        : this.users.filter(({ userName }) => userName.toLowerCase() === asked.toLowerCase());
    if (asked !== undefined && found.length === 0) activity.testConnectionAt = now;
    const list = {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
      totalResults: found.length,
      startIndex: 1,
      itemsPerPage: found.length,
      Resources: found,
    };
    return logged(answered(list), null);
  }
}

/** @param {number} at */
function person(at) {
  const given = GIVEN[at % GIVEN.length] ?? "";
  const family = FAMILY[Math.floor(at / GIVEN.length) % FAMILY.length] ?? "";
  const round = Math.floor(at / (GIVEN.length * FAMILY.length));
  const userName = `${given}.${family}${round || ""}@example.com`.toLowerCase();
  return {
    userName,
    displayName: `${given} ${family}`,
    name: { givenName: given, familyName: family },
    active: at % 11 !== 10,
    externalId: randomUUID(),
    title: ["Engineer", "Analyst", "Manager"][at % 3],
    emails: [{ value: userName, type: "work", primary: true }],
    phoneNumbers: [{ value: `+44 20 7946 0${String(at % 1000).padStart(3, "0")}`, type: "work" }],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
      employeeNumber: String(70000 + at),
      department: GROUPS[at % 3],
    },
  };
}

/** @param {KeptAccount} account */
function shown(account) {
  const { secrets: _secrets, activity: _activity, ...rest } = account;
  return rest;
}

/**
 * @template Row
 * @param {URL} url @param {Row[]} rows @param {string} name @param {(row: Row) => (string | null)[]} searched
 */
function paged(url, rows, name, searched) {
  const prefix = (url.searchParams.get("search") ?? "").toLowerCase();
  const matching =
    prefix === ""
      ? rows
      : rows.filter((row) => searched(row).some((value) => value?.toLowerCase().startsWith(prefix)));
  const from = Number(url.searchParams.get("cursor") ?? 0);
  const to = from + Number(url.searchParams.get("count") ?? 50);
  return answered({
    [name]: matching.slice(from, to),
    total: matching.length,
    ...(to < matching.length ? { nextCursor: String(to) } : {}),
  });
}

/** @param {number} status @param {string} detail */
function scimError(status, detail) {
  return {
    status,
    body: { schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"], status: String(status), detail },
  };
}

/** @param {number} length */
function base62(length) {
  const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  return Array.from(randomBytes(length), (byte) => digits.charAt(byte % 62)).join("");
}

/** @param {Request} request */
async function bodyOf(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

/** @param {Response} response @param {number} status @param {unknown} body @param {string} type */
function send(response, status, body, type) {
  response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store" });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
