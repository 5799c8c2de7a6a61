/** Numbers, times and counts as text. Pure: the clock is an argument. */

const number = new Intl.NumberFormat("en");

export function count(value: number): string {
  return number.format(value);
}

/** "1 user", "1,204 users". */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago, as one would say it: "just now", "3 min ago", "yesterday", "12 Mar 2026". */
export function ago(at: string, now: Date): string {
  const then = new Date(at);
  if (Number.isNaN(then.getTime())) return at;
  const seconds = Math.round((now.getTime() - then.getTime()) / 1000);
  // A clock that is a little ahead of ours is no reason to speak of the future.
  if (seconds < 5) return "just now";
  if (seconds < MINUTE) return `${seconds} s ago`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ago`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h ago`;
  if (seconds < 2 * DAY) return "yesterday";
  if (seconds < 7 * DAY) return `${Math.floor(seconds / DAY)} days ago`;
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" }).format(then);
}

/** How long something still holds: "59 min", "2 h", "3 days"; a moment when it is as good as over. */
export function left(until: string, now: Date): string {
  const then = new Date(until);
  if (Number.isNaN(then.getTime())) return until;
  const seconds = Math.round((then.getTime() - now.getTime()) / 1000);
  if (seconds < MINUTE) return "a moment";
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)} h`;
  return `${Math.floor(seconds / DAY)} days`;
}

/** The exact instant, in the reader's time zone. */
export function exact(at: string): string {
  const then = new Date(at);
  if (Number.isNaN(then.getTime())) return at;
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" }).format(then);
}

/** The time of day with seconds, for rows that are minutes apart. */
export function clock(at: string): string {
  const then = new Date(at);
  if (Number.isNaN(then.getTime())) return at;
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(
    then,
  );
}

/** A fingerprint in rows of eight bytes, which people compare more easily than one long line. */
export function fingerprintRows(fingerprint: string): string[] {
  const bytes = fingerprint.replace(/^SHA-?256[ :=]*/i, "").split(":");
  const rows: string[] = [];
  for (let start = 0; start < bytes.length; start += 8) rows.push(bytes.slice(start, start + 8).join(":"));
  return rows;
}
