import { expect, test } from "vitest";
import type { Limits } from "../api/types";
import { formOfLimits, limitsOf } from "./limits";

const some: Limits = {
  usersPerHour: { least: 5, percent: 1 },
  groupsPerHour: null,
  membersAtOnce: 50,
  spareMinutes: 60,
};

test("a form that nobody touched says what it began with", () => {
  expect(limitsOf(formOfLimits(some))).toEqual(some);
});

test("a limit that is switched off is sent as none, and comes back with the usual numbers", () => {
  const form = formOfLimits(some);
  form.users.on = false;
  form.members.on = false;
  expect(limitsOf(form)).toEqual({ ...some, usersPerHour: null, membersAtOnce: null });
  expect(formOfLimits(limitsOf(form)).users).toEqual({ on: false, least: 50, percent: 10 });
});
