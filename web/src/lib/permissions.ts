/** The permission scopes in the words of the screen. */

import type { Permissions, Scope } from "../api/types";

export interface ScopeChoice {
  scope: Scope;
  label: string;
  explained: string;
}

export const SCOPES: ScopeChoice[] = [
  { scope: "users:read", label: "Users: Read", explained: "List, search and read users" },
  {
    scope: "users:write",
    label: "Users: Create and modify",
    explained: "Create, change, disable and delete users",
  },
  { scope: "teams:read", label: "Teams: Read", explained: "List, search and read groups and their members" },
  {
    scope: "teams:write",
    label: "Teams: Create and modify",
    explained: "Create, change and delete groups, and change their members",
  },
];

/** The labels of what an account may do, in the order of the form. */
export function permissionLabels(permissions: Permissions): string[] {
  if (permissions.kind === "full") return ["Full permissions"];
  const granted = new Set<Scope>(permissions.scopes);
  return SCOPES.filter(({ scope }) => granted.has(scope)).map(({ label }) => label);
}

/** What is likely wrong with a choice of scopes, or null. Writing does not imply reading. */
export function scopeHint(scopes: readonly Scope[]): string | null {
  const has = (scope: Scope): boolean => scopes.includes(scope);
  const blind: string[] = [];
  if (has("users:write") && !has("users:read")) blind.push("Users: Read");
  if (has("teams:write") && !has("teams:read")) blind.push("Teams: Read");
  if (blind.length === 0) return null;
  return `Microsoft Entra ID looks each object up before it writes. Add ${blind.join(" and ")}, or Test Connection will fail.`;
}

export function samePermissions(one: Permissions, other: Permissions): boolean {
  return permissionLabels(one).join() === permissionLabels(other).join();
}
