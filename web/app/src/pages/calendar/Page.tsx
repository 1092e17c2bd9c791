/** The calendar: what is shown is in the address; what is under the finger is here. */
import type { CalendarEvent } from "@concord/client";
import { ask } from "@concord/client";
import { Affix, Button, Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconCalendarOff, IconPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useChange, useShown } from "../../data/change";
import { api, event as oneEvent, events as someEvents, session } from "../../data/queries";
import type { CalendarSearch, View } from "../../search";
import { Aside } from "../../shell/Aside";
import { useKeys } from "../../shell/keys";
import { useSession } from "../../shell/session";
import { Empty, Trouble } from "../../ui/states";
import { Agenda } from "./Agenda";
import { change as changed, type Scope, timesFor } from "./edits";
import { type Draft, EditEvent, EventComing, NewEvent, ReadEvent } from "./EventDialog";
import { Filters, searchField } from "./Filters";
import { blank, fromEvent } from "./form";
import { Grid, type Moved } from "./Grid";
import classes from "./Page.module.css";
import { ScopeDialog } from "./ScopeDialog";
import { Toolbar } from "./Toolbar";
import { beginOf, type Day, dayOf, shownDays, step, today, wallNow } from "./when";

const route = getRouteApi("/inside/calendar");
const none: CalendarEvent[] = [];

export default function Calendar() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { user } = useSession();
  const zone = user.zone;
  const cache = useQueryClient();
  const change = useChange();
  const narrow = !!useMediaQuery("(max-width: 880px)", undefined, { getInitialValueInEffect: false });
  const [filtering, setFiltering] = useState(false);
  const [asked, setAsked] = useState<Moved | null>(null);
  const [draft, setDraft] = useState<Draft | null>(null);

  const view = search.view ?? "month";
  const day = validDay(search.date) ?? today(zone);
  const [from, until] = shownDays(view, day, narrow);
  const filter = {
    ...(search.type && { sessionType: search.type }),
    ...(search.client && { clientId: search.client }),
    ...(search.link && { linkId: search.link }),
    ...(search.text && { text: search.text }),
  };
  const filtered = Object.keys(filter).length > 0;
  const query = (a: Day, b: Day) => someEvents(beginOf(a, zone), beginOf(b, zone), filter);
  const read = useShown(query(from, until));
  const events = useMemo(() => read.data?.filter((event) => event.status !== "cancelled" || event.rev === 0) ?? none, [read.data]);

  // What lies next to it is probably looked at next.
  useEffect(() => {
    if (!read.isSuccess || filtered) return;
    for (const by of [1, -1] as const) void cache.prefetchQuery(query(...shownDays(view, step(view, day, by, narrow), narrow)));
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only another range asks for others
  }, [read.isSuccess, view, day.toString(), zone, narrow]);

  const set = useCallback((part: Partial<CalendarSearch>, replace = false) => void navigate({ search: (was) => clean({ ...was, ...part }), replace }), [navigate]);
  const goTo = (date: string) => set({ date: date === today(zone).toString() ? undefined : date });
  const go = (where: "today" | "earlier" | "later") => goTo((where === "today" ? today(zone) : step(view, day, where === "later" ? 1 : -1, narrow)).toString());
  const setView = (next: View) => set({ view: next === "month" ? undefined : next });
  const open = (event: CalendarEvent) => event.rev > 0 && set({ event: event.id, occurrence: event.occurrence ?? undefined, create: undefined, until: undefined });
  const create = (begins?: string, ends?: string) => {
    setDraft(null);
    set({ create: begins ?? nextHour(day, zone), until: ends, event: undefined, occurrence: undefined });
  };
  const close = () => {
    setDraft(null);
    set({ event: undefined, occurrence: undefined, create: undefined, until: undefined });
  };

  useKeys({
    c: () => create(),
    t: () => go("today"),
    m: () => setView("month"),
    w: () => setView("week"),
    d: () => setView("day"),
    a: () => setView("agenda"),
    ArrowLeft: () => go("earlier"),
    ArrowRight: () => go("later"),
    "/": () => {
      if (narrow) setFiltering(true);
      setTimeout(() => document.getElementById(searchField)?.focus(), narrow ? 200 : 0);
    },
  });

  const move = (what: Moved, scope: Scope) =>
    change(
      changed({
        cache, event: what.event, patch: {}, times: timesFor(what.event, what.start, what.end, what.allDay, zone), scope, reader: zone,
        refused: `“${what.event.title}” was not moved; it is back where it was`,
      }),
    );
  const moved = (what: Moved) => {
    if (what.event.recurring && what.event.occurrence) setAsked(what);
    else move(what, "all");
  };
  const setZone = (next: string) =>
    change({
      of: [["session"], ["events"]],
      inTurn: "profile",
      send: () => ask(api.PATCH("/session/user", { body: { zone: next } })),
      refused: "Your time zone was not changed",
      done: (answer) => cache.setQueryData(session().queryKey, answer),
    });

  const types = [...new Set(events.flatMap((event) => (event.sessionType ? [event.sessionType] : [])))];
  const filters = (small: boolean) => <Filters search={search} events={events} day={day} set={(part) => set(part, true)} goTo={goTo} small={small} />;
  const nothing = read.isSuccess && !read.isPlaceholderData && events.length === 0;

  return (
    <div className={classes.page}>
      <Aside>{filters(false)}</Aside>
      <Toolbar
        view={view} day={day} zone={zone} also={search.also} narrow={narrow} filtered={filtered} setView={setView}
        setAlso={(also) => set({ also }, true)} setZone={setZone} go={go} create={() => create()} filter={() => setFiltering(true)}
      />
      {read.isError && !read.data ? (
        <Trouble error={read.error} again={() => void read.refetch()} what="The calendar" />
      ) : view === "agenda" ? (
        nothing ? (
          <Empty
            icon={<IconCalendarOff size={34} stroke={1.4} />}
            title={filtered ? "Nothing fits the filter" : "Nothing in these weeks"}
            action={filtered ? <Button variant="default" onClick={() => set({ type: undefined, client: undefined, link: undefined, text: undefined })}>Show everything</Button> : <Button onClick={() => create()}>Create an event</Button>}
          >
            {filtered ? "Loosen it, or look at another time." : "What you create here, or in a connected calendar, shows up by itself."}
          </Empty>
        ) : (
          <div className={classes.scroll} aria-busy={!read.data || undefined}>
            <Agenda events={events} from={from} until={until} zone={zone} open={open} />
          </div>
        )
      ) : (
        <>
          {nothing && filtered && (
            <p className={classes.note} role="status">
              Nothing here fits the filter. <Button variant="transparent" size="compact-sm" px={0} onClick={() => set({ type: undefined, client: undefined, link: undefined, text: undefined })}>Show everything</Button>
            </p>
          )}
          <Grid
            view={view} day={day} zone={zone} also={search.also} events={events} narrow={narrow} busy={!read.data} open={open}
            openDay={(date) => set({ view: "day", date })} create={create} moved={moved}
          />
        </>
      )}

      {narrow && (
        <Affix position={{ bottom: 78, right: 16 }} zIndex={40}>
          <Button radius="xl" size="md" leftSection={<IconPlus size={18} />} onClick={() => create()} className={classes.add}>New</Button>
        </Affix>
      )}
      <Drawer opened={narrow && filtering} onClose={() => setFiltering(false)} position="bottom" size="auto" title="Filters">{filters(true)}</Drawer>
      {asked && (
        <ScopeDialog
          title="Move which ones?" verb="Move" scopes={["this", "following", "all"]}
          choose={(scope) => {
            setAsked(null);
            move(asked, scope);
          }}
          cancel={() => {
            asked.revert();
            setAsked(null);
          }}
        />
      )}
      {search.create && (
        <NewEvent
          key={`new ${draft ? "again" : ""}`} initial={blank(validMoment(search.create) ?? nextHour(day, zone), validMoment(search.until), zone)} reader={zone} narrow={narrow} types={types} owner={user.id} close={close} draft={draft}
          reopen={(again) => {
            setDraft(again);
            set({ create: search.create, until: search.until, event: undefined, occurrence: undefined });
          }}
        />
      )}
      {search.event && !search.create && (
        <Opened
          key={`${search.event} ${search.occurrence} ${draft ? "again" : ""}`} id={search.event} occurrence={search.occurrence} among={events} reader={zone} narrow={narrow} types={types} owner={user.id} close={close} draft={draft}
          reopen={(again) => {
            setDraft(again);
            set({ event: search.event, occurrence: search.occurrence, create: undefined, until: undefined });
          }}
        />
      )}
    </div>
  );
}

