/** Times in words. The zone is always said by the caller: the machine's own is nowhere assumed. */

export type Instant = string | Date;

const cache = new Map<string, Intl.DateTimeFormat>();
function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  let made = cache.get(key);
  if (!made) cache.set(key, (made = new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options })));
  return made;
}
const at = (instant: Instant) => new Date(instant);

/** How hours are told: as the reader's language has it. */
let twelve = false;
export function tellHoursAs(language: string): void {
  twelve = new Intl.DateTimeFormat(language, { hour: "numeric" }).resolvedOptions().hour12 ?? false;
}
export const hours = (): Intl.DateTimeFormatOptions => (twelve ? { hour: "numeric", minute: "2-digit", hourCycle: "h12" } : { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** 14:05, or 2:05 pm */
export const clock = (instant: Instant, zone: string) => format(zone, hours()).format(at(instant));

/** Fri 20 Nov */
export const day = (instant: Instant, zone: string) => format(zone, { weekday: "short", day: "numeric", month: "short" }).format(at(instant));

/** Friday 20 November 2026 */
export const longDay = (instant: Instant, zone: string) =>
  format(zone, { weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(at(instant));

/** Fri 20 Nov 2026, 14:05 */
export const moment = (instant: Instant, zone: string) =>
  `${format(zone, { weekday: "short", day: "numeric", month: "short", year: "numeric" }).format(at(instant))}, ${clock(instant, zone)}`;

/** GMT+2 */
export const offset = (zone: string, instant: Instant) =>
  format(zone, { timeZoneName: "shortOffset" }).formatToParts(at(instant)).find((part) => part.type === "timeZoneName")?.value ?? zone;

/** Johannesburg */
export const city = (zone: string) => (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
/** Units, how long each is, and from when on one speaks of it: what would round to a whole one is one. */
const units: [Intl.RelativeTimeFormatUnit, number, number][] = [["day", 86_400, 84_600], ["hour", 3_600, 3_570], ["minute", 60, 60]];

/** 5 minutes ago, in 2 hours, just now */
export function ago(instant: Instant, now: Date): string {
  const seconds = (at(instant).getTime() - now.getTime()) / 1000;
  for (const [unit, size, from] of units) {
    if (Math.abs(seconds) >= from) return relative.format(Math.round(seconds / size), unit);
  }
  return seconds > 5 ? "in a moment" : "just now";
}

/** 3.2 s, 1 min 20 s */
export function took(from: Instant, until: Instant): string {
  const ms = at(until).getTime() - at(from).getTime();
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** Whether two zones show another clock at this moment. */
export const differ = (a: string, b: string, instant: Instant) => a !== b && offset(a, instant) !== offset(b, instant);

/** The zone of this machine. */
export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** All zones, for pickers. */
export const zones = (): string[] => ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
