import { expect, test } from "vitest";
import { pieces } from "./json";

const value = { userName: 'a"b: {1}', active: true, n: [1, -2.5e3, null], "<img onerror=x>": "</script>" };

test("the pieces put together are the JSON", () => {
  expect(
    pieces(value)
      .map(({ text }) => text)
      .join(""),
  ).toBe(JSON.stringify(value, null, 2));
});

test("keys, texts and values are told apart", () => {
  const kinds = pieces({ a: "true", b: true }).filter(({ kind }) => kind !== "mark");
  expect(kinds).toEqual([
    { kind: "key", text: '"a"' },
    { kind: "text", text: '"true"' },
    { kind: "key", text: '"b"' },
    { kind: "value", text: "true" },
  ]);
});
