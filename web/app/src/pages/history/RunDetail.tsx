/** One run in full: what it did, line by line, and what went wrong, in words and raw. */
import { ask, type Run } from "@concord/client";
import { Button, Group, Skeleton, Stack } from "@mantine/core";
import { IconArrowBackUp, IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useChange } from "../../data/change";
import { api, run as oneRun } from "../../data/queries";
import { TextLink } from "../../shell/links";
import { useZone } from "../../shell/session";
import { Side } from "../../ui/Dialog";
import { Trouble } from "../../ui/states";
import { sentence } from "../../ui/sentence";
import { SyncDot } from "../../ui/SyncDot";
import { clock, moment, took } from "../../ui/time";
import { done } from "../../ui/toasts";
import classes from "./RunDetail.module.css";
import { TakeBack } from "./TakeBack";
import { kind, result } from "./words";

export function RunDetail({ id, close }: { id: string; close: () => void }) {
  const { data, error, refetch } = useQuery(oneRun(id));
  return (
    <Side close={close} size={560} title={data ? `${data.calendar}: ${kind(data.syncType).toLowerCase()}` : "Run"}>
      {error && !data ? <Trouble error={error} what="This run" again={() => void refetch()} /> : data ? <Told run={data} /> : <Stack aria-busy><Skeleton height={60} /><Skeleton height={160} /></Stack>}
    </Side>
  );
}

function Told({ run }: { run: Run }) {
  const zone = useZone();
  const change = useChange();
  const [asked, setAsked] = useState(false);
  const { words, state } = result(run.status);
  const retry = () =>
    change({
      of: [["runs"], ["status"]],
      inTurn: `run ${run.id}`,
      send: () => ask(api.POST("/schedule/sync/history/{id}/retry", { params: { path: { id: run.id } } })),
      refused: "It was not run again",
      done: () => done(`“${run.calendar}” is being synced again.`),
    });
  const facts: [string, string | number][] = [
    ["Came in", run.itemsPulled], ["Went out", run.itemsPushed], ["Removed", run.itemsDeleted], ["Conflicts", run.conflictsDetected], ["Calls to the provider", run.apiCalls],
    ["Took", run.completedAt ? took(run.startedAt, run.completedAt) : "still running"],
  ];
  return (
    <Stack gap="lg">
      <div>
        <p className={classes.result} data-status={run.status}><SyncDot state={state} silent size={17} /> {words}</p>
        <p className={classes.summary}>{sentence(run.summary)}</p>
        <p className={classes.when}>{moment(run.startedAt, zone)}</p>
      </div>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
      </dl>
      <Group gap="xs">
        {(run.status === "failed" || run.status === "partial") && <Button leftSection={<IconRefresh size={16} />} onClick={retry}>Run it again</Button>}
        {run.status !== "running" && run.itemsPulled + run.itemsDeleted > 0 && <Button variant="default" leftSection={<IconArrowBackUp size={16} />} onClick={() => setAsked(true)}>Take back what it brought</Button>}
      </Group>
      {asked && <TakeBack run={run} close={() => setAsked(false)} />}
      {run.errors.length > 0 && (
        <section>
          <h3 className={classes.head}>What went wrong</h3>
          <ul className={classes.errors}>
            {run.errors.map((error, i) => (
              <li key={`${error.timestamp} ${i}`}>
                {sentence(error.details)}
                {error.appointmentId && <> <TextLink to="/calendar" search={{ event: error.appointmentId }}>Open the event</TextLink></>}
                <span className={classes.code}>{error.error}{error.externalEventId && `, there ${error.externalEventId}`}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {!!run.lines?.length && (
        <section>
          <h3 className={classes.head}>Step by step</h3>
          <ol className={classes.lines}>
            {run.lines.map((line, i) => (
              <li key={`${line.at} ${i}`} data-level={line.level}>
                <time dateTime={line.at}>{clock(line.at, zone)}</time>
                <span>{line.level === "error" && <span className="visually-hidden">Error: </span>}{sentence(line.text)} {line.eventId && <TextLink to="/calendar" search={{ event: line.eventId }}>Open the event</TextLink>}</span>
              </li>
            ))}
          </ol>
        </section>
      )}
      <p className={classes.when}>To quote: {run.id}</p>
    </Stack>
  );
}
