/** How a stream is, in words. Pure. */

import type { Stream } from "../api/types";
import { count } from "./format";

export interface StreamState {
  text: string;
  tone: "good" | "warn" | "bad" | "plain";
}

/** The most records of a lag that the server counts. */
const LAG_MOST = 10_000;

export function stateOf(stream: Pick<Stream, "state" | "pausedBy" | "status">): StreamState {
  if (stream.state === "paused") {
    switch (stream.pausedBy) {
      case "failures":
        return { text: "Paused after failures", tone: "bad" };
      case "receiver":
        return { text: "Ended by the receiver", tone: "bad" };
      default:
        return { text: "Paused", tone: "plain" };
    }
  }
  if (stream.status.failing) return { text: "Failing", tone: "warn" };
  return { text: "Running", tone: "good" };
}

/** How far behind a receiver is: "nothing waits", "12 changes wait", "more than 10,000 changes wait". */
export function lagOf(records: number): string {
  if (records === 0) return "Nothing waits";
  if (records === 1) return "1 change waits";
  return records >= LAG_MOST ? `${count(LAG_MOST)} changes or more wait` : `${count(records)} changes wait`;
}

export const METHODS = {
  push: {
    label: "Push",
    explained: "Signed security event tokens are posted to an address (RFC 8935)",
    secret: "",
  },
  poll: {
    label: "Poll",
    explained: "The receiver fetches signed security event tokens and acknowledges them (RFC 8936)",
    secret: "Bearer token of the receiver",
  },
  webhook: {
    label: "Webhook",
    explained: "JSON is posted to an address, with the signature of Standard Webhooks",
    secret: "Webhook secret",
  },
} as const;