interface OpenedProps {
  id: string;
  occurrence: string | undefined;
  among: CalendarEvent[];
  reader: string;
  narrow: boolean;
  types: string[];
  owner: string;
  close: () => void;
  draft: Draft | null;
  reopen: (draft: Draft) => void;
}

/** The event that the address names, whether or not it is in the range that is shown. */
function Opened({ id, occurrence, among, reader, ...rest }: OpenedProps) {
  const here = among.find((event) => event.id === id && (event.occurrence ?? undefined) === occurrence);
  // How it repeats is said by the series, not by its occurrences.
  const asked = useShown({ ...oneEvent(id), enabled: !here || here.recurring });
  const event = here?.recurring ? asked.data && { ...here, recurrence: asked.data.recurrence ?? null } : (here ?? asked.data);
  // What was there when the dialog opened is what the form is compared with.
  const [first, setFirst] = useState(event);
  if (event && !first) setFirst(event);
  if (!event || !first) return <EventComing narrow={rest.narrow} close={rest.close} error={asked.error} again={() => void asked.refetch()} />;
  if (event.readOnly) return <ReadEvent event={event} reader={reader} narrow={rest.narrow} close={rest.close} />;
  return <EditEvent event={{ ...first, sync: event.sync }} initial={fromEvent(first, reader)} reader={reader} {...rest} />;
}

function validDay(text: string | undefined): Day | undefined {
  try {
    return text ? dayOf(text) : undefined;
  } catch {
    return undefined;
  }
}

const validMoment = (text: string | undefined) => (text && /^\d{4}-\d\d-\d\d(T\d\d:\d\d)?$/.test(text) && validDay(text) ? text : undefined);

/** The next whole hour of today, or nine on another day. */
function nextHour(day: Day, zone: string): string {
  const now = wallNow(zone);
  const at = day.equals(now.toPlainDate()) ? now.add({ hours: 1 }).with({ minute: 0, second: 0 }) : day.toPlainDateTime("09:00");
  return at.toString({ smallestUnit: "minute" });
}

const clean = (search: CalendarSearch): CalendarSearch => Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
