/** The calls of the Admin API. They know no pages; a 401 is also told to whoever asked to hear of it. */

import { OFFLINE, Problem, problemOf } from "./errors";
import type {
  Account,
  AccountDraft,
  Activity,
  Bends,
  BinPage,
  Definitions,
  GroupRow,
  Held,
  Json,
  Limits,
  MemberRow,
  MintedToken,
  Page,
  Resource,
  Restored,
  Session,
  Status,
  Stream,
  StreamDraft,
  UserRow,
} from "./types";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

let sessionEnded: () => void = () => undefined;

/** Calls `listener` whenever the server answers that nobody is signed in. */
export function onSessionEnd(listener: () => void): void {
  sessionEnded = listener;
}

async function call<Answer>(
  method: Method,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Answer> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") {
    headers["Content-Type"] = "application/json";
    headers["X-Rollcall-Request"] = "1";
  }
  let answer: Response;
  try {
    answer = await fetch(`/api${path}`, {
      method,
      headers,
      credentials: "same-origin",
      cache: "no-store",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    throw new Problem("offline", OFFLINE);
  }
  const parsed: unknown = answer.status === 204 ? undefined : await answer.json().catch(() => undefined);
  if (answer.ok) return parsed as Answer;
  const problem = problemOf(answer.status, parsed);
  // A wrong passphrase is a 401 too, but no session ends with it.
  if (problem.kind === "signedOut" && path !== "/session" && path !== "/setup") sessionEnded();
  throw problem;
}

function query(parameters: Record<string, string | number | undefined>): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") pairs.set(name, String(value));
  }
  const text = pairs.toString();
  return text === "" ? "" : `?${text}`;
}

const part = encodeURIComponent;

/** A URN in a path: the server takes paths as they come, and a colon needs no encoding there. */
const urn = (id: string): string => part(id).replaceAll("%3A", ":");

export interface ListQuery {
  search?: string | undefined;
  cursor?: string | undefined;
  count?: number | undefined;
}

type Listed<Name extends string, Row> = Record<Name, Row[]> & { total: number; nextCursor?: string | null };

async function page<Name extends string, Row>(
  path: string,
  name: Name,
  asked: ListQuery,
  signal?: AbortSignal,
): Promise<Page<Row>> {
  const answer = await call<Listed<Name, Row>>("GET", path + query({ ...asked }), undefined, signal);
  return { rows: answer[name], total: answer.total, nextCursor: answer.nextCursor ?? null };
}

export const api = {
  session: () => call<Session>("GET", "/session"),
  setUp: (setupCode: string, passphrase: string) =>
    call<{ state: "signedIn" }>("POST", "/setup", { setupCode, passphrase }),
  signIn: (passphrase: string) => call<{ state: "signedIn" }>("POST", "/session", { passphrase }),
  signOut: () => call<void>("DELETE", "/session"),
  status: () => call<Status>("GET", "/status"),

  accounts: async () => (await call<{ accounts: Account[] }>("GET", "/accounts")).accounts,
  account: (id: string) => call<Account>("GET", `/accounts/${part(id)}`),
  createAccount: (draft: AccountDraft) => call<Account>("POST", "/accounts", draft),
  changeAccount: (id: string, change: Partial<AccountDraft>) =>
    call<Account>("PATCH", `/accounts/${part(id)}`, change),
  deleteAccount: (id: string) => call<void>("DELETE", `/accounts/${part(id)}`),
  activity: (id: string, signal?: AbortSignal) =>
    call<Activity>("GET", `/accounts/${part(id)}/activity`, undefined, signal),
  bends: (id: string, signal?: AbortSignal) =>
    call<Bends>("GET", `/accounts/${part(id)}/bends`, undefined, signal),
  mintToken: (id: string) => call<MintedToken>("POST", `/accounts/${part(id)}/tokens`, {}),
  revokeToken: (id: string, token: string) =>
    call<void>("DELETE", `/accounts/${part(id)}/tokens/${part(token)}`),

  users: (asked: ListQuery, signal?: AbortSignal) => page<"users", UserRow>("/users", "users", asked, signal),
  user: async (id: string) => (await call<{ resource: Resource }>("GET", `/users/${part(id)}`)).resource,
  groups: (asked: ListQuery, signal?: AbortSignal) =>
    page<"groups", GroupRow>("/groups", "groups", asked, signal),
  group: async (id: string) => (await call<{ resource: Resource }>("GET", `/groups/${part(id)}`)).resource,
  members: (id: string, asked: ListQuery, signal?: AbortSignal) =>
    page<"members", MemberRow>(`/groups/${part(id)}/members`, "members", asked, signal),

  protectedIds: () => call<{ users: string[]; groups: string[] }>("GET", "/protected"),
  protect: (kind: "users" | "groups", id: string) => call<void>("PUT", `/${kind}/${part(id)}/protection`),
  unprotect: (kind: "users" | "groups", id: string) =>
    call<void>("DELETE", `/${kind}/${part(id)}/protection`),

  limits: () => call<Limits>("GET", "/guards"),
  setLimits: (limits: Limits) => call<Limits>("PUT", "/guards", limits),
  held: async () => (await call<{ held: Held[] }>("GET", "/held")).held,
  allowHeld: (id: string, forMinutes: number) =>
    call<Held>("POST", `/held/${part(id)}/allow`, { forMinutes }),
  dismissHeld: (id: string) => call<void>("DELETE", `/held/${part(id)}`),

  bin: (asked: ListQuery, signal?: AbortSignal) =>
    call<BinPage>("GET", `/bin${query({ ...asked })}`, undefined, signal),
  restore: (id: string) => call<Restored>("POST", `/bin/${part(id)}/restore`),
  purge: (id: string) => call<void>("DELETE", `/bin/${part(id)}`),

  streams: async () => (await call<{ streams: Stream[] }>("GET", "/streams")).streams,
  createStream: (draft: StreamDraft) => call<Stream>("POST", "/streams", draft),
  pauseStream: (id: string) => call<Stream>("POST", `/streams/${part(id)}/pause`),
  resumeStream: (id: string) => call<Stream>("POST", `/streams/${part(id)}/resume`),
  replayStream: (id: string, from: "start" | { time: string }) =>
    call<Stream>("POST", `/streams/${part(id)}/replay`, { from }),
  deleteStream: (id: string) => call<void>("DELETE", `/streams/${part(id)}`),

  definitions: () => call<Definitions>("GET", "/schemas"),
  defineSchema: (id: string, schema: Json) => call<Definitions>("PUT", `/schemas/${urn(id)}`, schema),
  defineResourceType: (name: string, resourceType: Json) =>
    call<Definitions>("PUT", `/resource-types/${part(name)}`, resourceType),
  removeSchema: (id: string, discard: boolean) =>
    call<void>("DELETE", `/schemas/${urn(id)}${query({ discard: discard ? "true" : undefined })}`),
  removeResourceType: (name: string, discard: boolean) =>
    call<void>("DELETE", `/resource-types/${part(name)}${query({ discard: discard ? "true" : undefined })}`),
  addIndex: (resourceType: string, attribute: string) =>
    call<Definitions>("POST", "/indexes", { resourceType, attribute }),
  removeIndex: (number: number) => call<void>("DELETE", `/indexes/${number}`),
  rebuildIndex: (number: number) => call<Definitions>("POST", `/indexes/${number}/rebuild`),
  switchPreset: (name: string, enabled: boolean) =>
    call<Definitions>("PUT", `/presets/${part(name)}`, { enabled }),
};

/** Where the certificate authority's certificate is downloaded. */
export const CA_PATH = "/api/ca.pem";
