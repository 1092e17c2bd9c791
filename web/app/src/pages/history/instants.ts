/** Whole days of a person's zone as instants. Without the calendar's own clockwork, which this page need not load. */

/** How far a zone is ahead of UTC at an instant, in milliseconds. */
function ahead(zone: string, at: number): number {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" }).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")) - Math.trunc(at / 1000) * 1000;
}

/** When a day begins in a zone. */
export function dayBegins(day: string, zone: string): string {
  const wall = Date.parse(`${day}T00:00:00Z`);
  // Once more with the offset that holds there: around a change of the clocks the first guess is an hour off.
  const first = wall - ahead(zone, wall);
  return new Date(wall - ahead(zone, first)).toISOString();
}

const dayAfter = (day: string) => new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);

/** From the beginning of one day to the end of another. */
export const instantsOf = (from: string | undefined, to: string | undefined, zone: string) => ({
  ...(from && { from: dayBegins(from, zone) }),
  ...(to && { to: dayBegins(dayAfter(to), zone) }),
});
