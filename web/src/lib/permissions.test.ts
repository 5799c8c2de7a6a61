import { expect, test } from "vitest";
import { permissionLabels, samePermissions, scopeHint } from "./permissions";

test("scopes are named in the order of the form", () => {
  expect(permissionLabels({ kind: "scoped", scopes: ["teams:write", "users:read"] })).toEqual([
    "Users: Read",
    "Teams: Create and modify",
  ]);
  expect(permissionLabels({ kind: "full" })).toEqual(["Full permissions"]);
});

test("writing without reading is pointed out", () => {
  expect(scopeHint(["users:write"])).toContain("Users: Read");
  expect(scopeHint(["users:write", "teams:write"])).toContain("Users: Read and Teams: Read");
  expect(scopeHint(["users:write", "users:read"])).toBeNull();
  expect(scopeHint(["users:read"])).toBeNull();
});

test("the order of scopes makes no difference", () => {
  expect(
    samePermissions(
      { kind: "scoped", scopes: ["users:read", "teams:read"] },
      { kind: "scoped", scopes: ["teams:read", "users:read"] },
    ),
  ).toBe(true);
  expect(samePermissions({ kind: "full" }, { kind: "scoped", scopes: ["users:read"] })).toBe(false);
});
