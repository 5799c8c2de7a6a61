import { expect, test } from "vitest";
import type { Account } from "../api/types";
import { changeOf, draftOf, emptyForm, formOf, isEmpty } from "./draft";

const account: Account = {
  id: "a1",
  name: "Entra",
  description: "",
  permissions: { kind: "scoped", scopes: ["users:read", "users:write"] },
  dialect: "tolerant",
  suggestion: null,
  createdAt: "2026-03-14T12:00:00Z",
  lastUsedAt: null,
  tokens: [],
};

test("a form that nobody touched changes nothing", () => {
  expect(changeOf(account, formOf(account))).toEqual({});
});

test("only what differs is sent", () => {
  const form = {
    ...formOf(account),
    name: " Entra ID ",
    scopes: ["users:write" as const, "users:read" as const],
  };
  expect(changeOf(account, form)).toEqual({ name: "Entra ID" });
  expect(changeOf(account, { ...formOf(account), kind: "full" })).toEqual({ permissions: { kind: "full" } });
});

test("scopes ticked before choosing full permissions are not sent", () => {
  expect(draftOf({ ...emptyForm(), name: "a", scopes: ["users:read"] }).permissions).toEqual({
    kind: "full",
  });
});

test("typing a letter makes the form no longer empty", () => {
  expect(isEmpty(emptyForm())).toBe(true);
  expect(isEmpty({ ...emptyForm(), description: "x" })).toBe(false);
});
