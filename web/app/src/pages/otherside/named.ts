/** The sides that an address names; the first is there without one. Apart from what they are, which only their page needs. */
import type { TwinName } from "@concord/client/twin";

export const named = ["apple", "outlook", "notion"] as const satisfies readonly TwinName[];
