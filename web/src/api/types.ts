/** The Admin API as the console sees it: every shape that crosses the wire, and nothing else. */

/** RFC 3339 in UTC, as the server writes it. */
export type Timestamp = string;

export type SessionState = "setup" | "signedOut" | "signedIn";

export interface Session {
  state: SessionState;
  version: string;
}

export interface Status {
  version: string;
  tenantUrl: string;
  users: number;
  groups: number;
  /** Null when the administrator brought a certificate of their own. */
  caFingerprint: string | null;
  dev: boolean;
}

export type Scope = "users:read" | "users:write" | "teams:read" | "teams:write";

export type Permissions = { kind: "full" } | { kind: "scoped"; scopes: Scope[] };

export type Dialect = "tolerant" | "strict";

export interface Token {
  id: string;
  /** The first characters of the secret, kept so that an administrator can tell two tokens apart. */
  prefix: string;
  createdAt: Timestamp;
  lastUsedAt: Timestamp | null;
}

export interface Account {
  id: string;
  name: string;
  description: string;
  permissions: Permissions;
  dialect: Dialect;
  createdAt: Timestamp;
  lastUsedAt: Timestamp | null;
  tokens: Token[];
}

export interface AccountDraft {
  name: string;
  description: string;
  permissions: Permissions;
  dialect: Dialect;
}

export interface MintedToken {
  token: Token;
  /** Shown once; the server keeps only a hash. */
  secret: string;
}

export interface LoggedRequest {
  at: Timestamp;
  method: string;
  path: string;
  status: number;
  detail: string | null;
}

export interface Tolerated {
  /** The switch of the dialect, such as `booleanText`. */
  name: string;
  count: number;
  lastAt: Timestamp;
  example: string | null;
}

export interface Activity {
  firstRequestAt: Timestamp | null;
  lastRequestAt: Timestamp | null;
  testConnectionAt: Timestamp | null;
  requests: LoggedRequest[];
  tolerated: Tolerated[];
}

export interface UserRow {
  id: string;
  userName: string;
  displayName: string | null;
  active: boolean | null;
  email: string | null;
}

export interface GroupRow {
  id: string;
  displayName: string;
  externalId: string | null;
  members: number;
}

export interface MemberRow {
  id: string;
  type: string | null;
  display: string | null;
}

/** One page of a list; without `nextCursor` it is the last one. */
export interface Page<Row> {
  rows: Row[];
  total: number;
  nextCursor: string | null;
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A SCIM resource as the server renders it. */
export type Resource = { [key: string]: Json };

export interface ErrorBody {
  error: { code: string; message: string; field?: string | null };
}
