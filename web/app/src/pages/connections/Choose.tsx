/** Which calendars of an account take part; what the first sync would do; and how far it is. */
import { ask, type ExternalCalendar, type LinkStatus, Problem, type TableColumns } from "@concord/client";
import { Badge, Button, Group, Loader, SegmentedControl, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconLink, IconPlus } from "@tabler/icons-react";
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useChange } from "../../data/change";
import { api, calendars, table } from "../../data/queries";
import { wayTo } from "../../providers/known";
import type { Tables } from "../../providers/way";
import { Dialog } from "../../ui/Dialog";
import { Note } from "../../ui/Note";
import { saidOf, sentence } from "../../ui/sentence";
import { Trouble } from "../../ui/states";
import classes from "./Choose.module.css";
import { Columns, Tried } from "./Columns";
import { wanted } from "./columns";
import { type Direction, directions } from "./links";

interface Props {
  accountId: string;
  provider: string;
  /** The account was connected a moment ago. */
  fresh: boolean;
  links: LinkStatus[];
  /** Whether calendars can be made there from here. */
  makes: boolean;
  /** Whether they are tables, in which one says which column holds what. */
  tables: boolean;
  close: () => void;
}

export function Choose({ accountId, provider, fresh, links, makes, tables, close }: Props) {
  const { data, error, refetch } = useQuery(calendars(accountId));
  const [chosen, setChosen] = useState<string | null>(null);
  // What was found by its address and is in no list.
  const [pasted, setPasted] = useState<ExternalCalendar[]>([]);
  const all = data && [...data.items, ...pasted.filter(({ id }) => data.items.every((one) => one.id !== id))];
  const words = wayTo(provider).tables;
  const what = tables ? "database" : "calendar";
  return (
    <Dialog close={close} title={tables ? "Choose databases" : "Choose calendars"} size="lg">
      <Stack gap="sm">
        {fresh && <Note tone="ok" title="The account is connected">Now choose the {what}s that take part. Nothing was changed anywhere yet.</Note>}
        {error ? (
          <Trouble error={error} what="The list of calendars" again={() => void refetch()} />
        ) : !all ? (
          <div aria-busy><Skeleton height={56} mb="xs" /><Skeleton height={56} mb="xs" /><Skeleton height={56} /></div>
        ) : all.length === 0 ? (
          <Text size="sm" className="muted">{tables ? `No ${what} with dates is shared with Concord yet.` : "There is no calendar in this account yet."} {words.share}</Text>
        ) : (
          <ul className={classes.list}>
            {all.map((calendar) => {
              const link = links.find(({ linkId }) => linkId === calendar.linked);
              return (
                <li key={calendar.id} className={classes.one}>
                  <div className={classes.row}>
                    <div>
                      <span className={classes.name}>{calendar.name}</span>
                      <Group gap={6} mt={2}>
                        {calendar.primary && <Badge size="sm" variant="default" tt="none">Main calendar</Badge>}
                        {!calendar.writable && <Badge size="sm" variant="default" tt="none">Only to read</Badge>}
                        {calendar.zone && <Text size="xs" className="muted">{calendar.zone}</Text>}
                      </Group>
                    </div>
                    {calendar.linked ? <Linked link={link} /> : chosen !== calendar.id && <Button size="xs" variant="default" aria-label={`Sync ${calendar.name}`} onClick={() => setChosen(calendar.id)}>Sync this</Button>}
                  </div>
                  {chosen === calendar.id && !calendar.linked && <First accountId={accountId} calendar={calendar} table={tables} linked={(linked) => setPasted((was) => was.map((one) => (one.id === calendar.id ? { ...one, linked } : one)))} cancel={() => setChosen(null)} />}
                </li>
              );
            })}
          </ul>
        )}
        {tables && data && (
          <Paste
            accountId={accountId}
            words={words}
            found={(calendars) => {
              setPasted((was) => [...was.filter(({ id }) => calendars.every((one) => one.id !== id)), ...calendars]);
              setChosen(calendars[0]?.id ?? null);
            }}
          />
        )}
        {makes && data && <Make accountId={accountId} what={what} />}
        <Group justify="flex-end"><Button variant="default" onClick={close}>Done</Button></Group>
      </Stack>
    </Dialog>
  );
}

