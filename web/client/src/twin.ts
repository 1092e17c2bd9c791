/**
 * The emulated Google of `concord demo`, in types: what a person sees and does on its pages, and the trouble it can be
 * told to make (docs/emulator.md). It lies behind the page's own address; a service without a demo has none.
 */
import { Problem, unreachable } from "./index";

export interface TwinTime {
  date?: string;
  dateTime?: string;
  timeZone?: string;
}

/** An event in Google's own form. */
export interface TwinEvent {
  id: string;
  summary?: string;
  location?: string;
  start: TwinTime;
  end: TwinTime;
  /** On an occurrence: its series. */
  recurringEventId?: string;
  extendedProperties?: { private?: Record<string, string> };
}

export interface TwinCalendar {
  calendar: string;
  timeZone: string;
  events: TwinEvent[];
}

/** As in a patch of Google's: null takes away. */
export type TwinTimeChange = { [K in keyof TwinTime]: TwinTime[K] | null };

export interface TwinFields {
  summary?: string;
  location?: string;
  start?: TwinTimeChange;
  end?: TwinTimeChange;
}

export type TwinAct = { do: "create"; fields: TwinFields } | { do: "change"; id: string; fields: TwinFields } | { do: "delete"; id: string };

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

const base = "/demo/google/_twin";

async function control<T>(method: "GET" | "POST" | "DELETE", route: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`${base}/${route}`, {
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

/** What alice sees and does, and what goes wrong for everybody who calls. */
export const twin = {
  calendar: (name: string, from: string, until: string, signal?: AbortSignal) =>
    control<TwinCalendar>("GET", `events?${new URLSearchParams({ user: "alice", calendar: name, from, until })}`, undefined, signal),
  act: (calendar: string, act: TwinAct) => control<Partial<TwinEvent>>("POST", "event", { user: "alice", calendar, ...act }),
  faults: () => control<{ rules: TwinRule[] }>("GET", "faults"),
  addFault: (fault: TwinFault) => control<{ rules: TwinRule[] }>("POST", "faults", fault),
  endFault: (id: number) => control<{ rules: TwinRule[] }>("DELETE", `faults/${id}`),
  revoke: () => control<unknown>("POST", "tokens", { do: "revoke", user: "alice" }),
  calls: (last: number) => control<{ calls: TwinCall[] }>("GET", `log?last=${last}`),
};
