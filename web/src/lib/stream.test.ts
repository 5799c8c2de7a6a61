import { expect, test } from "vitest";
import type { Stream } from "../api/types";
import { lagOf, stateOf } from "./stream";

const status: Stream["status"] = {
  delivered: 0,
  refused: 0,
  deliveredAt: null,
  lagRecords: 0,
  lagSeconds: 0,
  failing: null,
  lastError: null,
};

test("who paused a stream is told apart", () => {
  expect(stateOf({ state: "running", status }).tone).toBe("good");
  expect(stateOf({ state: "paused", pausedBy: "administrator", status }).text).toBe("Paused");
  expect(stateOf({ state: "paused", pausedBy: "failures", status }).tone).toBe("bad");
  const failing = { since: "2026-03-14T12:00:00Z", failures: 3, error: "refused" };
  expect(stateOf({ state: "running", status: { ...status, failing } }).text).toBe("Failing");
});

test("a lag is said in whole sentences", () => {
  expect([0, 1, 12, 10_000].map(lagOf)).toEqual([
    "Nothing waits",
    "1 change waits",
    "12 changes wait",
    "10,000 changes or more wait",
  ]);
});
