/** One look answers "is it working?" (UI-7). */
import { ask, type Status } from "@concord/client";
import { Menu, Tooltip } from "@mantine/core";
import { IconChevronDown, IconClockHour4, IconHistory, IconPlugConnected, IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useUnderWay, useChange } from "../data/change";
import { api, status } from "../data/queries";
import { useConnected } from "../live";
import { useNow } from "../ui/Ago";
import { IconButton } from "../ui/IconButton";
import { SyncDot, type SyncState } from "../ui/SyncDot";
import { ago, moment } from "../ui/time";
import { MenuLink } from "./links";
import classes from "./SyncBadge.module.css";
import { useZone } from "./session";

interface Look {
  state: SyncState;
  words: string;
  detail: string;
}

/** What the badge says. */
export function look(read: Status | undefined, connected: boolean, unsaved: number, now: Date): Look {
  const waiting = unsaved === 1 ? "1 change waits here and is sent when the connection is back." : `${unsaved} changes wait here and are sent when the connection is back.`;
  if (!connected) return { state: "offline", words: "Offline", detail: unsaved ? waiting : "Concord cannot be heard just now. It goes on syncing at the server." };
  if (!read) return { state: "off", words: "Sync", detail: "Looking…" };
  const last = read.lastSyncAt ? `Last sync ${ago(read.lastSyncAt, now)}.` : "Nothing was synced yet.";
  if (unsaved) return { state: "syncing", words: "Saving", detail: last };
  const conflicts = read.items.reduce((sum, link) => sum + link.conflicts, 0);
  const troubled = read.items.filter((link) => link.error ?? link.note);
  switch (read.state) {
    case "synced":
      return { state: "synced", words: "Synced", detail: last };
    case "syncing":
      return { state: "syncing", words: "Syncing", detail: last };
    case "conflict":
      return { state: "conflict", words: conflicts === 1 ? "1 conflict" : `${conflicts || "Some"} conflicts`, detail: "Both sides changed the same thing. Please decide." };
    case "attention": {
      const first = troubled[0];
      return { state: "attention", words: "Needs attention", detail: first ? `${first.calendar}: ${first.error ?? first.note}` : last };
    }
    case "none":
      return { state: "off", words: "Not connected", detail: "No calendar is connected yet." };
  }
}

export function SyncBadge({ compact }: { compact?: boolean }) {
  const { data } = useQuery(status());
  const connected = useConnected();
  const unsaved = useUnderWay().length;
  const now = useNow();
  const zone = useZone();
  const change = useChange();
  const navigate = useNavigate();
  const shown = look(data, connected, unsaved, now);

  const syncNow = () =>
    change({
      of: [["status"], ["runs"]],
      inTurn: "sync-now",
      send: () => ask(api.POST("/schedule/sync/sync-now", { body: {} })),
      onto: (read, name) => (name[0] === "status" ? { ...(read as Status), state: "syncing" } : read),
      refused: "Nothing was synced",
    });
  const act = () => (data?.state === "none" ? void navigate({ to: "/connections" }) : syncNow());
  const pending = data?.items.reduce((sum, link) => sum + link.pending, 0) ?? 0;
  const press = data?.state === "none" ? "Connect a calendar" : "Sync now";

  return (
    <div className={classes.badge} data-state={shown.state} data-compact={compact || undefined}>
      <Tooltip
        label={
          <>
            {shown.detail}
            {data?.lastSyncAt && <><br />{moment(data.lastSyncAt, zone)}</>}
          </>
        }
        maw={300}
      >
        <button type="button" className={classes.main} onClick={act} aria-label={`${shown.words}. ${press}`}>
          <SyncDot state={shown.state} silent size={15} />
          <span>{shown.words}</span>
        </button>
      </Tooltip>
      <Menu position="bottom-end" width={290}>
        <Menu.Target>
          <IconButton label="More about syncing" icon={<IconChevronDown size={15} />} size="md" className={classes.more} />
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{shown.detail}</Menu.Label>
          <Menu.Divider />
          <Menu.Item leftSection={<IconRefresh size={16} />} onClick={syncNow} disabled={!data?.items.length}>Sync now</Menu.Item>
          <MenuLink leftSection={<IconHistory size={16} />} to="/history">Open the log</MenuLink>
          <MenuLink leftSection={<IconClockHour4 size={16} />} to="/history" search={{ tab: "waiting" }} rightSection={<span className="tabular">{pending}</span>}>
            Waiting changes
          </MenuLink>
          <MenuLink leftSection={<IconPlugConnected size={16} />} to="/connections">Connections</MenuLink>
        </Menu.Dropdown>
      </Menu>
      <span role="status" className="visually-hidden">{shown.state === "syncing" ? "" : shown.words}</span>
    </div>
  );
}
