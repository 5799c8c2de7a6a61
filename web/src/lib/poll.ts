/** Asking again and again, with regard for the session: nobody there, nothing asked. */

/** After this long without a key or a pointer the asking stops, so that an idle session can end. */
export const IDLE_MS = 10 * 60 * 1000;

/** What the next turn of a poll does. Pure. */
export function turn(hidden: boolean, lastInputAt: number, now: number): "ask" | "wait" {
  return hidden || now - lastInputAt > IDLE_MS ? "wait" : "ask";
}

/** Calls `ask` at once and then `every()` milliseconds after each answer, until the returned function is called. */
export function poll(ask: () => Promise<void>, every: () => number): () => void {
  let lastInputAt = Date.now();
  let timer = 0;
  let stopped = false;
  const seen = (): void => {
    lastInputAt = Date.now();
  };
  const inputs = ["pointerdown", "pointermove", "keydown", "visibilitychange"] as const;
  for (const input of inputs) document.addEventListener(input, seen, { passive: true });
  const next = async (): Promise<void> => {
    if (turn(document.hidden, lastInputAt, Date.now()) === "ask") await ask();
    if (!stopped) timer = window.setTimeout(() => void next(), every());
  };
  void next();
  return () => {
    stopped = true;
    window.clearTimeout(timer);
    for (const input of inputs) document.removeEventListener(input, seen);
  };
}
