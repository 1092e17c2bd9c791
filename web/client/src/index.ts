/**
 * Concord's HTTP API in types. `schema.ts` is generated from openapi.json (`npm run gen`); nothing here or elsewhere
 * says a second time what stands there. This is the only place of the web that talks HTTP.
 */
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

type Schemas = components["schemas"];
export type Session = Schemas["Session"];
export type Me = Schemas["Me"];
export type Client = Schemas["Client"];
export type CalendarEvent = Schemas["Event"];
export type EventInput = Schemas["EventInput"];
/** An event after a change; where a series was divided, with the part that follows. */
export type ChangedEvent = Schemas["Changed"];
export type EventSync = Schemas["EventSync"];
export type Recurrence = Schemas["Recurrence"];
export type Attendee = Schemas["Attendee"];
export type Reminder = Schemas["Reminder"];
export type Provider = Schemas["Provider"];
export type Account = Schemas["Account"];
export type ExternalCalendar = Schemas["Calendar"];
export type LinkStatus = Schemas["LinkStatus"];
export type LinkSettings = Schemas["LinkSettings"];
export type LinkSettingsWanted = Schemas["LinkSettingsWanted"];
/** Which columns of a table hold what. */
export type TableColumns = Schemas["TableColumns"];
export type TableColumn = Schemas["TableColumn"];
export type ColumnHolds = Schemas["ColumnHolds"];
export type CalendarTable = Schemas["CalendarTable"];
export type ColumnChanged = Schemas["ColumnChanged"];
export type ColumnsWanted = Schemas["ColumnsWanted"];
export type ColumnsTried = Schemas["ColumnsTried"];
/** What an account is connected with. */
export type ConnectWanted = Schemas["Wish"];
export type Feed = Schemas["Feed"];
/** One's secret address for invitations. */
export type MailAddress = Schemas["MailAddress"];
/** How it stands with somebody else's invitation. */
export type InvitationAnswer = Schemas["InvitationAnswer"];
export type Status = Schemas["Status"];
/** What is wrong with a calendar, or was. */
export type Alert = Schemas["Alert"];
export type Run = Schemas["Run"];
/** What an undo of a run came to, or would. */
export type TakenBack = Schemas["TakenBack"];
export type WaitingChange = Schemas["WaitingChange"];
export type WaitingPlan = Schemas["WaitingPlan"];
export type Conflict = Schemas["Conflict"];
/** One field of a conflict, on both sides. */
export type ConflictField = Schemas["Side"];
export type ConflictAnswer = Schemas["ConflictAnswer"];
/** What a message of the live stream is about. */
export type ChangeKind = Schemas["ChangeKind"];
export type ProblemBody = Schemas["Problem"];

/** What is asked in a query string of an operation. */
export type Query<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } } ? NonNullable<Q> : never;

/** An answer that is not what was asked for: the server's problem, or that it could not be reached. */
export class Problem extends Error {
  override readonly name = "Problem";
  constructor(
    readonly status: number,
    readonly code: string,
    /** A sentence for a person. */
    readonly detail: string,
    readonly field: string | null = null,
    /** What one can choose from, where there is a choice. */
    readonly choices: readonly string[] = [],
    /** What to quote to whoever runs the server. */
    readonly id: string | null = null,
  ) {
    super(detail);
  }

  /** Worth another try without any change: the server was away, overloaded or in trouble. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export const unreachable = "unreachable";

function problem(status: number, body: unknown, requestId: string | null): Problem {
  const said = (typeof body === "object" && body !== null ? body : {}) as Partial<ProblemBody>;
  const detail = said.detail ?? said.title ?? (status >= 500 ? "Concord is in trouble; the details are in its log." : "Concord refused this.");
  return new Problem(status, said.code ?? "internal", detail, said.field ?? null, said.choices ?? [], requestId);
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Waits for an answer and returns what was asked for, or throws a [`Problem`]. */
export async function ask<T>(asked: Promise<Answer<T>>): Promise<NonNullable<T>> {
  let answer: Answer<T>;
  try {
    answer = await asked;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new Problem(0, unreachable, "Concord cannot be reached from here just now.");
  }
  if (!answer.response.ok) throw problem(answer.response.status, answer.error, answer.response.headers.get("x-request-id"));
  return answer.data as NonNullable<T>;
}

/** The API, below `/api/v1` of the page's own origin unless told otherwise. */
export function connectTo(baseUrl = "/api/v1", fetch?: typeof globalThis.fetch) {
  return createClient<paths>({ baseUrl, credentials: "same-origin", ...(fetch && { fetch }) });
}

/** Where server-sent events come from. */
export const streamPath = "/api/v1/events/stream";

export type Api = ReturnType<typeof connectTo>;
