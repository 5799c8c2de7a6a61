/** The dialects in the words of the screen. Their names are the server's. */

import type { Dialect } from "../api/types";

export interface DialectChoice {
  name: Dialect;
  label: string;
  explained: string;
}

/** How strictly requests are read, whoever sends them. */
export const BASES: DialectChoice[] = [
  {
    name: "tolerant",
    label: "Tolerant",
    explained: "Understands how Entra, Okta and others bend the RFCs, and lists each case",
  },
  {
    name: "strict",
    label: "Strict",
    explained: "RFC 7643 and 7644 to the letter; for testing a client of your own",
  },
  {
    name: "interop",
    label: "Interop profile",
    explained: "The RFCs with fewer options, as the interoperability profile demands",
  },
];

/** Strict, with just what one client is known to need. */
export const CLIENTS: DialectChoice[] = [
  ["entra", "Microsoft Entra ID"],
  ["okta", "Okta"],
  ["oneLogin", "OneLogin"],
  ["jumpCloud", "JumpCloud"],
  ["pingFederate", "PingFederate"],
  ["sailPoint", "SailPoint"],
].map(([name, label]) => ({ name: name!, label: label!, explained: `Only what ${label!} is known to need` }));

const ALL = [...BASES, ...CLIENTS];

/** What a dialect is called; one that only another version knows keeps its name. */
export function dialectLabel(name: Dialect): string {
  return ALL.find((choice) => choice.name === name)?.label ?? name;
}

export function isBase(name: Dialect): boolean {
  return BASES.some((choice) => choice.name === name);
}
