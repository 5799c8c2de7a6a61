import { expect, test } from "vitest";
import { href, ownPath, parse, type Route } from "./router";

const routes: Route[] = [
  { page: "overview" },
  { page: "setup" },
  { page: "signIn", next: "/users?search=al" },
  { page: "signIn", next: "/" },
  { page: "accounts" },
  { page: "newAccount" },
  { page: "account", id: "a/b c" },
  { page: "users", search: "", cursor: "" },
  { page: "users", search: "ann & bob", cursor: "x+y=" },
  { page: "user", id: "0197-ü" },
  { page: "groups", search: "tea", cursor: "" },
  { page: "group", id: "g1", cursor: "c2" },
];

for (const route of routes) {
  test(`the address ${href(route)} leads back to its route`, () => {
    const address = new URL(href(route), "https://localhost");
    expect(parse(address.pathname, address.search)).toEqual(route);
  });
}

test("doubled and trailing slashes change nothing", () => {
  expect(parse("//accounts//new/")).toEqual({ page: "newAccount" });
});

test("an address the console does not have is unknown", () => {
  for (const path of ["/nowhere", "/users/a/b", "/setup/x", "/sign-in/x", "/users/%ff"]) {
    expect(parse(path)).toEqual({ page: "unknown", path });
  }
});

test("after signing in only paths of this console are followed", () => {
  for (const next of [
    null,
    "",
    "users",
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "/\t/evil",
  ]) {
    expect(ownPath(next)).toBe("/");
  }
  expect(ownPath("/users?search=a")).toBe("/users?search=a");
});
