/** The month, week and day grids: FullCalendar in our clothes. Dragging gives wall clocks of the reader's zone. */
import type { CalendarEvent } from "@concord/client";
import FullCalendar, { type CalendarRef, type DayHeaderInfo, type EventDisplayInfo, type EventInput as Drawn } from "@fullcalendar/react";
import dayGrid from "@fullcalendar/react/daygrid";
import interaction from "@fullcalendar/react/interaction";
import look from "@fullcalendar/react/themes/breezy";
import timeGrid from "@fullcalendar/react/timegrid";
import "@fullcalendar/react/skeleton.css";
import "@fullcalendar/react/themes/breezy/theme.css";
import clsx from "clsx";
import { Temporal } from "temporal-polyfill";
import { useEffect, useMemo, useRef, useState } from "react";
import ground from "../../ui/Grid.module.css";
import { SyncDot, syncWords } from "../../ui/SyncDot";
import { city, clock, differ, hours, offset } from "../../ui/time";
import classes from "./Grid.module.css";
import { isForeign, keyOf, syncState, typeHue, typeName } from "./look";
import { type Day, timesIn, type Wall, wallNow } from "./when";

const kinds = { month: "dayGridMonth", week: "timeGridWeek", day: "timeGridDay" } as const;
export type GridView = keyof typeof kinds;

export interface Moved {
  event: CalendarEvent;
  start: Wall;
  end: Wall;
  allDay: boolean;
  /** Puts it back where it was. */
  revert: () => void;
}

interface Props {
  view: GridView;
  day: Day;
  zone: string;
  also: string | undefined;
  events: CalendarEvent[];
  narrow: boolean;
  busy: boolean;
  open: (event: CalendarEvent) => void;
  openDay: (day: string) => void;
  create: (begins: string, until: string) => void;
  moved: (moved: Moved) => void;
}

const wall = (text: string): Wall => Temporal.PlainDateTime.from(text.length === 10 ? `${text}T00:00` : text.replace(/(Z|[+-]\d\d:\d\d)$/, ""));
const minute = (at: Wall) => at.toString({ smallestUnit: "minute" });
/** An hour is what most sessions take; a click asks for one. */
const clicked = 30;

export function Grid({ view, day, zone, also, events, narrow, busy, open, openDay, create, moved }: Props) {
  const calendar = useRef<CalendarRef>(null);
  const shown = kinds[view];
  // What is about now is what one most likely looks for.
  const [first] = useState(() => `${String(Math.min(Math.max(wallNow(zone).hour - 3, 0), 14)).padStart(2, "0")}:30:00`);
  const date = day.toString();

  useEffect(() => {
    calendar.current?.getApi().changeView(shown, date);
  }, [shown, date]);

  const drawn = useMemo<Drawn[]>(
    () =>
      events.map((event) => ({
        id: keyOf(event),
        title: event.title,
        start: event.start,
        end: event.end,
        allDay: event.allDay,
        editable: !event.readOnly && event.rev > 0,
        className: `hue-${isForeign(event) ? "slate" : typeHue(event.sessionType)}`,
        event,
      })),
    [events],
  );

  const told = (info: { event: { startStr: string; endStr: string; allDay: boolean; extendedProps: Record<string, unknown> }; revert: () => void }) => {
    const { event, revert } = info;
    const start = wall(event.startStr);
    const end = event.endStr ? wall(event.endStr) : event.allDay ? start.add({ days: 1 }) : start.add({ hours: 1 });
    moved({ event: event.extendedProps.event as CalendarEvent, start, end, allDay: event.allDay, revert });
  };

  return (
    <div className={clsx(ground.ground, classes.grid)} data-view={view} aria-busy={busy || undefined}>
      <FullCalendar
        ref={calendar}
        plugins={[dayGrid, timeGrid, interaction, look]}
        initialView={shown}
        initialDate={date}
        timeZone={zone}
        locale="en-GB"
        firstDay={1}
        headerToolbar={false}
        height="100%"
        borderless
        fixedWeekCount={false}
        dayMaxEvents
        nowIndicator
        navLinks={!narrow}
        navLinkDayClick={(_date, click) => {
          const cell = (click.target as HTMLElement).closest("[data-date]");
          if (cell) openDay(cell.getAttribute("data-date") ?? date);
        }}
        scrollTime={first}
        scrollTimeReset={false}
        slotDuration="00:30:00"
        snapDuration="00:15:00"
        slotHeaderInterval="01:00:00"
        slotHeaderFormat={hours()}
        eventTimeFormat={hours()}
        dayHeaderFormat={view === "month" ? { weekday: "short" } : { weekday: "short", day: "numeric" }}
        dayHeaderContent={view === "month" ? undefined : (info) => <Weekday info={info} narrow={narrow} />}
        allDayText="All day"
        eventDisplay="block"
        slotEventOverlap={false}
        eventInteractive
        eventMinHeight={22}
        eventShortHeight={44}
        forceEventDuration
        defaultAllDayEventDuration={{ days: 1 }}
        defaultTimedEventDuration="01:00"
        editable
        eventResizableFromStart={!narrow}
        selectable
        selectMirror
        unselectAuto
        longPressDelay={350}
        events={drawn}
        eventClass={(info) => eventClass(info)}
        eventInnerClass={classes.inner}
        moreLinkClass={classes.moreLink}
        popoverClass={clsx(ground.ground, classes.popover)}
        eventContent={(info) => <Content info={info} zone={zone} />}
        slotHeaderContent={also ? (info) => <TwoClocks at={info.date} zone={zone} also={also} text={info.text} /> : undefined}
        eventClick={(info) => {
          info.jsEvent.preventDefault();
          open(info.event.extendedProps.event as CalendarEvent);
        }}
        select={(info) => {
          const start = wall(info.startStr);
          const end = wall(info.endStr);
          calendar.current?.getApi().unselect();
          if (!info.allDay) {
            const asked = start.until(end, { largestUnit: "minute" }).minutes;
            create(minute(start), minute(asked <= clicked ? start.add({ hours: 1 }) : end));
          } else if (view === "month" && start.until(end, { largestUnit: "day" }).days <= 1) {
            // A click on a day: on a phone one looks at it first, elsewhere something of that day is meant.
            if (narrow) openDay(start.toPlainDate().toString());
            else create(minute(start.add({ hours: 9 })), minute(start.add({ hours: 10 })));
          } else create(start.toPlainDate().toString(), end.toPlainDate().toString());
        }}
        eventDrop={told}
        eventResize={told}
      />
    </div>
  );
}

