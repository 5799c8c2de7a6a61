/** JSON cut into coloured pieces for display. It makes no markup: a piece is always shown as text. */

import type { Json } from "../api/types";

export interface Piece {
  kind: "key" | "text" | "value" | "mark";
  text: string;
}

const LEXEME = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*|true|false|null)/g;

export function pieces(value: Json): Piece[] {
  const source = JSON.stringify(value, null, 2);
  const found: Piece[] = [];
  let from = 0;
  for (const match of source.matchAll(LEXEME)) {
    if (match.index > from) found.push({ kind: "mark", text: source.slice(from, match.index) });
    const [whole, quoted, colon] = match;
    if (quoted === undefined) found.push({ kind: "value", text: whole });
    else {
      found.push({ kind: colon === undefined ? "text" : "key", text: quoted });
      if (colon !== undefined) found.push({ kind: "mark", text: colon });
    }
    from = match.index + whole.length;
  }
  if (from < source.length) found.push({ kind: "mark", text: source.slice(from) });
  return found;
}
