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

/** The name of a dialect: a base, or the preset of one client. */
export type Dialect = string;

/** The dialect an account's requests speak for; nothing switches by itself. */
export interface Suggestion {
  dialect: Dialect;
  label: string;
  reason: string;
}

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
  suggestion: Suggestion | null;
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
}

/** What was bent for a client: one way in which its requests stray from the RFCs. */
export interface Bend {
  name: string;
  /** Null for a deviation that only another version of the server knows. */
  what: string | null;
  section: string | null;
  count: number;
  firstAt: Timestamp | null;
  lastAt: Timestamp;
  /** The last request that needed it. The piece names attributes and quotes no values. */
  example: { method: string; path: string; piece: string | null };
}

export interface Bends {
  bends: Bend[];
  suggestion: Suggestion | null;
}

/** How much a client may take away before an administrator has to agree; null is no limit. */
export interface Threshold {
  least: number;
  percent: number;
}

export interface Limits {
  usersPerHour: Threshold | null;
  groupsPerHour: Threshold | null;
  membersAtOnce: number | null;
  spareMinutes: number;
}

export interface Held {
  id: string;
  account: { id: string; name: string | null };
  subject: { kind: "users" } | { kind: "groups" } | { kind: "members"; group: string };
  limit: number;
  attempts: number;
  firstAt: Timestamp;
  lastAt: Timestamp;
  resources: string[];
  named: string[];
  allowed: { until: Timestamp; changes: number | null; used: number } | null;
}

export interface BinRow {
  id: string;
  resourceType: string;
  display: string;
  userName: string | null;
  deletedAt: Timestamp;
  deletedBy: { id: string; name: string | null };
  purgeAt: Timestamp | null;
}

export interface BinPage {
  entries: BinRow[];
  /** Absent where it was searched. */
  total?: number;
  keepDays: number;
  nextCursor?: string;
}

export interface Restored {
  id: string;
  resourceType: string;
  groups: number;
  members: number;
  waiting: number;
  lost: number;
}

export type Delivery =
  | { method: "push"; url: string; hasAuthorization: boolean }
  | { method: "poll"; url: string }
  | { method: "webhook"; url: string };

export interface Stream {
  id: string;
  name: string;
  delivery: Delivery;
  form: "notice" | "full";
  createdAt: Timestamp;
  state: "running" | "paused";
  pausedBy?: "administrator" | "failures" | "receiver";
  pausedAt?: Timestamp;
  status: {
    delivered: number;
    refused: number;
    deliveredAt: Timestamp | null;
    /** Of the feed; counted up to 10,000. */
    lagRecords: number;
    lagSeconds: number;
    /** Null while all is well. */
    failing: { since: Timestamp; failures: number; error: string } | null;
    lastError: string | null;
  };
  /** What the receiver needs; shown once, in the answer that made it. */
  secret?: string;
}

export interface StreamDraft {
  name: string;
  delivery: { method: "push" | "webhook"; url: string; authorization?: string } | { method: "poll" };
  form: "notice" | "full";
}

export interface Source {
  kind: "builtIn" | "admin" | "file" | "preset";
  name?: string;
}

export interface SchemaDefined {
  id: string;
  name: string;
  description: string;
  attributes: { name: string }[];
  source: Source;
  resourceTypes: string[];
}

export interface ResourceTypeDefined {
  name: string;
  endpoint: string;
  schema: string;
  source: Source;
  resources: number;
}

export interface IndexDefined {
  number: number;
  resourceType: string;
  attribute: string;
  unique: boolean;
  state: "ready" | "building" | "clearing" | "failed";
  source: Source;
  done?: number;
  total?: number;
  problemCount?: number;
  problems?: string[];
}

export interface Definitions {
  schemas: SchemaDefined[];
  resourceTypes: ResourceTypeDefined[];
  indexes: IndexDefined[];
  /** What is being taken away, in words. */
  removing: string[];
  presets: { name: string; enabled: boolean }[];
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
