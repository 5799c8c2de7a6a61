import { expect, test } from "vitest";
import { definitionOf } from "./definition";

test("a schema is known by its attributes and a resource type by its endpoint", () => {
  expect(definitionOf('{"id":"urn:a:b","attributes":[]}')).toMatchObject({ kind: "schema", name: "urn:a:b" });
  expect(definitionOf('{"id":"Badge","name":"Badge","endpoint":"/Badges"}')).toMatchObject({
    kind: "resourceType",
    name: "Badge",
  });
});

test("what is neither is said in words", () => {
  expect(definitionOf("{")).toHaveProperty("wrong", expect.stringContaining("not JSON"));
  expect(definitionOf("[]")).toHaveProperty("wrong", expect.stringContaining("one JSON object"));
  expect(definitionOf('{"name":"x"}')).toHaveProperty("wrong", expect.stringContaining("neither"));
  expect(definitionOf('{"attributes":[]}')).toHaveProperty("wrong", "A schema needs an id, its URN.");
});
