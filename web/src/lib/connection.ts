/** How far an identity provider has come with a new account, read off its activity. Pure. */

import type { Activity, LoggedRequest } from "../api/types";

export type Stage = "waiting" | "refused" | "arriving" | "connected";

export interface Connection {
  stage: Stage;
  /** The three lights of the card: reached us, token accepted, Test Connection. */
  reached: boolean;
  accepted: boolean;
  tested: boolean;
  /** The newest request, when there is one. */
  last: LoggedRequest | null;
}

export function connectionOf(activity: Activity): Connection {
  const last = newest(activity.requests);
  const tested = activity.testConnectionAt !== null;
  const accepted = tested || activity.requests.some(({ status }) => status !== 401 && status !== 403);
  const reached = accepted || activity.firstRequestAt !== null || last !== null;
  return { stage: stageOf(tested, accepted, reached), reached, accepted, tested, last };
}

function stageOf(tested: boolean, accepted: boolean, reached: boolean): Stage {
  if (tested) return "connected";
  if (accepted) return "arriving";
  return reached ? "refused" : "waiting";
}

/** The requests, newest first, whichever way the server lists them. */
export function newestFirst(requests: readonly LoggedRequest[]): LoggedRequest[] {
  return [...requests].sort((one, other) => (one.at < other.at ? 1 : one.at > other.at ? -1 : 0));
}

function newest(requests: readonly LoggedRequest[]): LoggedRequest | null {
  return newestFirst(requests)[0] ?? null;
}
