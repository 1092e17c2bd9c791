/** The other sides: the emulated calendars that the demo syncs with, to edit by hand and to make trouble in. */
import { type TwinAct, type TwinEvent, twinNames } from "@concord/client/twin";
import { Button, Group, SegmentedControl } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconChevronLeft, IconChevronRight, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { Temporal } from "temporal-polyfill";
import { useChange } from "../../data/change";
import { accounts, events as someEvents } from "../../data/queries";
import { ProviderIcon } from "../../providers/ProviderIcon";
import { useZone } from "../../shell/session";
import type { Put } from "../../ui/Grid";
import { IconButton } from "../../ui/IconButton";
import { Page } from "../../ui/Page";
import { Trouble } from "../../ui/states";
import { Calendar } from "./Calendar";
import { act as acted, formAt, formOf, instant, only, type OtherView, placed, shown, steps, theirs } from "./data";
import { EventDialog } from "./EventDialog";
import { named } from "./named";
import { Ours } from "./Ours";
import classes from "./Page.module.css";
import { Calls, Pulse } from "./Pulse";
import { Rows } from "./Rows";
import { sides } from "./sides";
import { Troubles } from "./Troubles";

const route = getRouteApi("/inside/otherside");

type Opened = { event: TwinEvent } | { place: Put };

