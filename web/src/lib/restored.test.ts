import { expect, test } from "vitest";
import { restoredText } from "./restored";

const nothing = { id: "1", resourceType: "User", groups: 0, members: 0, waiting: 0, lost: 0 };

test("memberships are told only where there are some", () => {
  expect(restoredText(nothing)).toBe("is back.");
  expect(restoredText({ ...nothing, groups: 2 })).toBe("is back, in 2 groups.");
  expect(restoredText({ ...nothing, groups: 1, members: 3 })).toBe("is back, in 1 group and with 3 members.");
});

test("what is missing is told", () => {
  expect(restoredText({ ...nothing, waiting: 1, lost: 2 })).toMatch(
    /^is back\. 1 membership will follow .* 2 memberships could not/,
  );
});