/** A new calendar, where somebody wants Concord's events apart from their own. */
function Make({ accountId, what }: { accountId: string; what: string }) {
  const [open, setOpen] = useState(false);
  if (open) return <Name accountId={accountId} what={what} close={() => setOpen(false)} />;
  return <Button variant="subtle" size="compact-sm" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={15} />} onClick={() => setOpen(true)}>Make a new {what} there</Button>;
}

/** What no list has, by the address of its page. */
function Paste({ accountId, words, found }: { accountId: string; words: Tables; found: (calendars: ExternalCalendar[]) => void }) {
  const [open, setOpen] = useState(false);
  const [address, setAddress] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (open) field.current?.focus();
  }, [open]);
  const find = useMutation({
    mutationFn: (address: string) => ask(api.POST("/schedule/sync/calendars/find", { body: { accountId, address } })),
    onSuccess: ({ items }) => {
      found(items);
      setOpen(false);
      setAddress("");
    },
  });
  if (!open) return <Button variant="subtle" size="compact-sm" style={{ alignSelf: "flex-start" }} leftSection={<IconLink size={15} />} onClick={() => setOpen(true)}>Paste a link to a database</Button>;
  const refusal = find.error instanceof Problem ? (saidOf(find.error, "address") ?? sentence(find.error.detail)) : null;
  const submit = (press: FormEvent) => {
    press.preventDefault();
    if (!address.trim()) return setFault("Please paste the link");
    find.mutate(address.trim());
  };
  return (
    <form onSubmit={submit} noValidate className={classes.make}>
      <TextInput ref={field} label="Link to the database" description={words.copy} placeholder={words.placeholder} inputMode="url" autoComplete="off" value={address} error={fault ?? refusal} onChange={(event) => { setAddress(event.currentTarget.value); setFault(null); find.reset(); }} />
      <Group gap="xs">
        <Button type="submit" size="xs" loading={find.isPending}>Find it</Button>
        <Button size="xs" variant="subtle" color="gray" onClick={() => setOpen(false)}>Cancel</Button>
      </Group>
    </form>
  );
}

function Name({ accountId, what, close }: { accountId: string; what: string; close: () => void }) {
  const [name, setName] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const cache = useQueryClient();
  const make = useMutation({
    mutationFn: (name: string) => ask(api.POST("/schedule/sync/calendars", { body: { accountId, name } })),
    onSuccess: close,
    // Also where the answer is lost: what was made shows in the list.
    onSettled: () => cache.invalidateQueries({ queryKey: calendars(accountId).queryKey }),
  });
  const refusal = make.error instanceof Problem ? (saidOf(make.error, "name") ?? sentence(make.error.detail)) : null;
  const submit = (press: FormEvent) => {
    press.preventDefault();
    if (!name.trim()) return setFault("Please give it a name");
    make.mutate(name.trim());
  };
  return (
    <form onSubmit={submit} noValidate className={classes.make}>
      <TextInput ref={field} label={`Name of the new ${what}`} placeholder="Concord" value={name} error={fault ?? refusal} onChange={(event) => { setName(event.currentTarget.value); setFault(null); }} />
      <Group gap="xs">
        <Button type="submit" size="xs" loading={make.isPending}>Make it</Button>
        <Button size="xs" variant="subtle" color="gray" onClick={close}>Cancel</Button>
      </Group>
    </form>
  );
}

function Linked({ link }: { link: LinkStatus | undefined }) {
  if (link?.syncing) {
    return (
      <Group gap={8} wrap="nowrap" role="status">
        <Loader size={14} aria-hidden />
        <Text size="sm" className="tabular">{link.itemsSynced} so far</Text>
      </Group>
    );
  }
  return <Group gap={6} wrap="nowrap" c="var(--c-ok)" style={{ whiteSpace: "nowrap" }}><IconCheck size={16} aria-hidden /><Text size="sm" c="var(--c-text)">Takes part</Text></Group>;
}

