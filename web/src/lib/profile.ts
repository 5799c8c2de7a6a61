/** A SCIM resource read for display: named rows for the profile, links for the groups. Pure. */

import type { Json, Resource } from "../api/types";

const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

export interface Field {
  label: string;
  values: string[];
}

export interface Link {
  id: string;
  text: string;
}

function text(value: Json | undefined): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return "";
}

function objectOf(value: Json | undefined): Resource {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function listOf(value: Json | undefined): Resource[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

/** "ann@example.com (work, primary)". */
function labelled(value: Resource): string {
  const shown =
    text(value["formatted"]).replace(/\s*\n\s*/g, ", ") ||
    text(value["display"]) ||
    text(value["value"]) ||
    addressOf(value);
  const notes = [text(value["type"]), value["primary"] === true ? "primary" : ""].filter(
    (note) => note !== "",
  );
  if (shown === "") return "";
  return notes.length === 0 ? shown : `${shown} (${notes.join(", ")})`;
}

function addressOf(value: Resource): string {
  return ["streetAddress", "postalCode", "locality", "region", "country"]
    .map((name) => text(value[name]))
    .filter((part) => part !== "")
    .join(", ");
}

/** The rows of a user's profile that have something to show. */
export function userFields(user: Resource): Field[] {
  const name = objectOf(user["name"]);
  const work = objectOf(user[ENTERPRISE]);
  const manager = objectOf(work["manager"]);
  const rows: [string, string[]][] = [
    ["User name", [text(user["userName"])]],
    ["Display name", [text(user["displayName"])]],
    ["Name", [fullName(name)]],
    ["Email", listOf(user["emails"]).map(labelled)],
    ["Phone", listOf(user["phoneNumbers"]).map(labelled)],
    ["Address", listOf(user["addresses"]).map(labelled)],
    ["Title", [text(user["title"])]],
    ["User type", [text(user["userType"])]],
    ["Language", [text(user["preferredLanguage"])]],
    ["Locale", [text(user["locale"])]],
    ["Time zone", [text(user["timezone"])]],
    ["Roles", listOf(user["roles"]).map(labelled)],
    ["Employee number", [text(work["employeeNumber"])]],
    ["Department", [text(work["department"])]],
    ["Division", [text(work["division"])]],
    ["Organization", [text(work["organization"])]],
    ["Cost center", [text(work["costCenter"])]],
    ["Manager", [text(manager["displayName"]) || text(manager["value"])]],
    ["External id", [text(user["externalId"])]],
  ];
  return rows
    .map(([label, values]) => ({ label, values: values.filter((value) => value !== "") }))
    .filter(({ values }) => values.length > 0);
}

function fullName(name: Resource): string {
  const formatted = text(name["formatted"]);
  if (formatted !== "") return formatted;
  return ["honorificPrefix", "givenName", "middleName", "familyName", "honorificSuffix"]
    .map((part) => text(name[part]))
    .filter((part) => part !== "")
    .join(" ");
}

/** What to call a user or group: the first of its names that is set. */
export function titleOf(resource: Resource): string {
  return text(resource["displayName"]) || text(resource["userName"]) || text(resource["id"]);
}

export function groupLinks(user: Resource): Link[] {
  return listOf(user["groups"]).map((group) => ({
    id: text(group["value"]),
    text: text(group["display"]) || text(group["value"]),
  }));
}

export function field(resource: Resource, name: string): string {
  return text(resource[name]);
}

export function metaOf(resource: Resource): { created: string; lastModified: string; version: string } {
  const meta = objectOf(resource["meta"]);
  return {
    created: text(meta["created"]),
    lastModified: text(meta["lastModified"]),
    version: text(meta["version"]),
  };
}
