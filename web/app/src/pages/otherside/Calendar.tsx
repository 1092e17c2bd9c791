/** The other side's calendar as its owner sees it: a grid to click, drag and stretch in. */
import type { TwinEvent } from "@concord/client/twin";
import { Grid, type Put } from "../../ui/Grid";
import classes from "./Calendar.module.css";
import { type Day, isCopy, type OtherView } from "./data";

interface Props {
  view: OtherView;
  day: Day;
  zone: string;
  events: TwinEvent[];
  narrow: boolean;
  busy: boolean;
  open: (event: TwinEvent) => void;
  create: (put: Put) => void;
  move: (event: TwinEvent, put: Put, revert: () => void) => void;
}

const draw = (event: TwinEvent) => ({
  id: `${event.id} ${event.occurrence ?? ""}`,
  title: event.summary ?? "(no title)",
  start: event.start.date ?? event.start.dateTime ?? "",
  end: event.end.date ?? event.end.dateTime ?? "",
  allDay: !!event.start.date,
  className: `hue-${isCopy(event) ? "blue" : "slate"}`,
});

export function Calendar({ view, day, zone, narrow, events, move, ...rest }: Props) {
  return (
    <Grid
      kind={view === "month" ? "dayGridMonth" : narrow ? "threeDays" : "timeGridWeek"}
      date={day.toString()}
      className={classes.grid}
      timeZone={zone}
      scrollTime="06:30:00"
      things={events}
      draw={draw}
      move={(event, put, revert) => move(event, { ...put, end: put.end || put.start }, revert)}
      eventContent={(info) => (
        <span className={classes.content} title={info.event.title}>
          {info.timeText && !info.isNarrow && <span className={classes.time}>{info.timeText}</span>}
          <span className={classes.title}>{info.event.title}</span>
        </span>
      )}
      {...rest}
    />
  );
}
