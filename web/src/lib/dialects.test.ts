import { expect, test } from "vitest";
import { BASES, CLIENTS, dialectLabel, isBase } from "./dialects";

test("every dialect has one name and one label", () => {
  const names = [...BASES, ...CLIENTS].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.map(dialectLabel)).toContain("Microsoft Entra ID");
});

test("a dialect of another version keeps its name", () => {
  expect(dialectLabel("newer")).toBe("newer");
  expect(isBase("newer")).toBe(false);
  expect(isBase("interop")).toBe(true);
});
