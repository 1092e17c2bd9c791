/**
 * A small server in memory for `npm run dev`: enough of the API to look at every page in every state. It is never
 * shipped and promises nothing; the real one is behind `CONCORD=http://… npm run dev`.
 *
 * A few words in a title make it misbehave, to look at that too: "refuse" (422), "away" (503), "slow".
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { CalendarEvent, Conflict, LinkSettings, LinkStatus, Run, Session, WaitingChange, TakenBack } from "@concord/client";
import type { Plugin } from "vite";
import * as notion from "./notion.ts";
import { sample } from "./sample.ts";

type Body = Record<string, unknown>;
interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Body;
  part: (n: number) => string;
}

class Refusal extends Error {
  constructor(readonly status: number, readonly code: string, detail: string, readonly field?: string) {
    super(detail);
  }
}

export function fake(): Plugin {
  const world = sample();
  let signedIn = process.env.FAKE_SIGNED_OUT === undefined;
  let needsSetup = process.env.FAKE_SETUP !== undefined;
  const streams = new Set<ServerResponse>();
  let stamp = 0;
  const tell = (kind: string) => {
    stamp += 1;
    for (const stream of streams) stream.write(`event: change\nid: ${stamp}\ndata: ${JSON.stringify({ kind })}\n\n`);
  };
  const later = (ms: number, act: () => void) => void setTimeout(act, ms);
  const settle = (event: CalendarEvent) =>
    later(1500, () => {
      for (const one of event.sync) if (one.syncStatus === "pending") Object.assign(one, { syncStatus: "synced", lastSyncedAt: new Date().toISOString(), externalId: one.externalId ?? `g${event.id}` });
      for (const link of world.links) Object.assign(link, { pending: 0, lastSyncAt: new Date().toISOString() });
      tell("event");
      tell("link");
    });

  const found = <T extends object>(list: T[], key: keyof T, id: string): T => {
    const one = list.find((item) => item[key] === id);
    if (!one) throw new Refusal(404, "not_found", "There is no such thing.");
    return one;
  };
  const misbehave = (title: unknown) => {
    if (typeof title !== "string") return;
    if (title.includes("refuse")) throw new Refusal(422, "invalid_field", "The end is before the start.", "end");
    if (title.includes("away")) throw new Refusal(503, "provider_unavailable", "The server is being restarted.");
  };
  const people = (ids: unknown) => (Array.isArray(ids) ? world.clients.filter((client) => ids.includes(client.id)).map(({ id, name }) => ({ id, name })) : undefined);
  const apply = (event: CalendarEvent, body: Body): CalendarEvent => {
    misbehave(body.title);
    const { clients, ...rest } = body;
    const chosen = people(clients);
    Object.assign(event, rest, chosen && { clients: chosen }, { rev: event.rev + 1, updatedAt: new Date().toISOString(), recurring: event.recurring || !!rest.recurrence });
    for (const one of event.sync) if (one.syncStatus !== "off") one.syncStatus = "pending";
    settle(event);
    return event;
  };
  const state = () => {
    if (world.links.some((link) => link.syncing)) return "syncing";
    if (world.conflicts.some((conflict) => conflict.state === "open")) return "conflict";
    if (world.links.some((link) => link.error)) return "attention";
    return world.links.length ? "synced" : "none";
  };
  const syncNow = (which: (link: LinkStatus) => boolean) => {
    const items = world.links.filter((link) => which(link) && link.state === "active");
    for (const link of items) link.syncing = true;
    later(2000, () => {
      for (const link of items) Object.assign(link, { syncing: false, lastSyncAt: new Date().toISOString() });
      tell("link");
      tell("run");
    });
    tell("link");
    return { syncId: world.runs[0]?.id ?? null, status: "running", items: items.map(({ linkId }) => ({ linkId, syncId: null })) };
  };
  const seriesOf = (id: string) => world.events.filter((event) => event.id === id);
  const linksOf = (body: Body) => world.links.filter((link) => link.linkId === body.linkId || link.provider === body.provider);
  const set = (links: LinkStatus[], change: Partial<LinkStatus>) => {
    for (const link of links) Object.assign(link, change);
    tell("link");
    return links[0];
  };

  const routes: [string, RegExp, (call: Call) => unknown][] = [
    ["GET", /^\/setup$/, () => ({ needed: needsSetup })],
    ["POST", /^\/setup$/, ({ body }) => {
      if (body.code !== "1234") throw new Refusal(422, "invalid_field", "This is not the code that the server printed.", "code");
      needsSetup = false;
      signedIn = true;
      return world.session;
    }],
    ["GET", /^\/session$/, () => {
      if (!signedIn) throw new Refusal(401, "unauthenticated", "Please sign in.");
      return world.session;
    }],
    ["POST", /^\/session$/, ({ body }) => {
      if (body.password !== "concord") throw new Refusal(401, "wrong_password", "E-mail or password is wrong.");
      signedIn = true;
      return world.session;
    }],
    ["DELETE", /^\/session$/, () => void (signedIn = false)],
    ["PATCH", /^\/session\/user$/, ({ body }) => {
      Object.assign(world.session.user, body);
      return world.session satisfies Session;
    }],
    ["GET", /^\/clients$/, () => ({ items: world.clients })],
    ["POST", /^\/clients$/, ({ body }) => {
      const client = { id: `c${world.clients.length + 1}`, name: String(body.name) };
      world.clients.push(client);
      return client;
    }],
    ["GET", /^\/calendar\/events$/, ({ query }) => {
      const from = Date.parse(query.get("from") ?? "");
      const to = Date.parse(query.get("to") ?? "");
      const type = query.get("sessionType");
      const client = query.get("clientId");
      const link = query.get("linkId");
      const text = query.get("text")?.toLowerCase();
      return {
        items: world.events.filter((event) => Date.parse(event.start) < to && Date.parse(event.end) > from
          && (!type || event.sessionType === type) && (!client || event.clients.some(({ id }) => id === client))
          && (!link || event.sync.some(({ linkId }) => linkId === link)) && (!text || event.title.toLowerCase().includes(text))),
      };
    }],
    ["POST", /^\/calendar\/events$/, ({ body }) => {
      misbehave(body.title);
      const event: CalendarEvent = { ...world.blank(), ...(body as object), id: `e${Date.now()}`, clients: people(body.clients) ?? [], recurring: !!body.recurrence };
      for (const one of event.sync) one.syncStatus = "pending";
      world.events.push(event);
      settle(event);
      tell("event");
      return event;
    }],
    ["GET", /^\/calendar\/events\/([^/]+)$/, ({ part }) => {
      const event = found(world.events, "id", part(1));
      return event.occurrence ? { ...event, occurrence: null, recurrence: { rules: ["FREQ=WEEKLY;BYDAY=MO,WE,FR"], dates: [] } } : event;
    }],
    ["PATCH", /^\/calendar\/events\/([^/]+)$/, ({ part, query, body }) => {
      const scope = query.get("scope") ?? "all";
      const all = seriesOf(part(1));
      if (!all[0]) throw new Refusal(404, "not_found", "There is no such event.");
      const one = all.find((event) => event.occurrence === query.get("occurrence"));
      if (scope === "this" && one) return apply(one, body);
      const rest = { ...body };
      delete rest.start;
      delete rest.end;
      for (const event of all) apply(event, event === one || all.length === 1 ? body : rest);
      return all[0];
    }],
    ["PUT", /^\/calendar\/events\/([^/]+)$/, ({ part, body }) => apply(found(world.events, "id", part(1)), body)],
    ["DELETE", /^\/calendar\/events\/([^/]+)$/, ({ part, query }) => {
      const only = query.get("scope") === "this" ? query.get("occurrence") : null;
      world.events = world.events.filter((event) => event.id !== part(1) || (only && event.occurrence !== only));
      tell("event");
    }],
    ["GET", /^\/calendar\/events\/([^/]+)\/why$/, ({ part }) => ({
      items: found(world.events, "id", part(1)).sync.map(({ linkId, provider, calendar, syncStatus }) => ({
        linkId, provider, calendar, wanted: true, because: "The filter lets every event through.", state: syncStatus, rewritten: ["description"], masked: ["notes"], next: "Nothing: both sides agree.",
      })),
    })],
    ["GET", /^\/calendar\/events\/([^/]+)\/history$/, () => ({ items: [
      { rev: 3, at: world.ago(5), by: "Nomsa Dlamini", changed: "time", title: "Mobility, Marc", start: "" },
      { rev: 2, at: world.ago(300), by: "Google Calendar", changed: "location", title: "Mobility, Marc", start: "" },
      { rev: 1, at: world.ago(4000), by: "Nomsa Dlamini", changed: "made", title: "Mobility, Marc", start: "" },
    ] })],
    ["POST", /^\/calendar\/events\/([^/]+)\/undo$/, ({ part }) => found(world.events, "id", part(1))],
    ["PUT", /^\/calendar\/events\/([^/]+)\/sync$/, ({ part, body }) => {
      for (const event of seriesOf(part(1))) for (const one of event.sync) if (one.linkId === body.linkId) one.syncStatus = body.enabled ? "pending" : "off";
      const event = found(world.events, "id", part(1));
      settle(event);
      return event;
    }],
    ["GET", /^\/schedule\/sync\/providers$/, () => ({ items: world.providers })],
    ["GET", /^\/calendar\/monitoring\/alerts\/([^/]+)$/, () => ({ items: [] })],
    ["GET", /^\/calendar\/webhook\/health\/([^/]+)$/, ({ part, query }) => ({
      userId: part(1), webhookStatus: "open", issues: [],
      items: [{ linkId: query.get("linkId"), provider: "google", calendar: "Work", status: "open", detail: "the calendar tells of changes at once", notices: 12, missed: 0 }],
    })],
    ["POST", /^\/schedule\/sync\/connect$/, ({ body }) => {
      if (body.provider === "google") return { authUrl: "/connections?connected=a1", state: "s" };
      if (body.serverUrl === "nowhere") throw new Refusal(422, "invalid_field", "no calendars were found at nowhere: is the address that of a CalDAV server?", "serverUrl");
      if (body.password !== "concord") throw new Refusal(422, "invalid_field", "is not accepted with this name", "password");
      const account = found(world.accounts, "id", "a3");
      Object.assign(account, { state: "active", note: null });
      return { account, calendars: world.calendars };
    }],
    ["POST", /^\/schedule\/sync\/calendars$/, ({ body }) => {
      const calendar = { id: `n${world.calendars.length}`, name: String(body.name), primary: false, writable: true, zone: null, linked: null };
      world.calendars.push(calendar);
      return calendar;
    }],
    ["GET", /^\/users$/, () => ({ items: [world.session.user] })],
    ["GET", /^\/schedule\/sync\/accounts$/, () => ({ items: world.accounts })],
    ["GET", /^\/schedule\/sync\/table$/, ({ query }) => notion.table(query.get("calendarId") === "t1")],
    ["POST", /^\/schedule\/sync\/table\/preview$/, () => notion.tried()],
    ["POST", /^\/schedule\/sync\/calendars\/find$/, ({ body }) => {
      if (!String(body.address).includes("notion")) throw new Refusal(422, "invalid_field", "address: this is not the address of a database in Notion", "address");
      return { items: notion.tables.slice(1) };
    }],
    ["GET", /^\/schedule\/sync\/calendars$/, ({ query }) => (query.get("accountId") === "a4" ? { items: notion.tables } : { items: world.calendars.map((calendar) => ({ ...calendar, linked: world.links.find((link) => link.calendar === calendar.name)?.linkId ?? null })) })],
    ["GET", /^\/schedule\/sync\/preview$/, () => ({ comesIn: 142, goesOut: 38, duplicates: 2, whole: true })],
    ["POST", /^\/schedule\/sync\/links$/, ({ body }) => {
      const calendar = found(world.calendars, "id", String(body.calendarId));
      const link = world.link({ linkId: `l${Date.now()}`, calendar: calendar.name, itemsSynced: 0, lastSyncAt: null, syncing: true });
      world.links.push(link);
      const grow = (n: number) => later(700, () => {
        link.itemsSynced += 20;
        if (n > 0) grow(n - 1);
        else Object.assign(link, { syncing: false, lastSyncAt: new Date().toISOString(), lastSyncStatus: "success" });
        tell("link");
      });
      grow(8);
      tell("link");
      return link;
    }],
    ["GET", /^\/schedule\/sync\/status$/, () => ({ state: state(), lastSyncAt: world.links[0]?.lastSyncAt ?? null, items: world.links })],
    ["GET", /^\/schedule\/sync\/settings$/, ({ query }) => ({ ...world.settings, linkId: query.get("linkId"), ...(query.get("linkId") === "l4" && { provider: "notion", columns: notion.chosen }) })],
    ["PUT", /^\/schedule\/sync\/settings$/, ({ body }) => Object.assign(world.settings, body) satisfies LinkSettings],
    ["POST", /^\/schedule\/sync\/test$/, () => ({ ok: true, calendars: 3, message: "Google answered in 120 ms and 3 calendars can be seen." })],
    ["POST", /^\/schedule\/sync\/pause$/, ({ body }) => set(linksOf(body), { state: "paused", isActive: false })],
    ["POST", /^\/schedule\/sync\/resume$/, ({ body }) => set(linksOf(body), { state: "active", isActive: true })],
    ["POST", /^\/schedule\/sync\/sync-now$/, ({ body }) => syncNow((link) => (body.linkId ? link.linkId === body.linkId : true))],
    ["GET", /^\/schedule\/sync\/plans$/, () => ({ items: [world.plan] })],
    ["POST", /^\/schedule\/sync\/plans\/approve$/, ({ body }) => void set(linksOf(body), { state: "active", isActive: true, plan: null, note: null })],
    ["DELETE", /^\/schedule\/sync\/disconnect$/, ({ body }) => {
      world.links = world.links.filter((link) => link.linkId !== body.linkId && link.accountId !== body.accountId);
      world.accounts = world.accounts.filter((account) => account.id !== body.accountId);
      tell("link");
      tell("account");
    }],
    ["GET", /^\/schedule\/sync\/history$/, ({ query }) => {
      const offset = Number(query.get("offset") ?? 0);
      const status = query.get("status");
      const link = query.get("linkId");
      const all = world.runs.filter((run: Run) => (!status || run.status === status) && (!link || run.linkId === link));
      return { items: all.slice(offset, offset + Number(query.get("limit") ?? 30)), total: all.length };
    }],
    ["GET", /^\/schedule\/sync\/history\/([^/]+)$/, ({ part }) => ({ ...found(world.runs, "id", part(1)), lines: world.lines })],
    ["POST", /^\/schedule\/sync\/history\/([^/]+)\/retry$/, ({ part }) => syncNow((link) => link.linkId === found(world.runs, "id", part(1)).linkId)],
    ["POST", /^\/schedule\/sync\/history\/([^/]+)\/undo$/, () => ({
      takenBack: [{ eventId: "e4", title: "First assessment, Ines", did: "changed" }, { eventId: "e10", title: "Dentist", did: "removed" }],
      left: [{ eventId: "e2", title: "Strength, Thandi", why: "it was changed since" }],
    }) satisfies TakenBack],
    ["GET", /^\/schedule\/sync\/queue$/, () => ({ items: world.waiting })],
    ["POST", /^\/schedule\/sync\/queue\/([^/]+)\/(retry|drop)$/, ({ part }) => {
      world.waiting = world.waiting.filter((one: WaitingChange) => one.id !== part(1));
      tell("link");
    }],
    ["GET", /^\/schedule\/sync\/conflicts$/, ({ query }) => {
      const items = world.conflicts.filter((conflict: Conflict) => conflict.state === (query.get("state") ?? "open"));
      return { items, total: items.length };
    }],
    ["POST", /^\/schedule\/sync\/conflicts\/([^/]+)\/undo$/, ({ part }) => found(world.events, "id", found(world.conflicts, "id", part(1)).eventId ?? "")],
    ["POST", /^\/schedule\/sync\/resolve-conflict$/, ({ body }) => {
      const which = world.conflicts.filter((conflict) => conflict.state === "open" && (body.all || conflict.id === body.conflictId));
      for (const conflict of which) Object.assign(conflict, { state: "resolved", resolution: body.resolution, resolvedAt: new Date().toISOString(), resolvedBy: "You" });
      tell("conflict");
      return { resolved: which.length, items: which };
    }],
  ];

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", "http://fake");
    const path = url.pathname.replace(/^\/api(\/v1)?/, "");
    if (path === "/events/stream") {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
      response.write(": here\n\n");
      streams.add(response);
      response.on("close", () => streams.delete(response));
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks).toString();
    const body = (raw ? JSON.parse(raw) : {}) as Body;
    await new Promise((resolve) => setTimeout(resolve, typeof body.title === "string" && body.title.includes("slow") ? 4000 : 120));
    const route = routes.find(([method, pattern]) => method === request.method && pattern.test(path));
    try {
      if (!route) throw new Refusal(404, "not_found", `There is no ${request.method} ${path} here.`);
      const match = route[1].exec(path);
      const said = route[2]({ method: route[0], path, query: url.searchParams, body, part: (n) => decodeURIComponent(match?.[n] ?? "") });
      response.writeHead(said === undefined ? 204 : 200, { "content-type": "application/json" });
      response.end(said === undefined ? undefined : JSON.stringify(said));
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(500, "internal", String(error));
      response.writeHead(refusal.status, { "content-type": "application/problem+json" });
      response.end(JSON.stringify({ type: "about:blank", title: refusal.message, status: refusal.status, code: refusal.code, detail: refusal.message, field: refusal.field, id: "req-7f3a" }));
    }
  };

  return {
    name: "fake",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        if (request.url?.startsWith("/api/")) void answer(request, response);
        else next();
      });
    },
  };
}
