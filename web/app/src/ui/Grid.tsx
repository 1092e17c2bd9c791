/** A grid of days, or of days and hours: FullCalendar in our clothes. What the pages put into it is theirs. */
import FullCalendar, { type CalendarRef, type EventInput } from "@fullcalendar/react";
import dayGrid from "@fullcalendar/react/daygrid";
import interaction from "@fullcalendar/react/interaction";
import look from "@fullcalendar/react/themes/breezy";
import timeGrid from "@fullcalendar/react/timegrid";
import "@fullcalendar/react/skeleton.css";
import "@fullcalendar/react/themes/breezy/theme.css";
import clsx from "clsx";
import { type ComponentProps, useEffect, useMemo, useRef } from "react";
import classes from "./Grid.module.css";
import { hours } from "./time";

type Options = ComponentProps<typeof FullCalendar>;
type Kind = "dayGridMonth" | "timeGridWeek" | "timeGridDay" | "threeDays";

/** Something to draw: how the grid shall show it, and the thing itself. */
export interface Drawn<T> {
  id: string;
  title: string;
  /** A day, or an instant. */
  start: string;
  end: string;
  allDay: boolean;
  editable?: boolean;
  className: string;
  thing: T;
}

/** Where something was put: days, or times as `timeZone` has them; an end that nobody gave is empty. */
export interface Put {
  start: string;
  end: string;
  allDay: boolean;
}

interface Props<T> extends Omit<Options, "events" | "select" | "eventClick" | "eventDrop" | "eventResize" | "eventClass"> {
  kind: Kind;
  date: string;
  busy: boolean;
  things: T[];
  draw: (thing: T) => Omit<Drawn<T>, "thing">;
  className?: string;
  /** What events look like besides, in the grid and in what opens over it. */
  skin?: string;
  /** Of an event in the grid; of nothing, while a new one is being drawn. */
  eventClass?: (thing: T | undefined) => string | undefined;
  open: (thing: T) => void;
  create: (put: Put) => void;
  move: (thing: T, put: Put, revert: () => void) => void;
}

/** The thing behind what is drawn; none, while a new one is being drawn. */
export const thingOf = <T,>(event: { extendedProps: Record<string, unknown> }) => event.extendedProps.thing as T | undefined;

const views = { threeDays: { type: "timeGrid", duration: { days: 3 } } };

export function Grid<T>({ kind, date, busy, things, draw, className, skin, eventClass, open, create, move, ...own }: Props<T>) {
  const calendar = useRef<CalendarRef>(null);
  useEffect(() => {
    calendar.current?.getApi().changeView(kind, date);
  }, [kind, date]);
  const drawn = useMemo<EventInput[]>(() => things.map((thing) => ({ ...draw(thing), thing })), [things, draw]);
  const moved: NonNullable<Options["eventDrop"]> & NonNullable<Options["eventResize"]> = ({ event, revert }) => {
    const thing = thingOf<T>(event);
    if (thing !== undefined) move(thing, { start: event.startStr, end: event.endStr, allDay: event.allDay }, revert);
  };
  return (
    <div className={clsx(classes.ground, skin, className)} data-view={kind} aria-busy={busy || undefined}>
      <FullCalendar
        ref={calendar}
        plugins={[dayGrid, timeGrid, interaction, look]}
        initialView={kind}
        initialDate={date}
        views={views}
        locale="en-GB"
        firstDay={1}
        headerToolbar={false}
        height="100%"
        borderless
        fixedWeekCount={false}
        dayMaxEvents
        nowIndicator
        scrollTimeReset={false}
        slotDuration="00:30:00"
        snapDuration="00:15:00"
        slotHeaderInterval="01:00:00"
        slotHeaderFormat={hours()}
        eventTimeFormat={hours()}
        dayHeaderFormat={kind === "dayGridMonth" ? { weekday: "short" } : { weekday: "short", day: "numeric" }}
        allDayText="All day"
        eventDisplay="block"
        slotEventOverlap={false}
        eventInteractive
        eventMinHeight={22}
        forceEventDuration
        defaultAllDayEventDuration={{ days: 1 }}
        defaultTimedEventDuration="01:00"
        editable
        selectable
        selectMirror
        unselectAuto
        longPressDelay={350}
        eventInnerClass={classes.inner}
        moreLinkClass={classes.moreLink}
        popoverClass={clsx(classes.ground, skin)}
        {...own}
        events={drawn}
        eventClass={({ event }) => clsx(classes.event, eventClass?.(thingOf<T>(event)))}
        eventClick={({ event, jsEvent }) => {
          jsEvent.preventDefault();
          const thing = thingOf<T>(event);
          if (thing !== undefined) open(thing);
        }}
        select={({ startStr, endStr, allDay }) => {
          calendar.current?.getApi().unselect();
          create({ start: startStr, end: endStr, allDay });
        }}
        eventDrop={moved}
        eventResize={moved}
      />
    </div>
  );
}