export default function OtherSide() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const zone = useZone();
  const change = useChange();
  const narrow = !!useMediaQuery("(max-width: 880px)", undefined, { getInitialValueInEffect: false });
  const [opened, setOpened] = useState<Opened | null>(null);

  const now = Temporal.Now.plainDateISO(zone);
  const day = search.date ? Temporal.PlainDate.from(search.date) : now;
  const view: OtherView = search.view ?? "month";
  const side = sides[search.side ?? "google"];
  const calendar = search.calendar ?? "primary";
  // A table has no days to leaf through: all of it is shown.
  const isTable = side.id === "notion";
  const [from, until] = isTable ? [now, now.add({ days: 90 })] : shown(view, day, narrow);
  const there = useQuery(theirs(side, calendar, instant(from, zone), instant(until, zone)));
  // What is past interests nobody here: the list begins today, if today is shown.
  const begins = Temporal.PlainDate.compare(now, from) > 0 && Temporal.PlainDate.compare(now, until) < 0 ? now : from;
  const here = useQuery(someEvents(instant(begins, zone), instant(until, zone)));
  // An administrator sees everybody's events; beside a calendar stand those of the person whose it is.
  const known = useQuery(accounts());
  const ours = useMemo(() => {
    const people = new Set(known.data?.items.filter(({ provider }) => provider === side.id).map(({ userId }) => userId));
    return people.size === 0 ? here.data : here.data?.filter(({ ownerId, participants }) => [ownerId, ...participants].some((person) => people.has(person)));
  }, [here.data, known.data, side.id]);
  const tomorrow: Put = { start: `${now.add({ days: 1 })}T09:00`, end: `${now.add({ days: 1 })}T10:00`, allDay: false };
  const events = useMemo(() => there.data?.events ?? [], [there.data]);
  const theirZone = there.data?.timeZone ?? zone;

  const set = (part: Partial<typeof search>) =>
    void navigate({ search: (was) => Object.fromEntries(Object.entries({ ...was, ...part }).filter(([, value]) => value !== undefined)), replace: true });
  const goTo = (date: Temporal.PlainDate) => set({ date: date.equals(now) ? undefined : date.toString() });
  const act = (what: TwinAct) => change(acted(side, calendar, what, "Nothing was changed there"));
  const move = (event: TwinEvent, place: Put, revert: () => void) =>
    change({ ...acted(side, calendar, { do: "change", ...only(event), fields: placed(event, place, theirZone) }, `“${event.summary ?? ""}” was not moved there`), failed: () => { revert(); return false; } });
  const heading = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", month: "long", year: "numeric", ...(view === "week" && { day: "numeric" }) }).format(new Date(`${(view === "week" ? from : day).toString()}T12:00:00Z`));

  return (
    <Page
      wide
      title="The other side"
      lead={`${side.lead} Edit it by hand and watch it arrive in Concord; edit in Concord and watch it arrive here. No real account is involved.`}
      actions={
        <SegmentedControl
          fullWidth={narrow}
          size={narrow ? "xs" : "sm"}
          aria-label="Which side" value={side.id} onChange={(value) => set({ side: named.find((one) => one === value), calendar: undefined })}
          data={twinNames.map((value) => ({ value, label: <span className={classes.side}><ProviderIcon provider={value} size={17} /> {sides[value].name}</span> }))}
        />
      }
    >
      <Pulse zone={zone} />
      {there.isError && !there.data ? (
        <Trouble error={there.error} what="The emulated calendar" again={() => void there.refetch()} />
      ) : (
        <>
          <div className={classes.sides}>
            <section className={`card ${classes.theirs}`} aria-labelledby="theirs">
              <header className={classes.bar}>
                <div>
                  <h2 id="theirs">In {side.name}</h2>
                  <span className="muted tabular" aria-live="polite">{isTable ? "Every row of the table" : heading}</span>
                </div>
                <Group gap={6}>
                  {!isTable && (
                    <Group gap={2} wrap="nowrap">
                      <IconButton label="Earlier" icon={<IconChevronLeft size={17} />} size="md" onClick={() => goTo(steps(view, day, -1, narrow))} />
                      <Button variant="default" size="compact-sm" onClick={() => goTo(now)}>Today</Button>
                      <IconButton label="Later" icon={<IconChevronRight size={17} />} size="md" onClick={() => goTo(steps(view, day, 1, narrow))} />
                    </Group>
                  )}
                  <SegmentedControl size="xs" aria-label="Which calendar" value={calendar} onChange={(value) => set({ calendar: value === "Team" ? "Team" : undefined })} data={side.calendars.map(({ id, name }) => ({ value: id, label: name }))} />
                  {!isTable && <SegmentedControl size="xs" aria-label="View" value={view} onChange={(value) => set({ view: value === "week" ? "week" : undefined })} data={[{ value: "month", label: "Month" }, { value: "week", label: narrow ? "Days" : "Week" }]} />}
                  <Button size="compact-sm" leftSection={<IconPlus size={15} />} onClick={() => setOpened({ place: tomorrow })}>New there</Button>
                </Group>
              </header>
              {isTable ? (
                <Rows table={there.data} zone={zone} open={(event) => setOpened({ event })} act={act} />
              ) : <Calendar view={view} day={day} zone={zone} events={events} narrow={narrow} busy={!there.data} open={(event) => setOpened({ event })} create={(place) => setOpened({ place })} move={move} />}
            </section>
            <section className={`card ${classes.ours}`} aria-labelledby="ours">
              <header className={classes.bar}>
                <div>
                  <h2 id="ours">In Concord</h2>
                  <span className="muted">{begins.equals(now) ? "From today on" : "The same days"}</span>
                </div>
              </header>
              {here.isError && !here.data ? <Trouble error={here.error} what="Our events" again={() => void here.refetch()} /> : <Ours events={ours} zone={zone} />}
            </section>
          </div>
          <Troubles key={side.id} side={side} ours={ours ?? []} theirs={events} calendar={calendar} zone={theirZone} />
          <Calls side={side} zone={zone} />
        </>
      )}
      {opened && (
        <EventDialog
          place={side.name}
          event={"event" in opened ? opened.event : null}
          initial={"place" in opened ? formAt(opened.place, theirZone) : isTable && !opened.event.start.date && !opened.event.start.dateTime ? { ...formAt(tomorrow, theirZone), title: opened.event.summary ?? "", place: opened.event.location ?? "" } : formOf(opened.event, theirZone)}
          act={act}
          close={() => setOpened(null)}
        />
      )}
    </Page>
  );
}
