/** Conflicts in words, and how they are settled. */
import { ask, type Conflict, type ConflictAnswer, type ConflictField } from "@concord/client";
import { conflicts as readConflicts, api } from "../../data/queries";
import type { Change } from "../../data/change";

const changed = { title: "Changed on both sides", says: "The same thing was changed here and there, each time to something else." };
const kinds: Record<Conflict["kind"], typeof changed> = {
  time_change: { title: "Moved on both sides", says: "Its time was changed here and there, each time to something else." },
  deleted: { title: "Deleted on one side", says: "It was deleted on one side and is still wanted, or was changed, on the other." },
  data_mismatch: changed,
  created_externally: { title: "Perhaps the same", says: "Something very like it was entered there. If it is the same, it should be one." },
};

export const kindWords = (kind: Conflict["kind"]) => kinds[kind];

export type Side = "local" | "external";
export type Choice = Record<string, Side>;

/** Both sides hold different things here. */
export const differs = (field: ConflictField) => field.local !== field.external;

/** Who changed a field since both agreed on it. */
export function whose(field: ConflictField): "both" | Side | "nobody" {
  const here = field.local !== field.base;
  const there = field.external !== field.base;
  return here && there ? "both" : here ? "local" : there ? "external" : "nobody";
}

/** What nobody has to be asked about: fields that only one side changed. The rest is open. */
export function settledByItself(conflict: Conflict): Choice {
  const choice: Choice = {};
  for (const field of conflict.fields) {
    const by = whose(field);
    if (by === "local" || by === "external") choice[field.field] = by;
  }
  return choice;
}

/** The value that a field would have, or undefined while it is not chosen. */
export function result(field: ConflictField, choice: Choice): string | null | undefined {
  if (!differs(field)) return field.local ?? null;
  const side = choice[field.field];
  return side && (field[side] ?? null);
}

/** Every differing field has a side. */
export const complete = (conflict: Conflict, choice: Choice) => conflict.fields.every((field) => !differs(field) || choice[field.field] !== undefined);

type Resolution = NonNullable<Conflict["resolution"]>;
const resolutions: Record<Resolution, string> = {
  keep_local: "Concord’s version was kept",
  keep_external: "The calendar’s version was kept",
  keep_latest: "The latest change was kept",
  keep_both: "Both were kept",
  merge: "Merged field by field",
  policy: "Settled as the settings of the calendar say",
  expired: "Nobody answered, so Concord’s version was kept",
  agreed: "Both sides are alike again",
};

export const resolutionWords = (resolution: Conflict["resolution"]) => (resolution ? resolutions[resolution] : "Settled");

/** Whether the calendar's version may have been taken over, so that there is something to take back. */
export const perhapsTakenOver = ({ state, eventId, resolution }: Conflict) =>
  state === "resolved" && !!eventId && (resolution === "keep_external" || resolution === "keep_latest" || resolution === "merge" || resolution === "policy");

/** Takes back what a settled conflict changed here. */
export const takeBack = (conflict: Conflict, done: () => void): Change<unknown> => ({
  of: [["events"], ["status"], ["waiting"]],
  inTurn: "conflicts",
  send: () => ask(api.POST("/schedule/sync/conflicts/{id}/undo", { params: { path: { id: conflict.id } } })),
  refused: `“${conflict.title}” stays as it is`,
  done,
});

type Page = { items: Conflict[]; total: number };

/** Settles one conflict, or all that are open. */
export function resolve(conflict: Conflict, how: Pick<ConflictAnswer, "resolution" | "fields">, all: boolean, done: (resolved: number) => void): Change<{ resolved: number }> {
  return {
    of: [["conflicts"], ["status"], ["events"]],
    inTurn: "conflicts",
    send: () => ask(api.POST("/schedule/sync/resolve-conflict", { body: all ? { all, ...how } : { conflictId: conflict.id, ...how } })),
    onto: (read, name) => {
      if (JSON.stringify(name) !== JSON.stringify(readConflicts("open").queryKey)) return read;
      const page = read as Page;
      const items = all ? [] : page.items.filter(({ id }) => id !== conflict.id);
      return { ...page, items, total: page.total - (page.items.length - items.length) };
    },
    refused: all ? "The conflicts were not settled" : `“${conflict.title}” was not settled`,
    done: (answer) => done(answer.resolved),
  };
}
