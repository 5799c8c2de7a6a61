/** A secret just minted, on its way to the one page that shows it. It is kept nowhere else, and not for long. */

import type { MintedToken } from "../api/types";

let minted: { account: string; token: MintedToken } | null = null;

export function hand(account: string, token: MintedToken): void {
  minted = { account, token };
}

/** The secret handed over for this account, once. */
export function take(account: string): MintedToken | null {
  const found = minted?.account === account ? minted.token : null;
  minted = null;
  return found;
}
