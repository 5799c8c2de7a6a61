import { expect, test } from "vitest";
import { OFFLINE, Problem, problemFrom, problemOf, sentence } from "./errors";

test("the server's words are shown as a sentence, with their field", () => {
  const problem = problemOf(409, {
    error: { code: "nameTaken", message: 'the name "Entra" is taken', field: "name" },
  });
  expect(problem).toMatchObject({
    kind: "refused",
    message: 'The name "Entra" is taken.',
    field: "name",
    code: "nameTaken",
  });
});

test("an answer without an envelope still says something useful", () => {
  expect(problemOf(401, undefined).message).toContain("Sign in again");
  expect(problemOf(404, "<html>").kind).toBe("notFound");
  expect(problemOf(503, {}).kind).toBe("busy");
  expect(problemOf(500, { error: "boom" })).toMatchObject({ kind: "server" });
  expect(problemOf(400, { error: { code: 1, message: 2 } }).message).toContain("status 400");
});

test("whatever is thrown becomes a problem", () => {
  const known = new Problem("busy", "wait");
  expect(problemFrom(known)).toBe(known);
  expect(problemFrom(new TypeError("failed to fetch")).message).toBe(OFFLINE);
});

test("a message that ends itself is left alone", () => {
  expect(sentence("is it running?")).toBe("Is it running?");
  expect(sentence("")).toBe("");
  expect(sentence("urn:example:Badge: it has no attributes")).toBe(
    "urn:example:Badge: it has no attributes.",
  );
  expect(sentence("userName is taken")).toBe("userName is taken.");
});
