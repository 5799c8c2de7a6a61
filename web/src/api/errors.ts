/** What can go wrong with a call, in words an administrator can act on. It does not decide where they are shown. */

import type { ErrorBody } from "./types";

export type ProblemKind = "offline" | "signedOut" | "notFound" | "refused" | "busy" | "server";

/** A failed call: its kind for the code, its message for the reader, its field for the form. */
export class Problem extends Error {
  constructor(
    readonly kind: ProblemKind,
    message: string,
    readonly field: string | null = null,
    readonly code: string | null = null,
  ) {
    super(message);
    this.name = "Problem";
  }
}

export const OFFLINE = "Rollcall did not answer. Check that the server is running, then try again.";

/** The problem that an answer with this status and body tells of. */
export function problemOf(status: number, body: unknown): Problem {
  const told = envelopeOf(body);
  const kind = kindOf(status);
  return new Problem(
    kind,
    told ? sentence(told.message) : fallback(kind, status),
    told?.field ?? null,
    told?.code ?? null,
  );
}

/** Whatever was thrown, as a problem. */
export function problemFrom(thrown: unknown): Problem {
  return thrown instanceof Problem ? thrown : new Problem("offline", OFFLINE);
}

function kindOf(status: number): ProblemKind {
  if (status === 401) return "signedOut";
  if (status === 404) return "notFound";
  if (status === 429 || status === 503) return "busy";
  return status >= 500 ? "server" : "refused";
}

function fallback(kind: ProblemKind, status: number): string {
  switch (kind) {
    case "offline":
      return OFFLINE;
    case "signedOut":
      return "Your session has ended. Sign in again.";
    case "notFound":
      return "This does not exist, or was deleted.";
    case "busy":
      return "Rollcall is busy. Wait a moment, then try again.";
    case "server":
      return `Rollcall could not do this (status ${status}). The server's log says why.`;
    case "refused":
      return `Rollcall refused this (status ${status}).`;
  }
}

function envelopeOf(body: unknown): ErrorBody["error"] | null {
  if (typeof body !== "object" || body === null || !("error" in body)) return null;
  const error = body.error;
  if (typeof error !== "object" || error === null || !("message" in error) || !("code" in error)) return null;
  return typeof error.message === "string" && typeof error.code === "string"
    ? (error as ErrorBody["error"])
    : null;
}

/** The server's messages are lower-case and without a full stop; on a page they are sentences. */
export function sentence(message: string): string {
  const text = message.trim();
  if (text === "") return text;
  // a name that begins the message stays as it is written: a URN, or an attribute such as userName
  const isName = /^\S*[^\s,;]:|^[a-z]+[A-Z]/.test(text);
  const first = isName ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}
