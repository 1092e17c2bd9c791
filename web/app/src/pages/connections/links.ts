/** Connections in words, and what can be done with them. */
import { ask, type LinkSettings, type LinkSettingsWanted, type LinkStatus, type Status } from "@concord/client";
import type { Change } from "../../data/change";
import { api, settings } from "../../data/queries";
import type { SyncState } from "../../ui/SyncDot";

/** How it stands with a link, in a sign and in words. */
export function standing(link: LinkStatus): { state: SyncState; words: string } {
  if (link.syncing) return { state: "syncing", words: "Syncing" };
  switch (link.state) {
    case "paused":
      return { state: "off", words: "Paused" };
    case "stopped":
      return { state: "attention", words: "Stopped" };
    case "braked":
      return { state: "attention", words: "Waits for your consent" };
    default:
      if (link.error) return { state: "attention", words: "Needs attention" };
      if (link.conflicts) return { state: "conflict", words: link.conflicts === 1 ? "1 conflict" : `${link.conflicts} conflicts` };
      if (link.lastSyncStatus === "failed") return { state: "attention", words: "The last sync failed" };
      return link.lastSyncAt ? { state: "synced", words: "Synced" } : { state: "syncing", words: "First sync" };
  }
}

export const directions = {
  both: { words: "Both ways", says: "What changes on either side changes on the other." },
  push: { words: "Only there", says: "Concord writes into this calendar. Changes made there are put back." },
  pull: { words: "Only here", says: "Concord reads this calendar and never writes into it." },
} as const;
export type Direction = keyof typeof directions;
export const isDirection = (text: string): text is Direction => text in directions;
export const directionWords = (text: string) => (isDirection(text) ? directions[text].words : text);

export const frequencies = [
  { value: "0", label: "At once" },
  { value: "5", label: "Every 5 minutes" },
  { value: "15", label: "Every 15 minutes" },
  { value: "30", label: "Every 30 minutes" },
  { value: "60", label: "Every hour" },
  { value: "1440", label: "Once a day" },
];
export const frequency = (minutes: number) => frequencies.find(({ value }) => value === String(minutes))?.label ?? `Every ${minutes} minutes`;

const touched = [["status"], ["links"], ["runs"]];

/** How the status looks with a change of one link in it. */
const onLink = (linkId: string, change: Partial<LinkStatus>) => (read: unknown, name: readonly unknown[]) =>
  name[0] === "status" ? { ...(read as Status), items: (read as Status).items.map((link) => (link.linkId === linkId ? { ...link, ...change } : link)) } : read;

export const pause = (link: LinkStatus): Change => ({
  of: touched,
  inTurn: `link ${link.linkId}`,
  send: () => ask(api.POST("/schedule/sync/pause", { body: { linkId: link.linkId } })),
  onto: onLink(link.linkId, { state: "paused", isActive: false, syncing: false }),
  refused: `“${link.calendar}” was not paused`,
});

export const resume = (link: LinkStatus): Change => ({
  of: touched,
  inTurn: `link ${link.linkId}`,
  send: () => ask(api.POST("/schedule/sync/resume", { body: { linkId: link.linkId } })),
  onto: onLink(link.linkId, { state: "active", isActive: true }),
  refused: `“${link.calendar}” was not resumed`,
});

export const syncNow = (link: LinkStatus): Change => ({
  of: touched,
  inTurn: `link ${link.linkId}`,
  send: () => ask(api.POST("/schedule/sync/sync-now", { body: { linkId: link.linkId } })),
  onto: onLink(link.linkId, { syncing: true }),
  refused: `“${link.calendar}” was not synced`,
});

export const approve = (link: LinkStatus, hash: string): Change => ({
  of: touched,
  inTurn: `link ${link.linkId}`,
  send: () => ask(api.POST("/schedule/sync/plans/approve", { body: { linkId: link.linkId, hash } })),
  onto: onLink(link.linkId, { state: "active", syncing: true, plan: null, note: null }),
  refused: "Nothing was done",
});

export const disconnect = (what: { linkId: string } | { accountId: string }, name: string, removeSynced: boolean, done: () => void): Change => ({
  of: [["status"], ["links"], ["accounts"], ["events"], ["conflicts"]],
  inTurn: "disconnect",
  send: () => ask(api.DELETE("/schedule/sync/disconnect", { body: { ...what, removeSynced } })),
  onto: (read, key) => {
    if (key[0] === "status") {
      const { items, ...rest } = read as Status;
      return { ...rest, items: items.filter((link) => ("linkId" in what ? link.linkId !== what.linkId : link.accountId !== what.accountId)) };
    }
    return read;
  },
  refused: `“${name}” is still connected`,
  done,
});

/** What differs of two objects' fields; of fields that are objects themselves, what differs in them. */
export function differing<T extends object>(before: T, after: T): Partial<T> {
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const inner = (a: unknown, b: unknown) =>
    typeof a === "object" && a !== null && !Array.isArray(a) && typeof b === "object" && b !== null ? differing(a, b) : b;
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => !same(value, before[name as keyof T])).map(([name, value]) => [name, inner(before[name as keyof T], value)]),
  ) as Partial<T>;
}

export const save = (before: LinkSettings, after: LinkSettings, calendar: string, done: () => void): Change => ({
  of: [["links"], ["status"]],
  inTurn: `link ${after.linkId}`,
  // Only what was changed is said: the rest may have been changed elsewhere meanwhile.
  send: () => ask(api.PUT("/schedule/sync/settings", { body: { ...(differing(before, after) as LinkSettingsWanted), linkId: before.linkId } })),
  onto: (read, name) => (JSON.stringify(name) === JSON.stringify(settings(before.linkId).queryKey) ? after : read),
  refused: `The settings of “${calendar}” were not saved`,
  done,
});
