/** An event on the other side, to be made, changed or deleted there by hand. */
import type { TwinAct, TwinEvent } from "@concord/client/twin";
import { Button, Group, SegmentedControl, Stack, Switch, Text, TextInput } from "@mantine/core";
import { DatePickerInput, TimeInput } from "@mantine/dates";
import "@mantine/dates/styles.layer.css";
import { IconTrash } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { Dialog } from "../../ui/Dialog";
import { city } from "../../ui/time";
import { changed, fieldsOf, type Form, only, series as seriesOf } from "./data";
import classes from "./Page.module.css";

interface Props {
  /** What people call the place. */
  place: string;
  /** None: a new one. */
  event: TwinEvent | null;
  initial: Form;
  act: (what: TwinAct) => void;
  close: () => void;
}

export function EventDialog({ place, event, initial, act, close }: Props) {
  const [form, setForm] = useState(initial);
  const [fault, setFault] = useState<string | null>(null);
  const [scope, setScope] = useState<"this" | "all">("this");
  const set = (part: Partial<Form>) => setForm((was) => ({ ...was, ...part }));
  const series = event && seriesOf(event);
  // The day and the hours of an occurrence say nothing about its series.
  const whole = !!series && scope === "all";
  const target = event && (whole ? series : only(event));

  const save = (press: FormEvent) => {
    press.preventDefault();
    if (!form.title.trim()) return setFault("Please give it a title");
    const clean = { ...form, title: form.title.trim() };
    if (!target) act({ do: "create", fields: fieldsOf(clean) });
    else {
      const { start, end, ...words } = changed(initial, clean);
      const fields = { ...words, ...(!whole && start && end && { start, end }) };
      if (Object.keys(fields).length) act({ do: "change", ...target, fields });
    }
    close();
  };

  return (
    <Dialog close={close} title={event ? `Edit it in ${place}` : `New event in ${place}`} size="md">
      <form onSubmit={save} noValidate>
        <Stack gap="md">
          {series && (
            <SegmentedControl fullWidth size="xs" aria-label="Which occurrences" value={scope} onChange={(value) => setScope(value as typeof scope)} data={[{ value: "this", label: "Only this one" }, { value: "all", label: "The whole series" }]} />
          )}
          <TextInput label="Title" data-autofocus value={form.title} error={fault} onChange={(change) => set({ title: change.currentTarget.value })} />
          {!whole && (
            <div>
              <Group justify="space-between" mb={6}>
                <Text size="sm" fw={500} id="there-when">When</Text>
                {!event && <Switch size="sm" label="All day" labelPosition="left" checked={form.allDay} onChange={(change) => set({ allDay: change.currentTarget.checked })} />}
              </Group>
              <div className={classes.when} role="group" aria-labelledby="there-when">
                <DatePickerInput aria-label="Day" firstDayOfWeek={1} valueFormat="ddd D MMM YYYY" value={form.day} onChange={(day) => day && set({ day, last: shifted(form, day) })} />
                {form.allDay ? (
                  <DatePickerInput aria-label="Last day" firstDayOfWeek={1} valueFormat="ddd D MMM YYYY" value={form.last} minDate={form.day} onChange={(last) => last && set({ last })} />
                ) : (
                  <>
                    <TimeInput aria-label="Start time" value={form.from} onChange={(change) => change.currentTarget.value && set({ from: change.currentTarget.value })} />
                    <TimeInput aria-label="End time" value={form.until} onChange={(change) => change.currentTarget.value && set({ until: change.currentTarget.value })} />
                  </>
                )}
              </div>
              {!form.allDay && <Text size="xs" className="muted" mt={6}>On the clocks of {city(form.zone)}.</Text>}
            </div>
          )}
          <TextInput label="Place" value={form.place} onChange={(change) => set({ place: change.currentTarget.value })} />
          <Group justify="space-between">
            {target ? (
              <Button
                variant="subtle" color="red" leftSection={<IconTrash size={16} />}
                onClick={() => {
                  act({ do: "delete", ...target });
                  close();
                }}
              >
                {whole ? "Delete the series there" : "Delete there"}
              </Button>
            ) : (
              <span />
            )}
            <Group gap="xs">
              <Button variant="default" onClick={close}>Cancel</Button>
              <Button type="submit">{event ? "Save there" : "Create there"}</Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

/** The last day after the first was changed: as long as before. */
function shifted(form: Form, day: string): string {
  const length = Math.max(0, Date.parse(form.last) - Date.parse(form.day));
  return new Date(Date.parse(day) + length).toISOString().slice(0, 10);
}
