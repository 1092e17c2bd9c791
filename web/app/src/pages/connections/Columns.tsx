/** Which column of a table holds what, and what that would come to, before anything is kept. */
import { type CalendarTable, type ColumnsTried, Problem, type TableColumns } from "@concord/client";
import { Button, Select, Skeleton, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type TableOf, tried } from "../../data/queries";
import { useZone } from "../../shell/session";
import { Note } from "../../ui/Note";
import { saidOf, sentence } from "../../ui/sentence";
import { city, clock, day } from "../../ui/time";
import classes from "./Columns.module.css";
import { asked, broken, choose, fate, fitting, labelOf, mended, turn, wanted, ways } from "./columns";

interface Props {
  table: CalendarTable;
  chosen: TableColumns;
  set: (chosen: TableColumns) => void;
}

export function Columns({ table, chosen, set }: Props) {
  const own = useZone();
  const gone = broken(table, chosen);
  return (
    <div role="group" aria-label="Columns" className={classes.columns}>
      {gone.map((one) => (
        <Note key={one.holds} tone="attention" role="status" title={one.now === "gone" ? `The column “${one.column.name}” is gone` : `The column “${one.column.name}” has changed`}>
          {fate(one)} Nothing is synced until another holds it, and nothing is lost meanwhile.
          {one.instead && <div><Button size="xs" mt="xs" onClick={() => set(mended(table, chosen, one))}>Use “{one.instead.name}” instead</Button></div>}
        </Note>
      ))}
      {asked(table, chosen).map(({ holds, label, says, both }) => {
        const column = chosen[holds];
        const there = fitting(table, chosen, holds);
        const lost = gone.some((one) => one.holds === holds);
        const needed = holds === "time";
        const data = [...(needed && column ? [] : [{ value: "", label: "None" }]), ...there.map(({ id, name }) => ({ value: id, label: name }))];
        return (
          <div key={holds} className={classes.row} data-lost={lost || undefined}>
            <Select
              label={label} description={says} withAsterisk={needed} allowDeselect={false} data={data} value={lost ? null : (column?.id ?? "")} placeholder={lost ? `“${column?.name ?? ""}” is gone` : undefined} error={lost ? "Choose another column" : needed && !column ? "Choose the column with the date" : undefined}
              onChange={(id) => set(choose(table, chosen, holds, id === "" ? null : id))} comboboxProps={{ withinPortal: true }}
            />
            {column && !both && !lost && (
              <Select aria-label={`${label}: which way`} allowDeselect={false} data={ways} value={column.way} onChange={(way) => way && set(turn(chosen, holds, way))} className={classes.way} />
            )}
            {column && holds === "clock" && <Text size="xs" className={`muted ${classes.way}`}>On the clocks of {city(column.zone ?? own)}</Text>}
          </div>
        );
      })}
      {table.changed.filter(({ now }) => now === "renamed").map(({ holds, column, is }) => (
        <Text key={holds} size="xs" className="muted">“{column.name}” is called “{is}” now. It is still the {labelOf(holds).toLowerCase()}.</Text>
      ))}
    </div>
  );
}

/** How the table would look with a choice: some of its rows as events, and some of our events as rows. */
export function Tried({ of, chosen, place }: { of: TableOf; chosen: TableColumns; place: string }) {
  const [settled] = useDebouncedValue(wanted(chosen), 300);
  const ready = !!chosen.time;
  const { data, error, isPlaceholderData } = useQuery({ ...tried(of, settled), enabled: ready });
  if (!ready) return null;
  return (
    <section aria-label="Preview" className={classes.tried} aria-busy={(!data && !error) || undefined}>
      {error ? (
        <Note tone="attention" role="status" title="There is no preview of this choice">{(error instanceof Problem && error.field && saidOf(error, error.field)) || sentence(error.message)}</Note>
      ) : !data ? (
        <Stack gap={6}><Skeleton height={16} width="40%" /><Skeleton height={34} /><Skeleton height={34} /></Stack>
      ) : (
        <div data-old={isPlaceholderData || undefined} className={classes.both}>
          <FromThere rows={data.rows} place={place} />
          <FromHere events={data.events} place={place} />
        </div>
      )}
    </section>
  );
}

const most = 4;

function FromThere({ rows, place }: { rows: ColumnsTried["rows"]; place: string }) {
  const zone = useZone();
  const events = rows.filter(({ event }) => event);
  const odd = rows.filter(({ event, dated }) => !event && dated);
  const without = rows.filter(({ dated }) => !dated).length;
  return (
    <div>
      <h4 className={classes.heading}>Rows there, as events here</h4>
      {rows.length === 0 && <p className={classes.line}>The table is empty.</p>}
      <ul className={classes.events}>
        {events.slice(0, most).map(({ title, event }, i) => event && (
          <li key={`${title} ${i}`} data-status={event.status}>
            <b>{title || "(no title)"}</b>
            <span className="tabular">{when(event, zone)}</span>
            {[event.status === "confirmed" ? "" : event.status === "cancelled" ? "Cancelled" : "Tentative", event.location, event.conference, event.description].filter(Boolean).map((line, n) => <span key={n} className={classes.line}>{line}</span>)}
          </li>
        ))}
        {odd.slice(0, most).map(({ title, why }, i) => (
          <li key={`odd ${title} ${i}`} data-odd>
            <b>{title || "(no title)"}</b>
            <span className={classes.line}>Would not be read: {why}</span>
          </li>
        ))}
      </ul>
      {without > 0 && <p className={classes.line}>{without === 1 ? "One row has no date, so it is no event." : `${without} rows have no date, so they are no events.`}</p>}
      {rows.length > 0 && events.length === 0 && odd.length === 0 && <p className={classes.line}>None of the rows edited last in {place} would be an event. Is the date in another column?</p>}
    </div>
  );
}

function FromHere({ events, place }: { events: ColumnsTried["events"]; place: string }) {
  if (events.length === 0) return null;
  return (
    <div>
      <h4 className={classes.heading}>Events here, as rows in {place}</h4>
      <ul className={classes.events}>
        {events.map(({ cells, why }, i) => (
          <li key={i} data-odd={why ? true : undefined}>
            {why ? <span className={classes.line}>Would not be written: {why}</span> : (
              <dl className={classes.cells}>
                {cells.map(({ column, value }) => <div key={column}><dt>{column}</dt><dd>{value}</dd></div>)}
              </dl>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

type Read = NonNullable<ColumnsTried["rows"][number]["event"]>;

function when(event: Read, zone: string): string {
  if (event.allDay) {
    const last = new Date(Date.parse(`${event.end}T12:00:00Z`) - 86_400_000).toISOString();
    const first = `${event.start}T12:00:00Z`;
    return last.slice(0, 10) === event.start ? `${day(first, "UTC")}, all day` : `${day(first, "UTC")} to ${day(last, "UTC")}`;
  }
  return `${day(event.start, zone)}, ${clock(event.start, zone)} – ${clock(event.end, zone)}`;
}
