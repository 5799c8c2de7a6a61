/** Where the console is, and how it moves: the History API behind one small object. */

import { href, parse, type Route } from "./router";

/** Kept with a history entry: the cursors of the pages before this one. */
export interface EntryState {
  trail?: string[];
}

type Leave = () => Promise<boolean>;

function here(): Route {
  return parse(window.location.pathname, window.location.search);
}

let route = $state.raw<Route>(here());
let entry = $state.raw<EntryState>((window.history.state as EntryState | null) ?? {});
let leave: Leave | null = null;
let headingDue = false;

export const navigation = {
  get route(): Route {
    return route;
  },
  get entry(): EntryState {
    return entry;
  },
};

function show(next: Route, state: EntryState): void {
  const samePage = next.page === route.page && !("id" in next && "id" in route && next.id !== route.id);
  route = next;
  entry = state;
  if (!samePage) {
    leave = null;
    headingDue = true;
    window.scrollTo(0, 0);
  }
}

/** Focuses a new page's heading when it appears, so that keyboards and screen readers start there; not on the first page. */
export function headingOf(element: HTMLElement): void {
  if (!headingDue) return;
  headingDue = false;
  element.focus({ preventScroll: true });
}

/** Moves to a route, unless the page in front holds unsaved changes and the reader stays. */
export async function go(next: Route, state: EntryState = {}): Promise<void> {
  if (leave && !(await leave())) return;
  window.history.pushState(state, "", href(next));
  show(next, state);
}

/** Moves without a new history entry: for redirects and for a search being typed. Asks nobody. */
export function replace(next: Route, state: EntryState = {}): void {
  window.history.replaceState(state, "", href(next));
  show(next, state);
}

/** Has `ask` called before the page is left; the answer says whether to go. Returns how to stop that. */
export function guardLeaving(ask: Leave, unsaved: () => boolean): () => void {
  const asking: Leave = async () => !unsaved() || (await ask());
  const closing = (event: BeforeUnloadEvent): void => {
    if (unsaved()) event.preventDefault();
  };
  leave = asking;
  window.addEventListener("beforeunload", closing);
  return () => {
    if (leave === asking) leave = null;
    window.removeEventListener("beforeunload", closing);
  };
}

/** Follows the back button and clicks on links to our own pages. Call once. */
export function startNavigation(): void {
  window.addEventListener("popstate", (event) => {
    void (async () => {
      if (leave) {
        // The address has already moved: put it back while the reader decides.
        const target = here();
        const state = (event.state as EntryState | null) ?? {};
        const asking = leave;
        window.history.pushState(entry, "", href(route));
        if (!(await asking())) return;
        window.history.pushState(state, "", href(target));
        show(target, state);
        return;
      }
      show(here(), (event.state as EntryState | null) ?? {});
    })();
  });
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const anchor = event.target instanceof Element ? event.target.closest("a") : null;
    if (!anchor || anchor.target !== "" || anchor.hasAttribute("download")) return;
    const address = new URL(anchor.href, window.location.href);
    if (address.origin !== window.location.origin || address.pathname.startsWith("/api/")) return;
    if (address.hash !== "") return;
    event.preventDefault();
    void go(parse(address.pathname, address.search));
  });
}
