/** A held change as the end of a sentence that begins with who asked. Pure. */

import type { Held } from "../api/types";
import { count, counted } from "./format";

export function heldText({ subject, limit }: Pick<Held, "subject" | "limit">): string {
  switch (subject.kind) {
    case "users":
      return `wants to disable or delete more than ${counted(limit, "user")} within an hour.`;
    case "groups":
      return `wants to delete more than ${counted(limit, "group")} within an hour.`;
    case "members":
      return `wants to empty or delete a group of more than ${count(limit)} members.`;
  }
}
