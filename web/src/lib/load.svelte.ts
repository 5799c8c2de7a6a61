/** One thing being fetched: its value, its problem, and never the answer to an older question. */

import { problemFrom, type Problem } from "../api/errors";

export class Load<Value> {
  value = $state.raw<Value | null>(null);
  problem = $state.raw<Problem | null>(null);
  busy = $state(false);
  #asked: AbortController | null = null;

  /** Runs `fetch`; a newer run makes an older one's answer void. */
  async run(fetch: (signal: AbortSignal) => Promise<Value>): Promise<void> {
    this.#asked?.abort();
    const mine = new AbortController();
    this.#asked = mine;
    this.busy = true;
    try {
      const value = await fetch(mine.signal);
      if (mine.signal.aborted) return;
      this.value = value;
      this.problem = null;
    } catch (thrown) {
      if (mine.signal.aborted) return;
      this.problem = problemFrom(thrown);
    } finally {
      if (!mine.signal.aborted) this.busy = false;
    }
  }

  stop(): void {
    this.#asked?.abort();
  }
}
