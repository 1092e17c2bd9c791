/** What the fake knows: a trainer's two weeks around today. */
import type { Account, CalendarEvent, Client, Conflict, EventSync, ExternalCalendar, LinkSettings, LinkStatus, Provider, Run, Session, WaitingChange, WaitingPlan } from "@concord/client";

const zone = "Africa/Johannesburg";

export function sample() {
  const now = new Date();
  const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();
  const dayAt = (days: number) => new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10);
  const monday = -((now.getDay() + 6) % 7);

  const clients: Client[] = [
    { id: "c1", name: "Thandi Nkosi", email: "thandi@example.test" },
    { id: "c2", name: "Marc Oliveira", email: "marc@example.test" },
    { id: "c3", name: "Ines Brandt", email: null },
  ];
  const link = (own: Partial<LinkStatus>): LinkStatus => ({
    linkId: "l1", accountId: "a1", provider: "google", account: "nomsa@example.test", calendar: "Nomsa", calendarId: "nomsa@example.test", userId: "u1", writable: true, isActive: true, state: "active",
    note: null, syncing: false, lastSyncAt: ago(2), lastSyncStatus: "success", nextSyncAt: new Date(now.getTime() + 600_000).toISOString(),
    syncDirection: "both", itemsSynced: 184, pending: 0, conflicts: 0, errors: [], error: null, plan: null, ...own,
  });
  const links: LinkStatus[] = [
    link({ conflicts: 2, errors: [{ eventId: "e4", title: "First assessment, Ines", error: "Google refused it: the calendar is read-only.", code: "refused", at: ago(20), retryAt: null }] }),
    link({ linkId: "l2", calendar: "Team", syncDirection: "pull", itemsSynced: 41, state: "paused", isActive: false, lastSyncAt: ago(2600), nextSyncAt: null }),
    link({
      linkId: "l3", accountId: "a2", account: "studio@example.test", calendar: "Studio bookings", syncDirection: "push", state: "braked", isActive: false, itemsSynced: 312, pending: 47,
      note: "This run would remove 47 of 312 events, so it stopped and waits for you.",
      plan: { hash: "9f2c", summary: "47 events would be removed, 3 changed, none created. Nobody would be mailed." },
    }),
    link({
      linkId: "l4", accountId: "a4", account: "Kaya Fitness", provider: "notion", calendar: "Bookings", calendarId: "t1", itemsSynced: 24,
      lastSyncStatus: "failed", error: "the column \"Room\" is gone from the table: bring it back, or choose another in the calendar's settings",
    }),
  ];
  const sync = (status: EventSync["syncStatus"], error?: string): EventSync[] => [
    { provider: "google", linkId: "l1", calendar: "Nomsa", externalId: "abc123", url: "https://www.google.com/calendar/event?eid=abc", enabled: status !== "off", home: false, syncStatus: status, lastSyncedAt: status === "synced" ? ago(2) : ago(90), error: error ?? null },
    { provider: "google", linkId: "l3", calendar: "Studio bookings", externalId: status === "off" ? null : "def456", enabled: status !== "off", home: false, syncStatus: status === "error" ? "synced" : status, lastSyncedAt: ago(12), error: null },
  ];
  const blank = (): CalendarEvent => ({
    id: "", rev: 1, uid: "u", ownerId: "u1", title: "", description: "", location: "", notes: "", conference: "", attachments: [], start: "", end: "", zone, allDay: false, floating: false,
    recurrence: null, occurrence: null, recurring: false, status: "confirmed", availability: "busy", privacy: "default", colour: null,
    reminders: { useDefault: true }, organiser: null, attendees: [], meetingUrl: null, isMeeting: false, meetingProvider: null,
    sessionType: null, clients: [], participants: [], tags: [], extension: {}, origin: "platform", originLinkId: null, readOnly: null,
    sync: sync("synced"), createdAt: ago(9000), updatedAt: ago(30),
  });
  let n = 0;
  const timed = (days: number, from: string, until: string, own: Partial<CalendarEvent>): CalendarEvent => {
    if (!own.id) n += 1;
    return { ...blank(), id: `e${n}`, start: `${dayAt(monday + days)}T${from}:00+02:00`, end: `${dayAt(monday + days)}T${until}:00+02:00`, ...own };
  };
  const one = (client: number) => ({ sessionType: "one_on_one", clients: clients.slice(client, client + 1).map(({ id, name }) => ({ id, name })) });
  const events: CalendarEvent[] = [];
  for (let week = -2; week <= 4; week += 1) {
    for (const weekday of [0, 2, 4]) {
      const days = week * 7 + weekday;
      events.push({ ...timed(days, "07:00", "08:00", { ...one(0), title: "Strength, Thandi", id: "series" }), occurrence: `${dayAt(monday + days)}T07:00:00`, recurring: true, });
    }
  }
  events.push(
    timed(0, "09:00", "10:00", { ...one(1), title: "Mobility, Marc", location: "Studio A" }),
    timed(0, "17:30", "18:30", { sessionType: "group_class", title: "Evening circuit", location: "Park", clients: clients.map(({ id, name }) => ({ id, name })) }),
    timed(1, "10:00", "11:00", { sessionType: "assessment", title: "First assessment, Ines", clients: [{ id: "c3", name: "Ines Brandt" }], sync: sync("error", "Google refused it: the calendar is read-only.") }),
    timed(1, "14:00", "15:30", { title: "Physio, Dr Mbeki", origin: "link", originLinkId: "l1", privacy: "private", availability: "busy" }),
    timed(2, "12:00", "13:00", { ...one(1), title: "Mobility, Marc", sync: sync("conflict") }),
    timed(2, "16:00", "17:00", { title: "Online check-in", ...one(2), isMeeting: true, meetingUrl: "https://meet.example.test/abc-defg", meetingProvider: "google_meet", attendees: [{ email: "ines@example.test", name: "Ines Brandt", answer: "accepted", role: "required" }] }),
    timed(3, "09:00", "09:30", { ...one(2), title: "Call, Ines (New York)", zone: "America/New_York", start: `${dayAt(monday + 3)}T09:00:00-05:00`, end: `${dayAt(monday + 3)}T09:30:00-05:00` }),
    timed(3, "17:30", "18:30", { sessionType: "group_class", title: "Evening circuit", location: "Park" }),
    timed(3, "11:00", "12:00", { ...one(0), title: "Sports massage", sync: sync("pending") }),
    timed(4, "13:00", "14:00", { title: "Team lunch", origin: "link", originLinkId: "l2", readOnly: "It comes from “Team”, which Concord only reads.", sync: [] }),
    timed(5, "08:00", "12:00", { sessionType: "workshop", title: "Running workshop", sync: sync("off"), status: "tentative" }),
    { ...blank(), id: "allday", title: "Heritage week", allDay: true, zone: null, start: dayAt(monday + 1), end: dayAt(monday + 4) },
    { ...blank(), id: "leave", title: "Away", allDay: true, zone: null, start: dayAt(monday + 12), end: dayAt(monday + 14), status: "tentative" },
  );
  for (const [days, from] of [[0, "11:00"], [0, "12:30"], [0, "14:00"], [0, "15:00"]] as const) events.push(timed(days, from, from.replace(":00", ":45").replace(":30", ":59"), { ...one(n % 3), title: "Coaching" }));

  const run = (i: number): Run => {
    const failed = i % 9 === 4;
    const partial = i % 7 === 2;
    return {
      id: `r${i}`, linkId: i % 3 === 2 ? "l3" : "l1", provider: "google", calendar: i % 3 === 2 ? "Studio bookings" : "Nomsa",
      syncType: (["webhook", "push", "manual", "webhook", "full", "pull"] as const)[i % 6] ?? "pull", startedAt: ago(2 + i * 37), completedAt: new Date(now.getTime() - (2 + i * 37) * 60_000 + 900 + i * 130).toISOString(),
      status: failed ? "failed" : partial ? "partial" : "success", itemsPushed: i % 4, itemsPulled: failed ? 0 : (i * 5) % 8, itemsDeleted: i % 11 === 5 ? 2 : 0, conflictsDetected: i % 13 === 2 ? 1 : 0, apiCalls: 2 + (i % 5),
      summary: failed ? "Google could not be reached. Nothing was lost; the next try is in 30 s." : partial ? "3 changes taken in, 1 refused by Google." : "2 changes taken in, 1 sent.",
      errors: failed || partial ? [{ timestamp: ago(2 + i * 37), error: failed ? "provider_unavailable" : "refused", details: failed ? "Google could not be reached." : "Google refused “First assessment, Ines”: the calendar is read-only.", appointmentId: failed ? null : "e4", externalEventId: null }] : [],
    };
  };
  const conflicts: Conflict[] = [
    {
      id: "k1", kind: "time_change", byField: true, state: "open", eventId: "e8", title: "Mobility, Marc", linkId: "l1", calendar: "Nomsa", provider: "google", detectedAt: ago(25), expiresAt: new Date(now.getTime() + 6 * 86_400_000).toISOString(),
      fields: [
        { field: "title", label: "Title", base: "Mobility, Marc", local: "Mobility, Marc", external: "Mobility, Marc" },
        { field: "time", label: "Time", base: "Wed 12:00–13:00", local: "Wed 14:00–15:00", external: "Wed 11:30–12:30" },
        { field: "location", label: "Place", base: "Studio A", local: "Studio A", external: "Studio B" },
        { field: "description", label: "Description", base: null, local: "Bring the band.", external: null },
      ],
    },
    {
      id: "k2", kind: "deleted", byField: false, state: "open", eventId: "e2", title: "Evening circuit", linkId: "l1", calendar: "Nomsa", provider: "google", detectedAt: ago(190), expiresAt: null,
      fields: [{ field: "event", label: "Event", base: "Mon 17:30–18:30, Park", local: "Mon 17:30–18:30, Park", external: null }],
    },
    {
      id: "k0", kind: "data_mismatch", byField: true, state: "resolved", eventId: "e1", title: "Strength, Thandi", linkId: "l1", calendar: "Nomsa", provider: "google", detectedAt: ago(4000), expiresAt: null,
      fields: [{ field: "title", label: "Title", base: "Strength", local: "Strength, Thandi", external: "Strength T." }], resolution: "keep_local", resolvedAt: ago(3900), resolvedBy: "You",
    },
  ];
  return {
    ago, blank, link, clients, links, events, conflicts,
    session: { user: { id: "u1", name: "Nomsa Dlamini", email: "nomsa@example.test", role: "admin", zone }, workspace: { id: "w1", name: "Kaya Fitness" }, demo: false } as Session,
    accounts: [
      { id: "a1", provider: "google", name: "nomsa@example.test", userId: "u1", state: "active", note: null, links: 2 },
      { id: "a2", provider: "google", name: "studio@example.test", userId: "u1", state: "active", note: null, links: 1 },
      {
        id: "a3", provider: "apple", name: "nomsa@icloud.test", userId: "u1", state: "revoked", note: "the password is no longer accepted: connect again with a new one", links: 0,
        server: { username: "nomsa@icloud.test", url: "https://caldav.icloud.com/", found: [
          "tells what changed since the last look (sync-collection)", "refuses a change on an old version (If-Match)", "makes calendars (MKCALENDAR)",
          "tells guests by mail of what their organiser writes: Concord leaves such events to be changed there",
        ] },
      },
      { id: "a4", provider: "notion", name: "Kaya Fitness", userId: "u1", state: "active", note: null, links: 1 },
    ] as Account[],
    providers: [
      { id: "apple", name: "Apple Calendar", configured: true, signIn: "password", asksAddress: false, takesToken: false, tables: false, can: {}, missing: null },
      { id: "caldav", name: "CalDAV server", configured: true, signIn: "password", asksAddress: true, takesToken: false, tables: false, can: {}, missing: null },
      { id: "google", name: "Google Calendar", configured: true, signIn: "oauth", asksAddress: false, takesToken: false, tables: false, can: {}, missing: null },
      { id: "notion", name: "Notion", configured: true, signIn: "oauth", asksAddress: false, takesToken: true, tables: true, can: {}, missing: null },
    ] as Provider[],
    calendars: [
      { id: "nomsa@example.test", name: "Nomsa", primary: true, writable: true, zone, linked: null },
      { id: "family", name: "Family", primary: false, writable: true, zone, linked: null },
      { id: "hol", name: "Holidays in South Africa", primary: false, writable: false, zone, linked: null },
    ] as ExternalCalendar[],
    settings: {
      linkId: "l1", provider: "google", syncDirection: "both", syncFrequencyMinutes: 0, syncAll: true,
      filters: { appointmentTypes: [], clientIds: [], excludePrivate: true, dateRange: { from: null, until: null }, onlyConfirmed: false, rules: [] },
      window: { backDays: 7, aheadDays: 365 }, detail: "full", private: "exclude", clientNames: "shown", notes: true, contacts: false, guests: false, mailGuests: false,
      conflicts: "last_write_wins", bookingTime: "ask", deletion: "delete", bookingDeletion: "ask", answerDays: 7, brake: { percent: 10, atLeast: 10 },
    } as LinkSettings,
    runs: Array.from({ length: 64 }, (_, i) => run(i)),
    lines: [
      { at: ago(2), level: "info", text: "Google told us that something changed.", eventId: null },
      { at: ago(2), level: "info", text: "2 changes came in: “Mobility, Marc” has a new place; “Physio” is new.", eventId: "e1" },
      { at: ago(2), level: "error", text: "“First assessment, Ines” was refused: the calendar is read-only. It waits for you.", eventId: "e4" },
      { at: ago(2), level: "info", text: "1 change was sent: “Coaching” moved to 11:00.", eventId: null },
    ],
    plan: {
      hash: "9f2c", linkId: "l3", calendar: "Studio bookings", summary: "47 events would be removed, 3 changed, none created.", mails: 0, total: 50, madeAt: ago(30), approvedAt: null,
      expiresAt: new Date(now.getTime() + 23 * 3_600_000).toISOString(),
      steps: [
        { what: "Remove", title: "Coaching", when: "Mon 30 Nov, 09:00", fields: "", why: "It no longer fits the filter", eventId: "e2" },
        { what: "Remove", title: "Evening circuit", when: "Mon 30 Nov, 17:30", fields: "", why: "It no longer fits the filter", eventId: "e3" },
        { what: "Change", title: "First assessment, Ines", when: "Tue 1 Dec, 10:00", fields: "location", why: "It was changed here", eventId: "e4" },
      ],
    } satisfies WaitingPlan,
    waiting: [
      { id: "q1", eventId: "e4", title: "First assessment, Ines", linkId: "l1", calendar: "Nomsa", state: "error", attempts: 5, retryAt: new Date(now.getTime() + 1_200_000).toISOString(), error: "Google refused it: the calendar is read-only" },
      { id: "q2", eventId: "e11", title: "Sports massage", linkId: "l1", calendar: "Nomsa", state: "pending", attempts: 0, retryAt: null, error: null },
    ] as WaitingChange[],
  };
}
