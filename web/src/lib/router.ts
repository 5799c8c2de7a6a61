/** Addresses of the console as values. Pure: the browser's history is in `navigation.svelte.ts`. */

export type Route =
  | { page: "overview" }
  | { page: "setup" }
  | { page: "signIn"; next: string }
  | { page: "accounts" }
  | { page: "newAccount" }
  | { page: "account"; id: string }
  | { page: "users"; search: string; cursor: string }
  | { page: "user"; id: string }
  | { page: "groups"; search: string; cursor: string }
  | { page: "group"; id: string; cursor: string }
  | { page: "safety" }
  | { page: "bin"; search: string; cursor: string }
  | { page: "schemas" }
  | { page: "streams" }
  | { page: "newStream" }
  | { page: "unknown"; path: string };

/** The route an address names. A doubled or trailing slash changes nothing. */
export function parse(path: string, query = ""): Route {
  const parts = path.split("/").filter((part) => part !== "");
  const asked = new URLSearchParams(query);
  const search = asked.get("search") ?? "";
  const cursor = asked.get("cursor") ?? "";
  const unknown: Route = { page: "unknown", path };
  if (parts.length === 0) return { page: "overview" };
  if (parts.length > 2) return unknown;
  const [head, tail] = parts;
  const id = tail === undefined ? undefined : decoded(tail);
  if (id === null) return unknown;
  switch (head) {
    case "setup":
      return id === undefined ? { page: "setup" } : unknown;
    case "sign-in":
      return id === undefined ? { page: "signIn", next: ownPath(asked.get("next")) } : unknown;
    case "accounts":
      if (id === undefined) return { page: "accounts" };
      return id === "new" ? { page: "newAccount" } : { page: "account", id };
    case "users":
      return id === undefined ? { page: "users", search, cursor } : { page: "user", id };
    case "groups":
      return id === undefined ? { page: "groups", search, cursor } : { page: "group", id, cursor };
    case "safety":
    case "schemas":
      return id === undefined ? { page: head } : unknown;
    case "streams":
      if (id === undefined) return { page: "streams" };
      return id === "new" ? { page: "newStream" } : unknown;
    case "bin":
      return id === undefined ? { page: "bin", search, cursor } : unknown;
    default:
      return unknown;
  }
}

/** The address of a route; `parse` of it gives the route back. */
export function href(route: Route): string {
  switch (route.page) {
    case "overview":
      return "/";
    case "setup":
      return "/setup";
    case "signIn":
      return `/sign-in${query({ next: route.next === "/" ? "" : route.next })}`;
    case "accounts":
      return "/accounts";
    case "newAccount":
      return "/accounts/new";
    case "account":
      return `/accounts/${encodeURIComponent(route.id)}`;
    case "safety":
    case "schemas":
    case "streams":
      return `/${route.page}`;
    case "newStream":
      return "/streams/new";
    case "users":
    case "groups":
    case "bin":
      return `/${route.page}${query({ search: route.search, cursor: route.cursor })}`;
    case "user":
      return `/users/${encodeURIComponent(route.id)}`;
    case "group":
      return `/groups/${encodeURIComponent(route.id)}${query({ cursor: route.cursor })}`;
    case "unknown":
      return route.path;
  }
}

/** Short forms for the lists' first pages. */
export const allUsers: Route = { page: "users", search: "", cursor: "" };
export const allGroups: Route = { page: "groups", search: "", cursor: "" };
export const wholeBin: Route = { page: "bin", search: "", cursor: "" };

/** `next` comes from the address bar: only a path of this console is followed. */
export function ownPath(next: string | null): string {
  if (next === null || !/^\/(?![/\\])/.test(next) || /[\u0000-\u001f\\]/.test(next)) return "/";
  return next;
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

function query(parameters: Record<string, string>): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== "") pairs.set(name, value);
  const text = pairs.toString();
  return text === "" ? "" : `?${text}`;
}
