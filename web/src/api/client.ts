/** The calls of the Admin API. They know no pages; a 401 is also told to whoever asked to hear of it. */

import { OFFLINE, Problem, problemOf } from "./errors";
import type {
  Account,
  AccountDraft,
  Activity,
  GroupRow,
  MemberRow,
  MintedToken,
  Page,
  Resource,
  Session,
  Status,
  UserRow,
} from "./types";

type Method = "GET" | "POST" | "PATCH" | "DELETE";

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
};

/** Where the certificate authority's certificate is downloaded. */
export const CA_PATH = "/api/ca.pem";
