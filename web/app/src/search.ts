/** What stands after the question mark, per page: the state of a page that can be shared and gone back to. */
import { named } from "./pages/otherside/named";

type Raw = Record<string, unknown>;

const text = (raw: unknown): string | undefined => (typeof raw === "string" && raw !== "" ? raw : typeof raw === "number" ? String(raw) : undefined);
const oneOf =
  <const T extends string>(...all: T[]) =>
  (raw: unknown): T | undefined =>
    all.find((one) => one === raw);
const plainDay = (raw: unknown): string | undefined => (typeof raw === "string" && /^\d{4}-\d{2}-\d{2}$/.test(raw) ? raw : undefined);

/** Leaves out what is not there, so that addresses stay short. */
function only<T extends object>(all: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

export const signInSearch = (raw: Raw) => {
  const to = text(raw.to);
  // Only back into this page, never to another site.
  return only({ to: to?.startsWith("/") && !to.startsWith("//") && !to.includes("\\") ? to : undefined });
};

export const setupSearch = (raw: Raw) => only({ code: text(raw.code) });

export const views = ["month", "week", "day", "agenda"] as const;
export type View = (typeof views)[number];

export const calendarSearch = (raw: Raw) =>
  only({
    view: oneOf(...views)(raw.view),
    date: plainDay(raw.date),
    /** The event whose dialog is open, and which occurrence of it. */
    event: text(raw.event),
    occurrence: text(raw.occurrence),
    /** A new event's dialog is open, beginning here. */
    create: text(raw.create),
    until: text(raw.until),
    type: text(raw.type),
    client: text(raw.client),
    link: text(raw.link),
    text: text(raw.text),
    /** A second zone beside one's own. */
    also: text(raw.also),
  });
export type CalendarSearch = ReturnType<typeof calendarSearch>;

export const connectionsSearch = (raw: Raw) =>
  only({
    /** The account that was just connected: its calendars are to be chosen. */
    connected: text(raw.connected),
    problem: text(raw.problem),
    /** The account whose calendars are being chosen. */
    account: text(raw.account),
    /** The link whose settings are open. */
    settings: text(raw.settings),
    /** The dialog of connecting is open; where it names a provider, at that one. */
    connect: text(raw.connect),
    /** A new feed is being published. */
    publish: oneOf("yes")(raw.publish),
    /** The account that is being connected once more. */
    again: text(raw.again),
  });

export const conflictsSearch = (raw: Raw) => only({ state: oneOf("open", "resolved")(raw.state), id: text(raw.id) });

export const historySearch = (raw: Raw) =>
  only({
    tab: oneOf("waiting")(raw.tab),
    status: oneOf("running", "success", "partial", "failed")(raw.status),
    from: plainDay(raw.from),
    to: plainDay(raw.to),
    linkId: text(raw.linkId),
    run: text(raw.run),
  });

export const othersideSearch = (raw: Raw) => only({ side: oneOf(...named)(raw.side), view: oneOf("week")(raw.view), date: plainDay(raw.date), calendar: oneOf("Team")(raw.calendar) });
