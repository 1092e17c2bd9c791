/**
 * The emulated providers of `concord demo`, in types: what a person sees and does on their pages, and the trouble they can
 * be told to make (docs/emulator.md). They lie behind the page's own address; a service without a demo has none.
 */
import { fromGraph, type GraphCalendar, type GraphEvent, toGraph } from "./graph";
import { Problem, unreachable } from "./index";
import { columns, fromNotion, type NotionPage, type NotionTable, row, toNotion } from "./rows";

/** The sides that a demo has, by the provider that each emulates. */
export const twinNames = ["google", "apple", "outlook", "notion"] as const;
export type TwinName = (typeof twinNames)[number];

export interface TwinTime {
  date?: string;
  /** With its offset; without one it floats. */
  dateTime?: string;
  timeZone?: string | null;
}

/** An event as a person sees it there; of a series, one time at which it takes place. */
export interface TwinEvent {
  id: string;
  summary?: string;
  location?: string;
  start: TwinTime;
  end: TwinTime;
  /** Google names an occurrence by an id of its own, and tells its series. */
  recurringEventId?: string;
  /** A calendar server names it by the series and its original start. */
  occurrence?: string;
  extendedProperties?: { private?: Record<string, string> };
  properties?: Record<string, string>;
  /** Microsoft keeps the name under which a program asked for it; what a person made has none. */
  transactionId?: string;
  /** Of a row: what stands in the column that says whether it takes place. */
  status?: string;
}

export interface TwinCalendar {
  calendar: string;
  /** Where it has one. */
  timeZone?: string;
  events: TwinEvent[];
  /** Of a table: what lies in the trash, how its columns are called, and what can be chosen as the status. */
  trashed?: TwinEvent[];
  columns?: { title: string; date: string | undefined; place: string | undefined; status: string | undefined };
  statuses?: string[];
}

/** As in a patch: null takes away. */
export type TwinTimeChange = { [K in keyof TwinTime]: TwinTime[K] | null };

export interface TwinFields {
  summary?: string;
  location?: string;
  start?: TwinTimeChange;
  end?: TwinTimeChange;
  status?: string;
}

/** Which event, and of a series which occurrence of it; without one, all of it. */
export interface TwinTarget {
  id: string;
  occurrence?: string;
}

export type TwinAct = { do: "create"; fields: TwinFields } | ({ do: "change"; fields: TwinFields } & TwinTarget) | ({ do: "delete" | "restore" } & TwinTarget);

/** A rule by which calls go wrong. */
export interface TwinFault {
  match?: { method?: string; path?: string };
  kind: "status" | "drop_after";
  status?: number;
  reason?: string;
  retryAfter?: number;
  count?: number;
}

export type TwinRule = TwinFault & { id: number; hits: number };

export interface TwinCall {
  n: number;
  at: string;
  method: string;
  path: string;
  /** 0 when nothing was answered. */
  status: number;
  fault?: string;
}

/** What programs sign in with, of each person; no password where it was ended. */
export type TwinPasswords = Record<string, { username: string; password: string | null }>;

async function control<T>(name: TwinName, method: "GET" | "POST" | "DELETE", route: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/demo/${name}/_twin/${route}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      ...(signal && { signal }),
    });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new Problem(0, unreachable, "The emulated calendar cannot be reached just now.");
  }
  const said = (await response.json().catch(() => ({}))) as T & { error?: string };
  if (!response.ok) throw new Problem(response.status, "refused", said.error ?? "The emulated calendar refused this.");
  return said;
}

/** What somebody there sees and does, and what goes wrong for everybody who calls. */
export const twin = (name: TwinName, user: string) => ({
  ...(name === "outlook" ? inGraph(name, user) : name === "notion" ? inNotion(name, user) : inTwinsWords(name, user)),
  faults: () => control<{ rules: TwinRule[] }>(name, "GET", "faults"),
  addFault: (fault: TwinFault) => control<{ rules: TwinRule[] }>(name, "POST", "faults", fault),
  endFault: (id: number) => control<{ rules: TwinRule[] }>(name, "DELETE", `faults/${id}`),
  /** Makes what was taken back good again. */
  giveBack: () => control<unknown>(name, "POST", "tokens", { do: "restore", user }),
  /** Takes back what lets programs in. */
  revoke: () => control<unknown>(name, "POST", "tokens", { do: "revoke", user }),
  /** Of a calendar server: makes a new password for programs, in place of the old one. */
  newPassword: () => control<TwinPasswords>(name, "POST", "tokens", { do: "change", user }),
  passwords: () => control<TwinPasswords>(name, "GET", "tokens"),
  calls: (last: number) => control<{ calls: TwinCall[] }>(name, "GET", `log?last=${last}`),
});

const look = <T>(name: TwinName, user: string, calendar: string, from: string, until: string, signal?: AbortSignal) =>
  control<T>(name, "GET", `events?${new URLSearchParams({ user, calendar, from, until })}`, undefined, signal);

const inTwinsWords = (name: TwinName, user: string) => ({
  calendar: (calendar: string, from: string, until: string, signal?: AbortSignal) => look<TwinCalendar>(name, user, calendar, from, until, signal),
  act: (calendar: string, act: TwinAct) => control<Partial<TwinEvent>>(name, "POST", "event", { user, calendar, ...act }),
});

/** Microsoft's emulator speaks as Graph does, to people, too. */
const inGraph = (name: TwinName, user: string): ReturnType<typeof inTwinsWords> => ({
  calendar: async (calendar, from, until, signal) => fromGraph(await look<GraphCalendar>(name, user, calendar, from, until, signal)),
  act: async (calendar, act) => {
    const { events } = fromGraph({ calendar, timeZone: "UTC", events: [await control<GraphEvent>(name, "POST", "event", { user, calendar, ...act, ...("fields" in act && { fields: toGraph(act.fields) }) })] });
    return events[0] ?? {};
  },
});

/** Notion's emulator tells tables, in Notion's words. */
const inNotion = (name: TwinName, user: string): ReturnType<typeof inTwinsWords> => {
  const table = (calendar: string, signal?: AbortSignal) => control<NotionTable>(name, "GET", `events?${new URLSearchParams({ user, calendar })}`, undefined, signal);
  return {
    calendar: async (calendar, _from, _until, signal) => fromNotion(await table(calendar, signal)),
    act: async (calendar, act) => {
      // Columns may have been given other names since.
      const shown = columns(await table(calendar));
      const page = await control<NotionPage>(name, "POST", "event", { user, calendar, ...act, ...("fields" in act && { fields: toNotion(act.fields, shown) }) });
      return row(page, shown)[0] ?? {};
    },
  };
};
