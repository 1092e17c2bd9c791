import { IconAlertTriangle, IconArrowsDiff, IconCheck, IconCloudOff, IconMinus, IconRefresh } from "@tabler/icons-react";
import classes from "./SyncDot.module.css";

/** How it stands with a copy, or with all of them. */
export type SyncState = "synced" | "syncing" | "attention" | "conflict" | "offline" | "off";

const looks: Record<SyncState, { icon: typeof IconCheck; words: string }> = {
  synced: { icon: IconCheck, words: "Synced" },
  syncing: { icon: IconRefresh, words: "Syncing" },
  attention: { icon: IconAlertTriangle, words: "Needs attention" },
  conflict: { icon: IconArrowsDiff, words: "Conflict" },
  offline: { icon: IconCloudOff, words: "Offline" },
  off: { icon: IconMinus, words: "Not synced" },
};

export const syncWords = (state: SyncState) => looks[state].words;

/** The sign of a state: shape and colour say the same, and it has a name. */
export function SyncDot({ state, size = 14, label, silent }: { state: SyncState; size?: number; label?: string; silent?: boolean }) {
  const Icon = looks[state].icon;
  return (
    <span className={classes.dot} data-state={state} {...(silent ? { "aria-hidden": true } : { role: "img", "aria-label": label ?? looks[state].words })}>
      <Icon size={size} stroke={2.4} />
    </span>
  );
}
