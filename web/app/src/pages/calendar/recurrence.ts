/**
 * Rules of recurrence, as far as the editor can show them, and in words. A rule with a part that the editor does not
 * know is kept exactly as it is.
 */
import { Temporal } from "temporal-polyfill";
import { type Day, yearDay } from "./when";

export type Unit = "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY";
export const weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
export type Weekday = (typeof weekdays)[number];

export type Ends = { kind: "never" } | { kind: "until"; on: string } | { kind: "count"; times: number };

/** By the day of the month, or by the nth weekday (−1 is the last). */
export type Monthly = { kind: "day"; day: number } | { kind: "weekday"; nth: number; weekday: Weekday };

export interface Rule {
  unit: Unit;
  every: number;
  weekdays: Weekday[];
  monthly: Monthly | null;
  ends: Ends;
}

const names: Record<Weekday, string> = { MO: "Monday", TU: "Tuesday", WE: "Wednesday", TH: "Thursday", FR: "Friday", SA: "Saturday", SU: "Sunday" };
export const weekdayName = (weekday: Weekday) => names[weekday];
export const weekdayOf = (day: Day): Weekday => weekdays[day.dayOfWeek - 1] ?? "MO";

const isWeekday = (text: string): text is Weekday => (weekdays as readonly string[]).includes(text);

/** The parts of a rule, in their order. */
export function parts(rule: string): Map<string, string> {
  return new Map(
    rule
      .replace(/^RRULE:/, "")
      .split(";")
      .filter(Boolean)
      .map((part) => {
        const [name = "", value = ""] = part.split("=");
        return [name.toUpperCase(), value];
      }),
  );
}

export const written = (all: Map<string, string>): string => [...all].map(([name, value]) => `${name}=${value}`).join(";");

/** Reads a rule, or returns null when it says more than the editor can show. */
export function read(rule: string, zone: string): Rule | null {
  const all = parts(rule);
  const unit = all.get("FREQ");
  if (unit !== "DAILY" && unit !== "WEEKLY" && unit !== "MONTHLY" && unit !== "YEARLY") return null;
  const known = new Set(["FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"]);
  const made: Rule = { unit, every: Number(all.get("INTERVAL") ?? 1), weekdays: [], monthly: null, ends: { kind: "never" } };
  const count = all.get("COUNT");
  const until = all.get("UNTIL");
  if (count) made.ends = { kind: "count", times: Number(count) };
  else if (until) made.ends = { kind: "until", on: untilDay(until, zone).toString() };

  const byDay = all.get("BYDAY")?.split(",");
  if (unit === "WEEKLY" && byDay) {
    if (!byDay.every(isWeekday)) return null;
    made.weekdays = byDay;
    known.add("BYDAY");
  }
  if (unit === "MONTHLY") {
    const byMonthDay = all.get("BYMONTHDAY");
    const position = all.get("BYSETPOS");
    if (byMonthDay && !byDay) {
      if (!/^\d+$/.test(byMonthDay)) return null;
      made.monthly = { kind: "day", day: Number(byMonthDay) };
      known.add("BYMONTHDAY");
    } else if (byDay?.length === 1 && !byMonthDay) {
      const [, nth, weekday = ""] = /^([+-]?\d+)?([A-Z]{2})$/.exec(byDay[0] ?? "") ?? [];
      const at = Number(nth ?? position);
      if (!isWeekday(weekday) || !(at === -1 || (at >= 1 && at <= 5))) return null;
      made.monthly = { kind: "weekday", nth: at, weekday };
      known.add("BYDAY").add("BYSETPOS");
    }
  }
  return [...all.keys()].every((name) => known.has(name)) ? made : null;
}

function untilDay(until: string, zone: string): Day {
  const day = `${until.slice(0, 4)}-${until.slice(4, 6)}-${until.slice(6, 8)}`;
  if (!until.endsWith("Z")) return Temporal.PlainDate.from(day);
  const time = `${until.slice(9, 11)}:${until.slice(11, 13)}:${until.slice(13, 15)}`;
  return Temporal.Instant.from(`${day}T${time}Z`).toZonedDateTimeISO(zone).toPlainDate();
}

