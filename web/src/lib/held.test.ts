import { expect, test } from "vitest";
import { heldText } from "./held";

test("what is held is said in words", () => {
  expect(heldText({ subject: { kind: "users" }, limit: 50 })).toContain("more than 50 users within an hour");
  expect(heldText({ subject: { kind: "groups" }, limit: 1 })).toContain("more than 1 group within");
  expect(heldText({ subject: { kind: "members", group: "g" }, limit: 1200 })).toContain("1,200 members");
});
