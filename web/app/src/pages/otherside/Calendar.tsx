/** The other side's calendar as its owner sees it: a grid to click, drag and stretch in. */
import type { TwinEvent } from "@concord/client/twin";
import FullCalendar, { type CalendarRef, type EventInput as Drawn } from "@fullcalendar/react";
import dayGrid from "@fullcalendar/react/daygrid";
import interaction from "@fullcalendar/react/interaction";
import look from "@fullcalendar/react/themes/breezy";
import timeGrid from "@fullcalendar/react/timegrid";
import "@fullcalendar/react/skeleton.css";
import "@fullcalendar/react/themes/breezy/theme.css";
import { clsx } from "clsx";
import { useEffect, useMemo, useRef } from "react";
import ground from "../../ui/Grid.module.css";
import { hours } from "../../ui/time";
import classes from "./Calendar.module.css";
import type { Day, OtherView } from "./data";

/** Where something was dragged to, or is to begin; `end` is exclusive, days without hours are whole days. */
export interface Place {
  start: string;
  end: string;
  allDay: boolean;
}

interface Props {
  view: OtherView;
  day: Day;
  zone: string;
  events: TwinEvent[];
  narrow: boolean;
  busy: boolean;
  open: (event: TwinEvent) => void;
  create: (place: Place) => void;
  move: (event: TwinEvent, place: Place, revert: () => void) => void;
}

/** Concord leaves a note on what it made. */
export const isCopy = (event: TwinEvent) => Object.keys(event.extendedProperties?.private ?? {}).length > 0;

export function Calendar({ view, day, zone, events, narrow, busy, open, create, move }: Props) {
  const calendar = useRef<CalendarRef>(null);
  const kind = view === "month" ? "dayGridMonth" : narrow ? "threeDays" : "timeGridWeek";
  const date = day.toString();
  useEffect(() => {
    calendar.current?.getApi().changeView(kind, date);
  }, [kind, date]);

  const drawn = useMemo<Drawn[]>(
    () =>
      events.map((event) => ({
        id: event.id,
        title: event.summary ?? "(no title)",
        start: event.start.date ?? event.start.dateTime ?? "",
        end: event.end.date ?? event.end.dateTime ?? "",
        allDay: !!event.start.date,
        className: `hue-${isCopy(event) ? "blue" : "slate"}`,
        event,
      })),
    [events],
  );
  const told = ({ event, revert }: { event: { startStr: string; endStr: string; allDay: boolean; extendedProps: Record<string, unknown> }; revert: () => void }) =>
    move(event.extendedProps.event as TwinEvent, { start: event.startStr, end: event.endStr || event.startStr, allDay: event.allDay }, revert);

  return (
    <div className={clsx(ground.ground, classes.grid)} aria-busy={busy || undefined}>
      <FullCalendar
        ref={calendar}
        plugins={[dayGrid, timeGrid, interaction, look]}
        initialView={kind}
        initialDate={date}
        views={{ threeDays: { type: "timeGrid", duration: { days: 3 } } }}
        timeZone={zone}
        locale="en-GB"
        firstDay={1}
        headerToolbar={false}
        height="100%"
        borderless
        fixedWeekCount={false}
        dayMaxEvents
        nowIndicator
        scrollTime="06:30:00"
        scrollTimeReset={false}
        slotDuration="00:30:00"
        snapDuration="00:15:00"
        slotHeaderInterval="01:00:00"
        slotHeaderFormat={hours()}
        eventTimeFormat={hours()}
        dayHeaderFormat={view === "month" ? { weekday: "short" } : { weekday: "short", day: "numeric" }}
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
        events={drawn}
        eventClass={classes.event}
        eventInnerClass={classes.inner}
        moreLinkClass={classes.moreLink}
        eventContent={(info) => (
          <span className={classes.content} title={info.event.title}>
            {info.timeText && !info.isNarrow && <span className={classes.time}>{info.timeText}</span>}
            <span className={classes.title}>{info.event.title}</span>
          </span>
        )}
        eventClick={(info) => {
          info.jsEvent.preventDefault();
          open(info.event.extendedProps.event as TwinEvent);
        }}
        select={(info) => {
          calendar.current?.getApi().unselect();
          create({ start: info.startStr, end: info.endStr, allDay: info.allDay });
        }}
        eventDrop={told}
        eventResize={told}
      />
    </div>
  );
}
