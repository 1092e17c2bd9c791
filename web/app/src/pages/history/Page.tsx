/** What syncing did, run by run; and what still waits. */
import type { Run } from "@concord/client";
import { Button, Group, Select, Skeleton, Tabs } from "@mantine/core";
import { DatePickerInput } from "@mantine/dates";
import "@mantine/dates/styles.layer.css";
import { IconFilterOff, IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { runs, status } from "../../data/queries";
import { useZone } from "../../shell/session";
import { Page } from "../../ui/Page";
import { Empty, Trouble } from "../../ui/states";
import { sentence } from "../../ui/sentence";
import { SyncDot } from "../../ui/SyncDot";
import { clock, longDay, took } from "../../ui/time";
import { instantsOf } from "./instants";
import classes from "./Page.module.css";
import { RunDetail } from "./RunDetail";
import { WaitingList } from "./WaitingList";
import { byDay, gathered, kind, result } from "./words";

const route = getRouteApi("/inside/history");

export default function History() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const set = (part: Partial<typeof search>) =>
    void navigate({ search: (was) => Object.fromEntries(Object.entries({ ...was, ...part }).filter(([, value]) => value !== undefined)) });
  return (
    <Page wide title="History" lead="What every sync did, in words.">
      <Tabs value={search.tab ?? "runs"} onChange={(tab) => set({ tab: tab === "waiting" ? "waiting" : undefined })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="runs">Runs</Tabs.Tab>
          <Tabs.Tab value="waiting">Waiting changes</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="runs"><Runs search={search} set={set} /></Tabs.Panel>
        <Tabs.Panel value="waiting"><WaitingList /></Tabs.Panel>
      </Tabs>
      {search.run && <RunDetail id={search.run} close={() => set({ run: undefined })} />}
    </Page>
  );
}

interface Props {
  search: ReturnType<typeof route.useSearch>;
  set: (part: Partial<Props["search"]>) => void;
}

function Runs({ search, set }: Props) {
  const zone = useZone();
  const filter = { ...(search.status && { status: search.status }), ...(search.linkId && { linkId: search.linkId }), ...instantsOf(search.from, search.to, zone) };
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(runs(filter));
  const { data: links } = useQuery(status());
  const all = data?.pages.flatMap(({ items }) => items) ?? [];
  const total = data?.pages[0]?.total ?? 0;
  const filtered = Object.keys(filter).length > 0;
  const clear = () => set({ status: undefined, linkId: undefined, from: undefined, to: undefined });

  return (
    <>
      <Group gap="xs" mb="md" align="flex-end" role="search" aria-label="Filter runs" className={classes.filters}>
        <Select
          aria-label="Result" size="xs" w={150} placeholder="Any result" clearable clearButtonProps={{ "aria-label": "Any result" }} value={search.status ?? null} onChange={(value) => set({ status: (value ?? undefined) as typeof search.status })}
          data={(["success", "partial", "failed", "running"] as const).map((value) => ({ value, label: result(value).words }))}
        />
        <Select
          aria-label="Calendar" size="xs" w={180} placeholder="Any calendar" clearable clearButtonProps={{ "aria-label": "Any calendar" }} value={search.linkId ?? null} onChange={(linkId) => set({ linkId: linkId ?? undefined })}
          data={links?.items.map(({ linkId, calendar }) => ({ value: linkId, label: calendar })) ?? []}
        />
        <DatePickerInput aria-label="From" size="xs" w={140} placeholder="From" clearable clearButtonProps={{ "aria-label": "From any day" }} valueFormat="D MMM YYYY" firstDayOfWeek={1} value={search.from ?? null} onChange={(from) => set({ from: from ?? undefined })} />
        <DatePickerInput aria-label="Until" size="xs" w={140} placeholder="Until" clearable clearButtonProps={{ "aria-label": "Until any day" }} valueFormat="D MMM YYYY" firstDayOfWeek={1} value={search.to ?? null} onChange={(to) => set({ to: to ?? undefined })} />
        {filtered && <Button variant="subtle" size="xs" leftSection={<IconFilterOff size={15} />} onClick={clear}>All runs</Button>}
        {data && <span className={`muted tabular ${classes.total}`} role="status">{total === 1 ? "1 run" : `${total} runs`}</span>}
      </Group>
      {error && !data ? (
        <Trouble error={error} what="The history" again={() => void refetch()} />
      ) : !data ? (
        <div aria-busy>{[1, 2, 3, 4, 5].map((row) => <Skeleton key={row} height={48} mb={6} />)}</div>
      ) : all.length === 0 ? (
        filtered ? (
          <Empty icon={<IconFilterOff size={34} stroke={1.4} />} title="No run fits the filter" action={<Button variant="default" onClick={clear}>Show all runs</Button>} />
        ) : (
          <Empty icon={<IconHistory size={34} stroke={1.4} />} title="Nothing has run yet">As soon as a calendar is connected, every sync is told here.</Empty>
        )
      ) : (
        <>
          {byDay(all, (instant) => longDay(instant, zone)).map(([day, those]) => (
            <section key={day} className={classes.day} aria-label={day}>
              <h2>{day}</h2>
              <div className="card">
                <table className={classes.table}>
                  <thead>
                    <tr>
                      <th scope="col">Time</th><th scope="col">Calendar</th><th scope="col">What it did</th>
                      <th scope="col" className={classes.number}>In</th><th scope="col" className={classes.number}>Out</th><th scope="col" className={classes.number}>Removed</th><th scope="col" className={classes.number}>Took</th>
                    </tr>
                  </thead>
                  <tbody>
                    {gathered(those).map((one) =>
                      Array.isArray(one) ? (
                        <Quiet key={one.at(-1)?.id} runs={one} zone={zone} open={(id) => set({ run: id })} />
                      ) : (
                        <Row key={one.id} run={one} zone={zone} open={() => set({ run: one.id })} />
                      ),
                    )}
                  </tbody>
                </table>
              </div>
            </section>
          ))}
          {hasNextPage && <Group justify="center"><Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>Show earlier ones</Button></Group>}
        </>
      )}
    </>
  );
}

/** Runs that found nothing to do: one row, until one wants to see them. */
function Quiet({ runs, zone, open }: { runs: Run[]; zone: string; open: (id: string) => void }) {
  const [shown, setShown] = useState(false);
  if (shown) return runs.map((run) => <Row key={run.id} run={run} zone={zone} open={() => open(run.id)} />);
  const [last, first] = [runs[0], runs.at(-1)];
  const names = [...new Set(runs.map(({ calendar }) => calendar))];
  return (
    <tr>
      <td className={classes.time}>
        <button type="button" className={classes.open} aria-expanded={false} onClick={() => setShown(true)} aria-label={`Show ${runs.length} runs that had nothing to do`}>
          <SyncDot state="synced" silent size={15} />
          {first && last && <span className="tabular">{clock(first.startedAt, zone)}–{clock(last.startedAt, zone)}</span>}
        </button>
      </td>
      <td className={classes.calendar}>{names.join(", ")}</td>
      <td className={`${classes.summary} muted`} colSpan={5}>Looked {runs.length} times; nothing had changed.</td>
    </tr>
  );
}

function Row({ run, zone, open }: { run: Run; zone: string; open: () => void }) {
  const { words, state } = result(run.status);
  const count = (n: number) => (n === 0 ? <span className="muted">–</span> : n);
  return (
    <tr data-status={run.status}>
      <td className={classes.time}>
        <button type="button" className={classes.open} onClick={open} aria-label={`Run at ${clock(run.startedAt, zone)}, ${run.calendar}, ${words}`}>
          <SyncDot state={state} silent size={15} /> <time dateTime={run.startedAt}>{clock(run.startedAt, zone)}</time>
        </button>
      </td>
      <td className={classes.calendar}>{run.calendar}<span className={classes.kind}>{kind(run.syncType)}</span></td>
      <td className={classes.summary}>{run.status !== "success" && <b className={classes.result} data-status={run.status}>{words}. </b>}{sentence(run.summary)}</td>
      <td className={classes.number} data-label="in">{count(run.itemsPulled)}</td>
      <td className={classes.number} data-label="out">{count(run.itemsPushed)}</td>
      <td className={classes.number} data-label="removed">{count(run.itemsDeleted)}</td>
      <td className={classes.number}>{run.completedAt ? took(run.startedAt, run.completedAt) : "…"}</td>
    </tr>
  );
}