/** Writes a rule. The last day is whole: what begins on it still takes place. */
export function write(rule: Rule, zone: string | null, allDay: boolean): string {
  const all = new Map<string, string>([["FREQ", rule.unit]]);
  if (rule.every > 1) all.set("INTERVAL", String(rule.every));
  if (rule.unit === "WEEKLY" && rule.weekdays.length) all.set("BYDAY", weekdays.filter((day) => rule.weekdays.includes(day)).join(","));
  if (rule.unit === "MONTHLY" && rule.monthly) {
    if (rule.monthly.kind === "day") all.set("BYMONTHDAY", String(rule.monthly.day));
    else all.set("BYDAY", `${rule.monthly.nth}${rule.monthly.weekday}`);
  }
  if (rule.ends.kind === "count") all.set("COUNT", String(rule.ends.times));
  if (rule.ends.kind === "until") {
    const day = Temporal.PlainDate.from(rule.ends.on);
    const bare = day.toString().replaceAll("-", "");
    if (allDay) all.set("UNTIL", bare);
    else if (zone === null) all.set("UNTIL", `${bare}T235959`);
    else {
      const last = day.toZonedDateTime({ timeZone: zone, plainTime: "23:59:59" }).toInstant().toString({ smallestUnit: "second" });
      all.set("UNTIL", last.replaceAll(/[-:]/g, ""));
    }
  }
  return written(all);
}

/** Which weekday of its month a day is: 3 for the third Friday. */
export const nthOf = (day: Day): number => Math.ceil(day.day / 7);
export const isLast = (day: Day): boolean => day.add({ days: 7 }).month !== day.month;

const nthWords: Record<number, string> = { 1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", [-1]: "last" };
const and = (words: string[]) => (words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);
const unitWords: Record<Unit, [string, string]> = { DAILY: ["day", "days"], WEEKLY: ["week", "weeks"], MONTHLY: ["month", "months"], YEARLY: ["year", "years"] };

export const monthlyWords = (monthly: Monthly) =>
  monthly.kind === "day" ? `on day ${monthly.day}` : `on the ${nthWords[monthly.nth]} ${names[monthly.weekday]}`;

/** Every 2 weeks on Monday and Friday, until 3 Mar 2027 */
export function inWords(rule: string, zone: string): string {
  if (rule === "") return "On days of its own";
  const known = read(rule, zone);
  if (!known) return `By its own rule (${rule.replaceAll("\n", ", ")})`;
  const [one, many] = unitWords[known.unit];
  const words = [known.every === 1 ? `Every ${one}` : `Every ${known.every} ${many}`];
  if (known.unit === "WEEKLY" && known.weekdays.length) {
    const working = known.weekdays.length === 5 && !known.weekdays.includes("SA") && !known.weekdays.includes("SU");
    words.push(working ? "on weekdays" : `on ${and(known.weekdays.map(weekdayName))}`);
  }
  if (known.monthly) words.push(monthlyWords(known.monthly));
  const ends = known.ends.kind === "until" ? `, until ${yearDay(Temporal.PlainDate.from(known.ends.on))}` : known.ends.kind === "count" ? `, ${known.ends.times} times` : "";
  return words.join(" ") + ends;
}

/** The rule of a series whose occurrences all move by some days: its weekdays and days of the month move along. */
export function movedBy(rule: string, from: Day, to: Day): string {
  const by = from.until(to).days;
  if (by === 0) return rule;
  const all = parts(rule);
  const byDay = all.get("BYDAY")?.split(",");
  if (all.get("FREQ") === "WEEKLY" && byDay?.every(isWeekday)) {
    const turned = byDay.map((day) => weekdays[(((weekdays.indexOf(day) + by) % 7) + 7) % 7] ?? day);
    all.set("BYDAY", weekdays.filter((day) => turned.includes(day)).join(","));
  } else if (all.get("FREQ") === "MONTHLY" && byDay?.length === 1) {
    const last = byDay[0]?.startsWith("-1") ?? false;
    all.delete("BYSETPOS");
    all.set("BYDAY", `${last && isLast(to) ? -1 : nthOf(to)}${weekdayOf(to)}`);
  } else if (/^\d+$/.test(all.get("BYMONTHDAY") ?? "")) {
    all.set("BYMONTHDAY", String(to.day));
    if (all.has("BYMONTH")) all.set("BYMONTH", String(to.month));
  }
  return written(all);
}
