import { expect, test } from "vitest";
import { ago, count, counted, fingerprintRows, left } from "./format";

const now = new Date("2026-03-14T12:00:00Z");

test("numbers are grouped and nouns agree with them", () => {
  expect(count(1204000)).toBe("1,204,000");
  expect(counted(1, "user")).toBe("1 user");
  expect(counted(0, "user")).toBe("0 users");
  expect(counted(2, "match", "matches")).toBe("2 matches");
});

test("times near and far are told as one would say them", () => {
  const told = (at: string): string => ago(at, now);
  expect(told("2026-03-14T11:59:58Z")).toBe("just now");
  expect(told("2026-03-14T11:59:20Z")).toBe("40 s ago");
  expect(told("2026-03-14T11:57:00Z")).toBe("3 min ago");
  expect(told("2026-03-14T09:30:00Z")).toBe("2 h ago");
  expect(told("2026-03-13T09:30:00Z")).toBe("yesterday");
  expect(told("2026-03-10T12:00:00Z")).toBe("4 days ago");
  expect(told("2026-01-02T12:00:00Z")).toBe("2 Jan 2026");
});

test("a server clock that is ahead does not speak of the future", () => {
  expect(ago("2026-03-14T12:00:09Z", now)).toBe("just now");
});

test("what still holds is told by how long it does", () => {
  expect(left("2026-03-14T12:59:30Z", now)).toBe("59 min");
  expect(left("2026-03-14T14:10:00Z", now)).toBe("2 h");
  expect(left("2026-03-17T12:00:00Z", now)).toBe("3 days");
  expect(left("2026-03-14T12:00:20Z", now)).toBe("a moment");
  expect(left("2026-03-14T11:00:00Z", now)).toBe("a moment");
});

test("a text that is no time is shown as it is", () => {
  expect(ago("soon", now)).toBe("soon");
});

test("a fingerprint breaks into rows of eight bytes", () => {
  const bytes = Array.from({ length: 32 }, (_, at) => at.toString(16).padStart(2, "0").toUpperCase());
  const rows = fingerprintRows(`SHA-256 ${bytes.join(":")}`);
  expect(rows).toHaveLength(4);
  expect(rows[0]).toBe("00:01:02:03:04:05:06:07");
  expect(fingerprintRows(bytes.join(":"))).toEqual(rows);
});