const firstSync = (accountId: string, calendarId: string) =>
  queryOptions({
    queryKey: ["accounts", "preview", accountId, calendarId],
    queryFn: ({ signal }) => ask(api.GET("/schedule/sync/preview", { params: { query: { accountId, calendarId } }, signal })),
    retry: false,
    staleTime: 60_000,
  });

/** What the first sync would do, and the last word before it. */
function First({ accountId, calendar, table: isTable, linked, cancel }: { accountId: string; calendar: ExternalCalendar; table: boolean; linked: (linkId: string) => void; cancel: () => void }) {
  const [direction, setDirection] = useState<Direction>(calendar.writable ? "both" : "pull");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const { data, isPending } = useQuery(firstSync(accountId, calendar.id));
  const of = { accountId, calendarId: calendar.id };
  const there = useQuery({ ...table(of), enabled: isTable });
  // What seems to hold what, until somebody says it.
  const [said, setSaid] = useState<TableColumns | null>(null);
  const columns = said ?? there.data?.guess ?? null;
  const change = useChange();
  const begin = () => {
    setBusy(true);
    setProblem(null);
    change({
      of: [["status"], ["accounts"], ["events"]],
      inTurn: "connect",
      send: () => ask(api.POST("/schedule/sync/links", { body: { accountId, calendarId: calendar.id, settings: { syncDirection: direction, ...(columns && { columns: wanted(columns) }) } } })),
      refused: `“${calendar.name}” does not take part`,
      done: ({ linkId }) => linked(linkId),
      failed: (refusal) => {
        setBusy(false);
        setProblem(refusal);
        return true;
      },
    });
  };
  const comesIn = direction !== "push";
  const goesOut = direction !== "pull";
  return (
    <div className={classes.first}>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label="Direction"
        value={direction}
        onChange={(value) => setDirection(value as Direction)}
        data={(["both", "push", "pull"] as const).map((value) => ({ value, label: directions[value].words, disabled: !calendar.writable && value !== "pull" }))}
      />
      <Text size="sm" className="muted">{directions[direction].says}</Text>
      {isPending ? (
        <Skeleton height={20} width="70%" aria-busy />
      ) : (
        data && (
          <Text size="sm" role="status">
            {!data.whole && "At least: "}{[comesIn && (data.comesIn === 1 ? "1 event will come in" : `${data.comesIn} events will come in`), goesOut && `${data.goesOut} ${data.goesOut === 1 ? "goes" : "go"} out`, data.duplicates > 0 && `${data.duplicates} ${data.duplicates === 1 ? "seems" : "seem"} to be on both sides already`].filter(Boolean).join(", ")}. Nobody is mailed.
          </Text>
        )
      )}
      {isTable && (
        there.error ? (
          <Note tone="error" role="alert" title="The table cannot be looked at">{sentence(there.error.message)}</Note>
        ) : there.data && columns ? (
          <>
            <h3 className={classes.heading}>Which column holds what</h3>
            <Columns table={there.data} chosen={columns} set={setSaid} />
            <Tried of={of} chosen={columns} place={calendar.name} />
            <Text size="xs" className="muted">Concord adds one column of its own, “Concord”, by which it knows its rows again. Hide it, and leave it alone.</Text>
          </>
        ) : (
          <Stack gap="xs" aria-busy><Skeleton height={54} /><Skeleton height={54} /></Stack>
        )
      )}
      {problem && <Note tone="error" role="alert" title={`This ${isTable ? "database" : "calendar"} does not take part`}>{problem.detail}</Note>}
      <Group gap="xs">
        <Button size="xs" loading={busy} disabled={isTable && !columns?.time} title={isTable && !columns?.time ? "Choose the column with the date first" : undefined} onClick={begin}>Start syncing</Button>
        <Button size="xs" variant="subtle" color="gray" onClick={cancel}>Not now</Button>
      </Group>
    </div>
  );
}
