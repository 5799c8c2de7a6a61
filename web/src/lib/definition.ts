/** What an administrator pastes as a definition: which kind it is and what it is called. The server checks the rest. */

import type { Json } from "../api/types";

export interface Definition {
  kind: "schema" | "resourceType";
  name: string;
  json: Json;
}

/** Whether a resource type is one of RFC 7643's, which can be given extensions and never goes away. */
export function isBuiltIn(name: string): boolean {
  return name === "User" || name === "Group";
}

export function definitionOf(text: string): Definition | { wrong: string } {
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (thrown) {
    return { wrong: `This is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}` };
  }
  if (json === null || typeof json !== "object" || Array.isArray(json))
    return { wrong: "A definition is one JSON object; define what is in a list one by one." };
  const { id, name, attributes, endpoint } = json;
  // a resource type has an id too, which is its name
  if (endpoint !== undefined)
    return typeof name === "string" && name !== ""
      ? { kind: "resourceType", name, json }
      : { wrong: "A resource type needs a name." };
  if (attributes !== undefined)
    return typeof id === "string" && id !== ""
      ? { kind: "schema", name: id, json }
      : { wrong: "A schema needs an id, its URN." };
  return { wrong: "A schema has attributes, and a resource type has an endpoint; this has neither." };
}
