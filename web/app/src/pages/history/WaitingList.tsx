/** Changes that are on their way or were refused: each can be tried at once, or dropped. */
import { ask, type WaitingChange } from "@concord/client";
import { Button, Group, Skeleton, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useState } from "react";
import { type Change, useChange, useShown } from "../../data/change";
import { api, waiting } from "../../data/queries";
import { TextLink } from "../../shell/links";
import { useZone } from "../../shell/session";
import { Ago } from "../../ui/Ago";
import { Dialog } from "../../ui/Dialog";
import { Empty, Trouble } from "../../ui/states";
import { SyncDot } from "../../ui/SyncDot";
import classes from "./WaitingList.module.css";

const act = (one: WaitingChange, how: "retry" | "drop"): Change => ({
  of: [["waiting"], ["status"]],
  inTurn: `waiting ${one.id}`,
  send: () =>
    how === "retry"
      ? ask(api.POST("/schedule/sync/queue/{id}/retry", { params: { path: { id: one.id } } }))
      : ask(api.POST("/schedule/sync/queue/{id}/drop", { params: { path: { id: one.id } } })),
  onto: (read, name) => {
    if (name[0] !== "waiting") return read;
    const list = read as { items: WaitingChange[] };
    return { ...list, items: how === "drop" ? list.items.filter(({ id }) => id !== one.id) : list.items.map((item) => (item.id === one.id ? { ...item, state: "pending", retryAt: null } : item)) };
  },
  refused: how === "retry" ? `“${one.title}” is not tried again` : `“${one.title}” still waits`,
});

export function WaitingList() {
  const { data, error, refetch } = useShown(waiting());
  const zone = useZone();
  const change = useChange();
  const [dropping, setDropping] = useState<WaitingChange | null>(null);
  if (error && !data) return <Trouble error={error} what="The list" again={() => void refetch()} />;
  if (!data) return <div aria-busy><Skeleton height={64} mb={6} /><Skeleton height={64} /></div>;
  if (data.items.length === 0) return <Empty icon={<IconCircleCheck size={38} stroke={1.3} />} title="Nothing waits">Every change has reached the calendars that it is meant for.</Empty>;
  return (
    <>
      <ul className={`card ${classes.list}`}>
        {data.items.map((one) => (
          <li key={one.id}>
            <SyncDot state={one.state === "error" ? "attention" : "syncing"} size={16} />
            <div className={classes.what}>
              {one.eventId ? <TextLink to="/calendar" search={{ event: one.eventId }} underline="hover" c="inherit" fw={550}>{one.title}</TextLink> : <b>{one.title}</b>}
              <Text size="sm" className="muted">
                To {one.calendar}. {one.error ?? "On its way."}
                {one.attempts > 0 && ` Tried ${one.attempts === 1 ? "once" : `${one.attempts} times`}.`}
                {one.retryAt && <> Next try <Ago at={one.retryAt} zone={zone} />.</>}
              </Text>
            </div>
            <Group gap="xs" wrap="nowrap">
              <Button size="xs" variant="default" aria-label={`Try “${one.title}” now`} onClick={() => change(act(one, "retry"))}>Try now</Button>
              <Button size="xs" variant="subtle" color="gray" aria-label={`Drop “${one.title}”`} onClick={() => setDropping(one)}>Drop</Button>
            </Group>
          </li>
        ))}
      </ul>
      {dropping && (
        <Dialog close={() => setDropping(null)} title="Drop this change?" size="sm">
          <Text size="sm">“{dropping.title}” stays as it is here; {dropping.calendar} does not get this change.</Text>
          <Group justify="flex-end" mt="lg">
            <Button variant="default" onClick={() => setDropping(null)} data-autofocus>Keep waiting</Button>
            <Button color="red" onClick={() => { change(act(dropping, "drop")); setDropping(null); }}>Drop</Button>
          </Group>
        </Dialog>
      )}
    </>
  );
}
