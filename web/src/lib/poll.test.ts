import { expect, test } from "vitest";
import { IDLE_MS, turn } from "./poll";

test("a page in front with someone at it asks", () => {
  expect(turn(false, 1000, 2000)).toBe("ask");
});

test("a hidden page waits", () => {
  expect(turn(true, 1000, 2000)).toBe("wait");
});

test("a page nobody touches stops asking, so that the session can end", () => {
  expect(turn(false, 0, IDLE_MS + 1)).toBe("wait");
});
