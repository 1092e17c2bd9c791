/** The other side's table: rows to open, to put into the trash and to take out of it again. */
import type { TwinAct, TwinCalendar, TwinEvent } from "@concord/client/twin";
import { Button, NativeSelect, Skeleton, Text, VisuallyHidden } from "@mantine/core";
import { IconArrowBackUp, IconTrash } from "@tabler/icons-react";
import { IconButton } from "../../ui/IconButton";
import { clock, day } from "../../ui/time";
import { isCopy } from "./data";
import classes from "./Rows.module.css";

interface Props {
  table: TwinCalendar | undefined;
  zone: string;
  open: (event: TwinEvent) => void;
  act: (what: TwinAct) => void;
}

export function Rows({ table, zone, open, act }: Props) {
  if (!table) return <div aria-busy className={classes.rows}><Skeleton height={36} mb={8} /><Skeleton height={36} mb={8} /><Skeleton height={36} /></div>;
  const rows = [...table.events].sort((a, b) => began(a) - began(b));
  const trashed = table.trashed ?? [];
  const names = table.columns;
  const { date, place, status } = names ?? {};
  return (
    <div className={classes.rows}>
      {rows.length === 0 ? (
        <Text size="sm" className="muted" py={8}>The table is empty. Make a row there, and it shows up here.</Text>
      ) : (
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{names?.title ?? "Name"}</th>
              {date && <th scope="col">{date}</th>}
              {place && <th scope="col" className={classes.wide}>{place}</th>}
              {status && <th scope="col">{status}</th>}
              <th scope="col"><VisuallyHidden>Trash</VisuallyHidden></th>
            </tr>
          </thead>
          <tbody>
            {rows.map((event) => {
              const title = event.summary ?? "(no title)";
              return (
                <tr key={event.id} data-copy={isCopy(event) || undefined}>
                  <th scope="row"><button type="button" className={classes.name} onClick={() => open(event)}>{title}</button></th>
                  {date && <td className="tabular">{when(event, zone)}</td>}
                  {place && <td className={classes.wide}>{event.location}</td>}
                  {status && (
                    <td>
                      <NativeSelect
                        size="xs" aria-label={`${status} of ${title}`} value={event.status ?? ""} data={[{ value: "", label: "—" }, ...(table.statuses ?? [])]}
                        onChange={(change) => act({ do: "change", id: event.id, fields: { status: change.currentTarget.value } })}
                      />
                    </td>
                  )}
                  <td><IconButton label={`Put ${title} into the trash`} icon={<IconTrash size={15} />} size="md" onClick={() => act({ do: "delete", id: event.id })} /></td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {trashed.length > 0 && (
        <section aria-labelledby="trash" className={classes.trash}>
          <h3 id="trash">In the trash</h3>
          <ul>
            {trashed.map((event) => (
              <li key={event.id}>
                <span>{event.summary ?? "(no title)"} <span className="muted">{when(event, zone)}</span></span>
                <Button size="compact-xs" variant="default" leftSection={<IconArrowBackUp size={14} />} aria-label={`Restore ${event.summary ?? "(no title)"}`} onClick={() => act({ do: "restore", id: event.id })}>Restore</Button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

/** Rows without a date come last. */
const began = ({ start }: TwinEvent) => (start.dateTime ? Date.parse(start.dateTime) : start.date ? Date.parse(start.date) : Number.MAX_SAFE_INTEGER);

function when({ start, end }: TwinEvent, zone: string): string {
  if (start.date) {
    const first = `${start.date}T12:00:00Z`;
    const last = new Date(Date.parse(`${end.date ?? start.date}T12:00:00Z`) - 86_400_000).toISOString();
    return last > first ? `${day(first, "UTC")} – ${day(last, "UTC")}` : day(first, "UTC");
  }
  return start.dateTime ? `${day(start.dateTime, zone)}, ${clock(start.dateTime, zone)}${end.dateTime ? ` – ${clock(end.dateTime, zone)}` : ""}` : "";
}
