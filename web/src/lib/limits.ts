/** The form of the limits: what is typed, and what is sent. Pure. */

import type { Limits, Threshold } from "../api/types";

export interface ThresholdForm {
  on: boolean;
  least: number;
  percent: number;
}

export interface LimitsForm {
  users: ThresholdForm;
  groups: ThresholdForm;
  members: { on: boolean; most: number };
  spareMinutes: number;
}

/** What an empty box begins with when a limit is switched on. */
const USUAL = { least: 50, percent: 10 };

function formOf(threshold: Threshold | null): ThresholdForm {
  return { on: threshold !== null, ...(threshold ?? USUAL) };
}

function thresholdOf({ on, least, percent }: ThresholdForm): Threshold | null {
  return on ? { least, percent } : null;
}

export function formOfLimits(limits: Limits): LimitsForm {
  return {
    users: formOf(limits.usersPerHour),
    groups: formOf(limits.groupsPerHour),
    members: { on: limits.membersAtOnce !== null, most: limits.membersAtOnce ?? USUAL.least },
    spareMinutes: limits.spareMinutes,
  };
}

export function limitsOf(form: LimitsForm): Limits {
  return {
    usersPerHour: thresholdOf(form.users),
    groupsPerHour: thresholdOf(form.groups),
    membersAtOnce: form.members.on ? form.members.most : null,
    spareMinutes: form.spareMinutes,
  };
}
