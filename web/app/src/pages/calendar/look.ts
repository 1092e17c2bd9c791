/** How an event looks: its hue, its words for a session type, and how it stands with its copies. */
import type { CalendarEvent } from "@concord/client";
import type { Hue } from "../../theme/tokens";
import type { SyncState } from "../../ui/SyncDot";

const known: Record<string, { name: string; hue: Hue }> = {
  one_on_one: { name: "One-on-one", hue: "blue" },
  group_class: { name: "Group class", hue: "teal" },
  assessment: { name: "Assessment", hue: "amber" },
};
/** For types that people name themselves: always the same hue for the same name. */
const others: Hue[] = ["violet", "rose", "green", "cyan"];

export const knownTypes = Object.keys(known);

export function typeHue(type: string | null | undefined): Hue {
  if (!type) return "slate";
  const own = known[type];
  if (own) return own.hue;
  let sum = 0;
  for (const letter of type) sum = (sum * 31 + letter.charCodeAt(0)) % 9973;
  return others[sum % others.length] ?? "violet";
}

export const typeName = (type: string): string => {
  const words = type.replaceAll("_", " ");
  return known[type]?.name ?? words.charAt(0).toUpperCase() + words.slice(1);
};

/** A type as it is stored, from what someone wrote. */
export const typeFrom = (name: string): string | null => {
  const trimmed = name.trim();
  if (!trimmed) return null;
  return knownTypes.find((type) => typeName(type).toLowerCase() === trimmed.toLowerCase()) ?? trimmed.toLowerCase().replaceAll(/\s+/g, "_");
};

/** Whether it only takes up time here: it came in from a calendar and is no session. */
export const isForeign = (event: Pick<CalendarEvent, "origin" | "sessionType">) => event.origin === "link" && !event.sessionType;

type CopyStatus = CalendarEvent["sync"][number]["syncStatus"];
const worst: [CopyStatus, SyncState][] = [
  ["conflict", "conflict"],
  ["error", "attention"],
  ["pending", "syncing"],
  ["synced", "synced"],
];

/** How it stands with all copies of an event: the worst of them is what one must know. */
export function syncState(event: Pick<CalendarEvent, "sync">): SyncState {
  return worst.find(([status]) => event.sync.some((one) => one.syncStatus === status))?.[1] ?? "off";
}

/** How it stands with one copy. */
export const copyState = (status: CopyStatus): SyncState => worst.find(([one]) => one === status)?.[1] ?? "off";

/** A name for one occurrence among all. */
export const keyOf = (event: Pick<CalendarEvent, "id" | "occurrence">) => (event.occurrence ? `${event.id}|${event.occurrence}` : event.id);
