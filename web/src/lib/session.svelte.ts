/** Who is signed in, and the server's own facts that several pages show. */

import { api, onSessionEnd } from "../api/client";
import { problemFrom, type Problem } from "../api/errors";
import type { SessionState, Status } from "../api/types";
import { navigation, replace } from "./navigation.svelte";
import { href, parse } from "./router";

let known = $state<SessionState | null>(null);
let version = $state("");
let expired = $state(false);
let status = $state.raw<Status | null>(null);
let problem = $state.raw<Problem | null>(null);

export const session = {
  get state(): SessionState | null {
    return known;
  },
  get version(): string {
    return version;
  },
  /** True when the session ended by itself, so that the sign-in page can say why it is there. */
  get expired(): boolean {
    return expired;
  },
  get status(): Status | null {
    return status;
  },
  get problem(): Problem | null {
    return problem;
  },
};

/** Asks the server for the state of this browser's session. */
export async function openSession(): Promise<void> {
  problem = null;
  try {
    const answer = await api.session();
    version = answer.version;
    known = answer.state;
    redirect();
    if (answer.state === "signedIn") await refreshStatus();
  } catch (thrown) {
    problem = problemFrom(thrown);
  }
}

/** After setting up or signing in. */
export function signedIn(): void {
  expired = false;
  known = "signedIn";
  redirect();
  void refreshStatus().catch(() => undefined);
}

export async function signOut(): Promise<void> {
  await api.signOut();
  known = "signedOut";
  status = null;
  replace({ page: "signIn", next: "/" });
}

/** Reads the counts and addresses anew; the pages that show them ask for it. */
export async function refreshStatus(): Promise<void> {
  status = await api.status();
}

onSessionEnd(() => {
  if (known !== "signedIn") return;
  expired = true;
  known = "signedOut";
  redirect();
});

/** Keeps the address and the session in step: each state has the pages it may show. */
function redirect(): void {
  const { route } = navigation;
  if (known === "setup" && route.page !== "setup") replace({ page: "setup" });
  // A setup code also replaces a lost passphrase, so that page stays open.
  if (known === "signedOut" && route.page !== "signIn" && route.page !== "setup") {
    replace({ page: "signIn", next: href(route) });
  }
  if (known === "signedIn" && route.page === "setup") replace({ page: "overview" });
  if (known === "signedIn" && route.page === "signIn") {
    const next = new URL(route.next, window.location.origin);
    replace(parse(next.pathname, next.search));
  }
}
