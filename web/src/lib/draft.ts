/** The form of a service account: what is typed, and what is sent. Pure. */

import type { Account, AccountDraft, Dialect, Scope } from "../api/types";
import { samePermissions } from "./permissions";

export interface AccountForm {
  name: string;
  description: string;
  kind: "full" | "scoped";
  scopes: Scope[];
  dialect: Dialect;
}

export function emptyForm(): AccountForm {
  return { name: "", description: "", kind: "full", scopes: [], dialect: "tolerant" };
}

export function formOf(account: Account): AccountForm {
  const { name, description, permissions, dialect } = account;
  const scopes = permissions.kind === "scoped" ? [...permissions.scopes] : [];
  return { name, description, kind: permissions.kind, scopes, dialect };
}

export function draftOf(form: AccountForm): AccountDraft {
  return {
    name: form.name.trim(),
    description: form.description.trim(),
    permissions: form.kind === "full" ? { kind: "full" } : { kind: "scoped", scopes: [...form.scopes] },
    dialect: form.dialect,
  };
}

/** The parts of a form that differ from the account, as PATCH wants them. */
export function changeOf(account: Account, form: AccountForm): Partial<AccountDraft> {
  const draft = draftOf(form);
  return {
    ...(draft.name === account.name ? {} : { name: draft.name }),
    ...(draft.description === account.description ? {} : { description: draft.description }),
    ...(samePermissions(draft.permissions, account.permissions) ? {} : { permissions: draft.permissions }),
    ...(draft.dialect === account.dialect ? {} : { dialect: draft.dialect }),
  };
}

export function isEmpty(form: AccountForm): boolean {
  return JSON.stringify(form) === JSON.stringify(emptyForm());
}
