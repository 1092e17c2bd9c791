/** How an event repeats: what people mostly mean in one choice, all the rest below it. */
import { Button, Checkbox, Group, NumberInput, Radio, Select, Stack, Text } from "@mantine/core";
import { DatePickerInput } from "@mantine/dates";
import { useState } from "react";
import classes from "./EventForm.module.css";
import { inWords, isLast, type Monthly, monthlyWords, nthOf, type Rule, type Unit, weekdayName, weekdayOf, weekdays, write } from "./recurrence";
import { type Day, dayOf } from "./when";

interface Props {
  value: Rule | string | null;
  change: (value: Rule | string | null) => void;
  /** The first day, which the choices are about. */
  from: string;
  zone: string;
  allDay: boolean;
  error?: string | undefined;
  disabled?: string | undefined;
}

const simple = (unit: Unit, own: Partial<Rule> = {}): Rule => ({ unit, every: 1, weekdays: [], monthly: null, ends: { kind: "never" }, ...own });

function presets(day: Day): { value: string; label: string; rule: Rule }[] {
  const weekday = weekdayOf(day);
  const nth = nthOf(day);
  const list: [string, Rule][] = [
    ["Every day", simple("DAILY")],
    ["On weekdays", simple("WEEKLY", { weekdays: ["MO", "TU", "WE", "TH", "FR"] })],
    [`Every week on ${weekdayName(weekday)}`, simple("WEEKLY", { weekdays: [weekday] })],
    [`Every 2 weeks on ${weekdayName(weekday)}`, simple("WEEKLY", { every: 2, weekdays: [weekday] })],
    [`Every month on day ${day.day}`, simple("MONTHLY", { monthly: { kind: "day", day: day.day } })],
    [`Every month ${monthlyWords({ kind: "weekday", nth, weekday })}`, simple("MONTHLY", { monthly: { kind: "weekday", nth, weekday } })],
    ["Every year", simple("YEARLY")],
  ];
  return list.filter(([, rule]) => !(rule.monthly?.kind === "weekday" && rule.monthly.nth === 5)).map(([label, rule]) => ({ value: write(rule, "UTC", true), label, rule }));
}

export function RecurrenceField({ value, change, from, zone, allDay, error, disabled }: Props) {
  const day = dayOf(from || "2026-01-01");
  const choices = presets(day);
  const rule = value && typeof value === "object" ? value : null;
  const now = value === null ? "none" : ((rule && choices.find((choice) => choice.value === write(rule, "UTC", true))?.value) ?? "own");
  const [custom, setCustom] = useState(false);

  const choose = (chosen: string | null) => {
    if (chosen === "none" || chosen === null) {
      setCustom(false);
      change(null);
    } else if (chosen === "custom") {
      setCustom(true);
      if (!rule) change(simple("WEEKLY", { weekdays: [weekdayOf(day)] }));
    } else if (chosen !== "own") {
      setCustom(false);
      change(choices.find((choice) => choice.value === chosen)?.rule ?? null);
    }
  };

  return (
    <div>
      <Select
        label="Repeats"
        allowDeselect={false}
        disabled={!!disabled}
        description={disabled}
        value={custom && rule ? "custom" : now}
        onChange={choose}
        data={[
          { value: "none", label: "Does not repeat" },
          ...choices.map(({ value, label }) => ({ value, label })),
          ...(now === "own" && value !== null ? [{ value: "own", label: inWords(typeof value === "string" ? value : write(value, zone, allDay), zone) }] : []),
          { value: "custom", label: "In its own way…" },
        ]}
        error={error}
      />
      {custom && rule && !disabled && (
        <Stack gap="sm" className={classes.rule} role="group" aria-label="How it repeats">
          <Group gap="xs" align="flex-end" wrap="nowrap">
            <NumberInput label="Every" size="sm" w={84} min={1} max={99} value={rule.every} onChange={(every) => change({ ...rule, every: Number(every) || 1 })} />
            <Select
              aria-label="Unit"
              w={130}
              allowDeselect={false}
              value={rule.unit}
              onChange={(unit) => unit && change(ofUnit(rule, unit as Unit, day))}
              data={[{ value: "DAILY", label: rule.every === 1 ? "day" : "days" }, { value: "WEEKLY", label: rule.every === 1 ? "week" : "weeks" }, { value: "MONTHLY", label: rule.every === 1 ? "month" : "months" }, { value: "YEARLY", label: rule.every === 1 ? "year" : "years" }]}
            />
          </Group>
          {rule.unit === "WEEKLY" && (
            <Checkbox.Group aria-label="On these days" value={rule.weekdays} onChange={(days) => days.length > 0 && change({ ...rule, weekdays: weekdays.filter((one) => days.includes(one)) })}>
              <Group gap={6}>
                {weekdays.map((one) => (
                  <Checkbox.Card key={one} value={one} className={classes.weekday} aria-label={weekdayName(one)} w="auto">
                    {weekdayName(one).slice(0, 2)}
                  </Checkbox.Card>
                ))}
              </Group>
            </Checkbox.Group>
          )}
          {rule.unit === "MONTHLY" && <MonthlyChoice day={day} value={rule.monthly} change={(monthly) => change({ ...rule, monthly })} />}
          <Ends rule={rule} change={change} from={from} />
          <Text size="xs" className="muted">{inWords(write(rule, zone, allDay), zone)}</Text>
        </Stack>
      )}
    </div>
  );
}

