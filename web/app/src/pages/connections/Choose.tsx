/** Which calendars of an account take part; what the first sync would do; and how far it is. */
import { ask, type ExternalCalendar, type LinkStatus, Problem } from "@concord/client";
import { Badge, Button, Group, Loader, SegmentedControl, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconPlus } from "@tabler/icons-react";
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useChange } from "../../data/change";
import { api, calendars } from "../../data/queries";
import { Dialog } from "../../ui/Dialog";
import { Note } from "../../ui/Note";
import { saidOf, sentence } from "../../ui/sentence";
import { Trouble } from "../../ui/states";
import classes from "./Choose.module.css";
import { type Direction, directions } from "./links";

interface Props {
  accountId: string;
  /** The account was connected a moment ago. */
  fresh: boolean;
  links: LinkStatus[];
  /** Whether calendars can be made there from here. */
  makes: boolean;
  close: () => void;
}

export function Choose({ accountId, fresh, links, makes, close }: Props) {
  const { data, error, refetch } = useQuery(calendars(accountId));
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <Dialog close={close} title="Choose calendars" size="lg">
      <Stack gap="sm">
        {fresh && <Note tone="ok" title="The account is connected">Now choose the calendars that take part. Nothing was changed anywhere yet.</Note>}
        {error ? (
          <Trouble error={error} what="The list of calendars" again={() => void refetch()} />
        ) : !data ? (
          <div aria-busy><Skeleton height={56} mb="xs" /><Skeleton height={56} mb="xs" /><Skeleton height={56} /></div>
        ) : (
          <ul className={classes.list}>
            {data.items.map((calendar) => {
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
                  {chosen === calendar.id && !calendar.linked && <First accountId={accountId} calendar={calendar} cancel={() => setChosen(null)} />}
                </li>
              );
            })}
          </ul>
        )}
        {makes && data && <Make accountId={accountId} />}
        <Group justify="flex-end"><Button variant="default" onClick={close}>Done</Button></Group>
      </Stack>
    </Dialog>
  );
}

/** A new calendar, where somebody wants Concord's events apart from their own. */
function Make({ accountId }: { accountId: string }) {
  const [open, setOpen] = useState(false);
  if (open) return <Name accountId={accountId} close={() => setOpen(false)} />;
  return <Button variant="subtle" size="compact-sm" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={15} />} onClick={() => setOpen(true)}>Make a new calendar there</Button>;
}

function Name({ accountId, close }: { accountId: string; close: () => void }) {
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
      <TextInput ref={field} label="Name of the new calendar" placeholder="Concord" value={name} error={fault ?? refusal} onChange={(event) => { setName(event.currentTarget.value); setFault(null); }} />
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
function First({ accountId, calendar, cancel }: { accountId: string; calendar: ExternalCalendar; cancel: () => void }) {
  const [direction, setDirection] = useState<Direction>(calendar.writable ? "both" : "pull");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const { data, isPending } = useQuery(firstSync(accountId, calendar.id));
  const change = useChange();
  const begin = () => {
    setBusy(true);
    setProblem(null);
    change({
      of: [["status"], ["accounts"], ["events"]],
      inTurn: "connect",
      send: () => ask(api.POST("/schedule/sync/links", { body: { accountId, calendarId: calendar.id, settings: { syncDirection: direction } } })),
      refused: `“${calendar.name}” does not take part`,
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
            {!data.whole && "At least: "}{[comesIn && `${data.comesIn} events will come in`, goesOut && `${data.goesOut} go out`, data.duplicates > 0 && `${data.duplicates} seem to be on both sides already`].filter(Boolean).join(", ")}. Nobody is mailed.
          </Text>
        )
      )}
      {problem && <Note tone="error" role="alert" title="This calendar does not take part">{problem.detail}</Note>}
      <Group gap="xs">
        <Button size="xs" loading={busy} onClick={begin}>Start syncing</Button>
        <Button size="xs" variant="subtle" color="gray" onClick={cancel}>Not now</Button>
      </Group>
    </div>
  );
}
