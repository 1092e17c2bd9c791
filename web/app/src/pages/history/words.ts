/** Runs in words. */
import type { Run } from "@concord/client";
import type { SyncState } from "../../ui/SyncDot";

const kinds: Record<Run["syncType"], string> = {
  full: "Complete listing",
  push: "Sent",
  pull: "Fetched",
  webhook: "After a notice",
  manual: "By hand",
};
export const kind = (syncType: Run["syncType"]) => kinds[syncType];

interface Result {
  words: string;
  state: SyncState;
}
const results: Record<Run["status"], Result> = {
  running: { words: "Running", state: "syncing" },
  success: { words: "Went through", state: "synced" },
  partial: { words: "In part", state: "attention" },
  failed: { words: "Failed", state: "attention" },
};

export const result = (status: Run["status"]): Result => results[status];

/** Nothing had to be done. */
const isQuiet = (run: Run) =>
  run.status === "success" && run.errors.length === 0 && run.itemsPulled + run.itemsPushed + run.itemsDeleted + run.conflictsDetected === 0;

/** Runs that found nothing to do and follow on each other, as one; three of them at least, for fewer are in nobody's way. */
export function gathered(runs: Run[]): (Run | Run[])[] {
  const all: (Run | Run[])[] = [];
  let quiet: Run[] = [];
  const end = () => {
    if (quiet.length >= 3) all.push(quiet);
    else all.push(...quiet);
    quiet = [];
  };
  for (const run of runs) {
    if (isQuiet(run)) {
      quiet.push(run);
      continue;
    }
    end();
    all.push(run);
  }
  end();
  return all;
}

/** Runs of each day, in the order in which they come. */
export function byDay(runs: Run[], day: (instant: string) => string): [string, Run[]][] {
  const groups: [string, Run[]][] = [];
  for (const run of runs) {
    const name = day(run.startedAt);
    const last = groups.at(-1);
    if (last?.[0] === name) last[1].push(run);
    else groups.push([name, [run]]);
  }
  return groups;
}