function ofUnit(rule: Rule, unit: Unit, day: Day): Rule {
  return {
    ...rule,
    unit,
    weekdays: unit === "WEEKLY" ? [weekdayOf(day)] : [],
    monthly: unit === "MONTHLY" ? { kind: "day", day: day.day } : null,
  };
}

function MonthlyChoice({ day, value, change }: { day: Day; value: Monthly | null; change: (value: Monthly) => void }) {
  const weekday = weekdayOf(day);
  const options: Monthly[] = [
    { kind: "day", day: day.day },
    ...(nthOf(day) < 5 ? [{ kind: "weekday" as const, nth: nthOf(day), weekday }] : []),
    ...(isLast(day) ? [{ kind: "weekday" as const, nth: -1, weekday }] : []),
  ];
  if (value && !options.some((option) => JSON.stringify(option) === JSON.stringify(value))) options.push(value);
  return (
    <Select
      aria-label="On which day of the month"
      allowDeselect={false}
      value={JSON.stringify(value)}
      onChange={(chosen) => chosen && change(JSON.parse(chosen) as Monthly)}
      data={options.map((option) => ({ value: JSON.stringify(option), label: monthlyWords(option) }))}
    />
  );
}

function Ends({ rule, change, from }: { rule: Rule; change: (rule: Rule) => void; from: string }) {
  const later = dayOf(from).add({ months: 3 }).toString();
  return (
    <Radio.Group
      label="Ends"
      value={rule.ends.kind}
      onChange={(kind) =>
        change({ ...rule, ends: kind === "until" ? { kind, on: later } : kind === "count" ? { kind, times: 10 } : { kind: "never" } })
      }
    >
      <Stack gap={8} mt={6}>
        <Radio value="never" label="Never" />
        <Group gap="xs">
          <Radio value="until" label="On" />
          {rule.ends.kind === "until" && (
            <DatePickerInput size="xs" aria-label="Last day" firstDayOfWeek={1} valueFormat="ddd D MMM YYYY" value={rule.ends.on} minDate={from} onChange={(on) => on && change({ ...rule, ends: { kind: "until", on } })} />
          )}
        </Group>
        <Group gap="xs">
          <Radio value="count" label="After" />
          {rule.ends.kind === "count" && (
            <>
              <NumberInput size="xs" w={80} aria-label="How many times" min={1} max={999} value={rule.ends.times} onChange={(times) => change({ ...rule, ends: { kind: "count", times: Number(times) || 1 } })} />
              <Text size="sm">times</Text>
            </>
          )}
        </Group>
      </Stack>
      {rule.ends.kind !== "never" && <Button variant="transparent" size="compact-xs" px={0} mt={6} onClick={() => change({ ...rule, ends: { kind: "never" } })}>Repeat for ever</Button>}
    </Radio.Group>
  );
}
