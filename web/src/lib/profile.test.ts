import { expect, test } from "vitest";
import { groupLinks, titleOf, userFields } from "./profile";

const user = {
  id: "u1",
  userName: "ann@example.com",
  name: { givenName: "Ann", familyName: "Lee" },
  emails: [{ value: "ann@example.com", type: "work", primary: true }, { value: "ann@home.example" }],
  addresses: [{ streetAddress: "1 High St", locality: "Leeds", country: "GB", type: "work" }],
  groups: [{ value: "g1", display: "Crew" }, { value: "g2" }],
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
    employeeNumber: "701984",
    manager: { value: "u9", displayName: "Bo" },
  },
};

test("a profile has a row for each attribute that is set", () => {
  expect(userFields(user)).toEqual([
    { label: "User name", values: ["ann@example.com"] },
    { label: "Name", values: ["Ann Lee"] },
    { label: "Email", values: ["ann@example.com (work, primary)", "ann@home.example"] },
    { label: "Address", values: ["1 High St, Leeds, GB (work)"] },
    { label: "Employee number", values: ["701984"] },
    { label: "Manager", values: ["Bo"] },
  ]);
});

test("the title is the first name that is set", () => {
  expect(titleOf({ ...user, displayName: "Ann L." })).toBe("Ann L.");
  expect(titleOf(user)).toBe("ann@example.com");
  expect(titleOf({ id: "u1" })).toBe("u1");
});

test("groups without a display name show their id", () => {
  expect(groupLinks(user)).toEqual([
    { id: "g1", text: "Crew" },
    { id: "g2", text: "g2" },
  ]);
});

test("values of an unexpected shape are left out, not shown as objects", () => {
  expect(userFields({ userName: "a", emails: "nonsense", name: ["x"] })).toEqual([
    { label: "User name", values: ["a"] },
  ]);
});
