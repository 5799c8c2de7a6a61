/** What became of a restored resource's memberships, as the end of a sentence that begins with its name. Pure. */

import type { Restored } from "../api/types";
import { counted } from "./format";

export function restoredText(what: Restored): string {
  const parts: string[] = [];
  if (what.groups > 0) parts.push(`in ${counted(what.groups, "group")}`);
  if (what.members > 0) parts.push(`with ${counted(what.members, "member")}`);
  const told = [parts.length === 0 ? "is back." : `is back, ${parts.join(" and ")}.`];
  if (what.waiting > 0)
    told.push(
      `${counted(what.waiting, "membership")} will follow when the other side is restored from the bin too.`,
    );
  if (what.lost > 0)
    told.push(`${counted(what.lost, "membership")} could not be restored: the other side is gone for good.`);
  return told.join(" ");
}
