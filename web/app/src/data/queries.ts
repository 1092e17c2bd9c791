/**
 * What can be read, each with the name under which the cache keeps it. The first word of a name is what a live message
 * or a change makes stale.
 */
import { ask, type ColumnsWanted, connectTo, type Query } from "@concord/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

export const api = connectTo();

export type EventFilter = Pick<Query<"/calendar/events">, "sessionType" | "clientId" | "linkId" | "text" | "status">;
export type RunFilter = Pick<Query<"/schedule/sync/history">, "status" | "from" | "to" | "linkId">;

export const setupNeeded = () => queryOptions({ queryKey: ["setup"], queryFn: () => ask(api.GET("/setup")) });

export const session = () =>
  queryOptions({ queryKey: ["session"], queryFn: () => ask(api.GET("/session")), staleTime: 5 * 60_000, retry: false });

/** Who works here; for administrators. */
export const users = () => queryOptions({ queryKey: ["users"], queryFn: () => ask(api.GET("/users")), staleTime: 5 * 60_000 });

export const clients = () => queryOptions({ queryKey: ["clients"], queryFn: () => ask(api.GET("/clients")), staleTime: 5 * 60_000 });

/** Every occurrence in a range, all pages of it. */
export const events = (from: string, to: string, filter: EventFilter = {}) =>
  queryOptions({
    queryKey: ["events", { from, to, ...filter }],
    queryFn: async ({ signal }) =>
      (await ask(api.GET("/calendar/events", { params: { query: { from, to, expand: true, ...filter } }, signal }))).items,
    // The next month keeps the last one's events until its own arrive, so nothing flickers.
    placeholderData: (before) => before,
  });

/** An event, or the series that it is. */
export const event = (id: string) =>
  queryOptions({ queryKey: ["events", "one", id], queryFn: () => ask(api.GET("/calendar/events/{id}", { params: { path: { id } } })) });

export const why = (id: string) =>
  queryOptions({ queryKey: ["events", "why", id], queryFn: () => ask(api.GET("/calendar/events/{id}/why", { params: { path: { id } } })) });

export const versions = (id: string) =>
  queryOptions({ queryKey: ["events", "versions", id], queryFn: () => ask(api.GET("/calendar/events/{id}/history", { params: { path: { id } } })) });

export const status = () =>
  queryOptions({
    queryKey: ["status"],
    queryFn: () => ask(api.GET("/schedule/sync/status")),
    // While something is on its way the badge asks again by itself, should a message be lost.
    refetchInterval: (query) => (query.state.data?.state === "syncing" ? 5_000 : 60_000),
  });

/** What is wrong, or was, with somebody's calendars. */
export const alerts = (userId: string) =>
  queryOptions({
    queryKey: ["alerts", userId],
    queryFn: () => ask(api.GET("/calendar/monitoring/alerts/{user_id}", { params: { path: { user_id: userId }, query: {} } })),
  });

/** Whether a linked calendar tells of changes. */
export const channel = (userId: string, linkId: string) =>
  queryOptions({
    queryKey: ["channels", userId, linkId],
    queryFn: () => ask(api.GET("/calendar/webhook/health/{user_id}", { params: { path: { user_id: userId }, query: { linkId } } })),
  });

export const providers = () =>
  queryOptions({ queryKey: ["providers"], queryFn: () => ask(api.GET("/schedule/sync/providers")), staleTime: 5 * 60_000 });

export const accounts = () => queryOptions({ queryKey: ["accounts"], queryFn: () => ask(api.GET("/schedule/sync/accounts")) });

export const calendars = (accountId: string) =>
  queryOptions({
    queryKey: ["accounts", "calendars", accountId],
    queryFn: () => ask(api.GET("/schedule/sync/calendars", { params: { query: { accountId } } })),
  });

/** Which table is meant. */
export interface TableOf {
  accountId: string;
  calendarId: string;
}

/** The columns of a calendar that is a table, as its provider tells them now. */
export const table = (of: TableOf) =>
  queryOptions({
    queryKey: ["accounts", "table", of],
    queryFn: ({ signal }) => ask(api.GET("/schedule/sync/table", { params: { query: { ...of } }, signal })),
    retry: false,
    staleTime: 10_000,
  });

/** What a choice of columns would come to. */
export const tried = (of: TableOf, columns: ColumnsWanted) =>
  queryOptions({
    queryKey: ["accounts", "tried", of, columns],
    queryFn: ({ signal }) => ask(api.POST("/schedule/sync/table/preview", { body: { ...of, columns }, signal })),
    // What the choice before came to stays until this one is known.
    placeholderData: (before, query) => (JSON.stringify(query?.queryKey[2]) === JSON.stringify(of) ? before : undefined),
    retry: false,
    staleTime: 30_000,
  });

/** The calendars that are published behind a secret address. */
export const feeds = () => queryOptions({ queryKey: ["feeds"], queryFn: () => ask(api.GET("/feeds")) });

/** The secret address to which one has invitations sent. */
export const mailAddress = () => queryOptions({ queryKey: ["mail"], queryFn: () => ask(api.GET("/mail/address")) });

/** How it stands with an invitation that came by mail, or with one occurrence of it. */
export const invitation = (id: string, occurrence: string | undefined) =>
  queryOptions({
    queryKey: ["events", "answer", id, occurrence ?? ""],
    queryFn: () => ask(api.GET("/calendar/events/{id}/answer", { params: { path: { id }, query: { ...(occurrence && { occurrence }) } } })),
  });

export const settings = (linkId: string) =>
  queryOptions({ queryKey: ["links", "settings", linkId], queryFn: () => ask(api.GET("/schedule/sync/settings", { params: { query: { linkId } } })) });

export const plan = (linkId: string) =>
  queryOptions({ queryKey: ["links", "plan", linkId], queryFn: () => ask(api.GET("/schedule/sync/plans", { params: { query: { linkId } } })) });

const pageSize = 30;

export const runs = (filter: RunFilter) =>
  infiniteQueryOptions({
    queryKey: ["runs", filter],
    queryFn: ({ pageParam, signal }) =>
      ask(api.GET("/schedule/sync/history", { params: { query: { ...filter, limit: pageSize, offset: pageParam } }, signal })),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => {
      const shown = pages.reduce((sum, page) => sum + page.items.length, 0);
      return last.items.length > 0 && shown < last.total ? shown : undefined;
    },
  });

export const run = (id: string) =>
  queryOptions({ queryKey: ["runs", "one", id], queryFn: () => ask(api.GET("/schedule/sync/history/{id}", { params: { path: { id } } })) });

export const waiting = () => queryOptions({ queryKey: ["waiting"], queryFn: () => ask(api.GET("/schedule/sync/queue")) });

export const conflicts = (state: "open" | "resolved") =>
  queryOptions({
    queryKey: ["conflicts", state],
    queryFn: () => ask(api.GET("/schedule/sync/conflicts", { params: { query: { state, limit: 200 } } })),
  });