function eventClass({ event: { extendedProps } }: EventDisplayInfo): string {
  const event = extendedProps.event as CalendarEvent | undefined;
  if (!event) return clsx(classes.event, "hue-blue");
  return clsx(classes.event, {
    [classes.foreign ?? ""]: isForeign(event),
    [classes.tentative ?? ""]: event.status === "tentative",
    [classes.cancelled ?? ""]: event.status === "cancelled",
    [classes.unsaved ?? ""]: event.rev === 0,
    [classes.fixed ?? ""]: !!event.readOnly,
  });
}

function Content({ info, zone }: { info: EventDisplayInfo; zone: string }) {
  const event = info.event.extendedProps.event as CalendarEvent | undefined;
  if (!event) return <span className={classes.content}>{info.timeText}</span>;
  const state = syncState(event);
  const elsewhere = !event.allDay && event.zone && differ(event.zone, zone, event.start) ? event.zone : null;
  const where = elsewhere ? `, ${timesIn(event, elsewhere)} in ${city(elsewhere)}` : "";
  const label = [
    event.title, timesIn(event, zone) + where, event.sessionType && typeName(event.sessionType), isForeign(event) && "from a calendar", event.status !== "confirmed" && event.status, syncWords(state),
  ].filter(Boolean).join(", ");
  return (
    <span
      className={classes.content}
      title={label}
      data-tall={(info.view.type !== "dayGridMonth" && !event.allDay && !info.isShort) || undefined}
      data-short={info.isShort || undefined}
      data-narrow={info.isNarrow || undefined}
      data-trouble={state === "conflict" || state === "attention" || undefined}
    >
      <span className="visually-hidden">{label}</span>
      <span className={classes.line} aria-hidden>
        {info.timeText && !info.isNarrow && <span className={classes.time}>{info.timeText}</span>}
        <span className={classes.title}>{event.title}</span>
      </span>
      {elsewhere && <span className={classes.elsewhere} aria-hidden>{clock(event.start, elsewhere)} {city(elsewhere)}</span>}
      <span className={classes.dot} aria-hidden><SyncDot state={state} size={12} silent /></span>
    </span>
  );
}

function Weekday({ info, narrow }: { info: DayHeaderInfo; narrow: boolean }) {
  return (
    <span className={classes.weekday} data-today={info.isToday || undefined} data-narrow={narrow || undefined}>
      <span>{info.weekdayText.slice(0, narrow ? 2 : 3)}</span>
      <span className={classes.date}>{info.dayNumberText}</span>
    </span>
  );
}

/** The hour in two zones. */
function TwoClocks({ at, zone, also, text }: { at: Date; zone: string; also: string; text: string }) {
  const other = new Date(at);
  return (
    <span className={classes.clocks}>
      <span title={`${city(also)}, ${offset(also, other)}`}>{clock(other, also)}</span>
      <span title={`${city(zone)}, ${offset(zone, other)}`}>{text}</span>
    </span>
  );
}
