/** What is shown: a day to go to, words to look for, calendars, session types (which is also the legend), clients. */
import type { CalendarEvent } from "@concord/client";
import { Button, Select, TextInput } from "@mantine/core";
import { DatePicker } from "@mantine/dates";
import "@mantine/dates/styles.layer.css";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { clients, status } from "../../data/queries";
import type { CalendarSearch } from "../../search";
import classes from "./Filters.module.css";
import { knownTypes, typeHue, typeName } from "./look";
import type { Day } from "./when";

interface Props {
  search: CalendarSearch;
  events: CalendarEvent[];
  day: Day;
  set: (search: Partial<CalendarSearch>) => void;
  goTo: (day: string) => void;
  /** Without the small month, where the page is small itself. */
  small?: boolean;
}

export const searchField = "calendar-search";

export function Filters({ search, events, day, set, goTo, small }: Props) {
  const { data: links } = useQuery(status());
  const { data: people } = useQuery(clients());
  const seen = events.flatMap((event) => (event.sessionType ? [event.sessionType] : []));
  const types = [...new Set([...knownTypes, ...seen, ...(search.type ? [search.type] : [])])];
  const calendars = links?.items ?? [];
  const some = !!(search.type ?? search.client ?? search.link ?? search.text);

  return (
    <div className={classes.filters}>
      {!small && (
        <DatePicker
          size="xs"
          value={day.toString()}
          date={day.toString()}
          key={day.toString()}
          onChange={(value) => value && goTo(value)}
          firstDayOfWeek={1}
          highlightToday
          hideOutsideDates
          weekendDays={[]}
          ariaLabels={{ previousMonth: "Previous month", nextMonth: "Next month", monthLevelControl: "Choose a month" }}
          className={classes.month}
          maxLevel="year"
        />
      )}
      <SearchField value={search.text ?? ""} set={(text) => set({ text: text || undefined })} />
      <section aria-labelledby="filter-types">
        <h2 className={classes.head} id="filter-types">Session types</h2>
        <ul className={classes.list}>
          {types.map((type) => (
            <li key={type}>
              <button type="button" className={`${classes.one} hue-${typeHue(type)}`} aria-pressed={search.type === type} onClick={() => set({ type: search.type === type ? undefined : type })}>
                <span className={classes.mark} aria-hidden />
                {typeName(type)}
              </button>
            </li>
          ))}
        </ul>
      </section>
      {calendars.length > 0 && (
        <section aria-labelledby="filter-calendars">
          <h2 className={classes.head} id="filter-calendars">Calendars</h2>
          <ul className={classes.list}>
            {calendars.map(({ linkId, calendar, account }) => (
              <li key={linkId}>
                <button type="button" className={classes.one} title={account} aria-pressed={search.link === linkId} onClick={() => set({ link: search.link === linkId ? undefined : linkId })}>
                  <span className={classes.ring} aria-hidden />
                  {calendar}
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      {!!people?.items.length && (
        <Select
          label="Client"
          placeholder="Everyone"
          size="xs"
          searchable
          clearable
          clearButtonProps={{ "aria-label": "Everyone again" }}
          data={people.items.map(({ id, name }) => ({ value: id, label: name }))}
          value={search.client ?? null}
          onChange={(client) => set({ client: client ?? undefined })}
        />
      )}
      {some && (
        <Button variant="subtle" size="compact-sm" leftSection={<IconX size={14} />} onClick={() => set({ type: undefined, client: undefined, link: undefined, text: undefined })}>
          Show everything
        </Button>
      )}
    </div>
  );
}

function SearchField({ value, set }: { value: string; set: (text: string) => void }) {
  const [text, setText] = useState(value);
  const typed = useRef(value);
  const later = useDebouncedCallback((words: string) => {
    typed.current = words;
    set(words);
  }, 250);
  // The address was changed elsewhere (back, or "show everything").
  useEffect(() => {
    if (value !== typed.current) {
      typed.current = value;
      setText(value);
    }
  }, [value]);
  return (
    <TextInput
      id={searchField}
      type="search"
      size="xs"
      aria-label="Search events"
      placeholder="Search"
      leftSection={<IconSearch size={15} aria-hidden />}
      value={text}
      onChange={(change) => {
        setText(change.currentTarget.value);
        later(change.currentTarget.value.trim());
      }}
    />
  );
}
