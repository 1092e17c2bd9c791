// A demo with a person at it, and what one can do to the other sides behind Concord's back.
import assert from "node:assert/strict";
import { eventually, Person } from "./person.mjs";

const dayMs = 86_400_000;
export const zone = "Africa/Johannesburg";

/** Which emulator, who is meant there, and by which of a demo's addresses that person signs in to Concord. */
const sides = {
  google: { provider: "google", who: "alice", signsIn: "email" },
  apple: { provider: "apple", who: "lerato", signsIn: "second" },
  outlook: { provider: "outlook", who: "sipho", signsIn: "third" },
  notion: { provider: "notion", who: "naledi", signsIn: "fourth" },
};

export class World {
  constructor(demo, browser, size, side = sides.google) {
    Object.assign(this, { demo, browser, size, side });
    this.days = 0;
  }

  /** The same demo, as the person knows it whose calendar is at the emulated iCloud. */
  get inApple() {
    this.apple ??= new World(this.demo, this.browser, this.size, sides.apple);
    return this.apple;
  }

  /** And as the one knows it whose calendar is in the emulated Outlook. */
  get inOutlook() {
    this.outlook ??= new InGraph(this.demo, this.browser, this.size, sides.outlook);
    return this.outlook;
  }

  /** And as the one knows it whose table is in the emulated Notion. */
  get inNotion() {
    this.notion ??= new InNotion(this.demo, this.browser, this.size, sides.notion);
    return this.notion;
  }

  async person(options = {}) {
    const person = await Person.arrive(this.browser, this.demo.url, { size: this.size, ...options });
    await person.signIn(this.demo[this.side.signsIn], this.demo.password);
    return person;
  }

  /** A day that no other scenario uses, a while ahead. */
  nextDay() {
    this.days += 1;
    return new Date(Date.now() + (35 + this.days) * dayMs).toISOString().slice(0, 10);
  }

  async twin(method, route, body) {
    const answer = await fetch(`${this.demo[this.side.provider]}/_twin/${route}`, { method, ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }) });
    const said = await answer.json();
    assert.ok(answer.ok, `${method} ${route}: ${JSON.stringify(said)}`);
    return said;
  }

  /** What is in that person's calendar there on a day. */
  async theirs(date, calendar = "primary") {
    const from = new Date(Date.parse(`${date}T00:00:00Z`) - dayMs / 2).toISOString();
    const until = new Date(Date.parse(`${date}T00:00:00Z`) + 1.5 * dayMs).toISOString();
    return (await this.twin("GET", `events?${new URLSearchParams({ user: this.side.who, calendar, from, until })}`)).events;
  }

  theirOne = async (date, title) => (await this.theirs(date)).find(({ summary }) => summary === title);

  arrives = (date, title, ms) => eventually(() => this.theirOne(date, title), ms);

  vanishes = (date, title, ms) => eventually(async () => !(await this.theirOne(date, title)), ms);

  act = (what) => this.twin("POST", "event", { user: this.side.who, calendar: "primary", ...what });

  times = (date, from = "09:00", until = "10:00") => ({
    start: { dateTime: `${date}T${from}:00`, timeZone: zone }, end: { dateTime: `${date}T${until}:00`, timeZone: zone },
  });

  /** That person makes an event on a page there. */
  make = (date, title, from, until) => this.act({ do: "create", fields: { summary: title, ...this.times(date, from, until) } });

  change = (id, fields) => this.act({ do: "change", id, fields });

  remove = (id) => this.act({ do: "delete", id });

  /** An event here that both sides agree on. */
  async agreed(person, date, { title, from = "09:00", until = "10:00", ...rest }) {
    const made = await person.api("POST", "/calendar/events", { title, start: `${date}T${from}:00`, end: `${date}T${until}:00`, zone, ...rest });
    const { found } = await eventually(async () => {
      const event = await person.api("GET", `/calendar/events/${made.id}`);
      return event.sync[0]?.syncStatus === "synced" && event.sync[0].externalId && event;
    }, 15_000);
    return found;
  }

  async link(person) {
    return (await person.api("GET", "/schedule/sync/status")).items.find(({ provider }) => provider === this.side.provider);
  }

  /** What an earlier scenario left open is not this one's. */
  async noConflicts(person) {
    await person.api("POST", "/schedule/sync/resolve-conflict", { all: true, resolution: "keep_local" });
    await eventually(async () => (await person.api("GET", "/schedule/sync/conflicts?state=open")).total === 0);
  }

  /** Both sides go on without hearing of each other until the returned function is called. */
  async apart(person) {
    const { linkId } = await this.link(person);
    await person.api("POST", "/schedule/sync/pause", { linkId });
    return () => person.api("POST", "/schedule/sync/resume", { linkId });
  }

  async settled(person) {
    await eventually(async () => {
      const { items } = await person.api("GET", "/schedule/sync/status");
      return items.every(({ pending, syncing }) => pending === 0 && !syncing);
    }, 30_000);
  }
}

/** A world whose emulator speaks as Graph does. */
class InGraph extends World {
  async theirs(date, calendar) {
    const shown = ({ subject, start, end, ...event }) => ({ ...event, summary: subject, start: local(start), end: local(end) });
    return (await super.theirs(date, calendar)).map(shown);
  }

  act = ({ fields, ...what }) => this.twin("POST", "event", { user: this.side.who, calendar: "primary", ...what, ...(fields && { fields: said(fields) }) });
}

/** A world whose emulator holds a table, and speaks as Notion does. */
class InNotion extends World {
  async theirs(date, calendar = "primary") {
    const { events } = await this.twin("GET", `events?${new URLSearchParams({ user: this.side.who, calendar })}`);
    const rows = events.map(({ id, properties }) => {
      const start = properties.Date.date?.start ?? "";
      return { id, summary: properties.Name.title.map(({ plain_text }) => plain_text).join(""), start: start.length > 10 ? local({ dateTime: new Date(start).toISOString() }) : { date: start } };
    });
    return rows.filter(({ start }) => (start.dateTime ?? start.date).startsWith(date));
  }

  act = ({ fields, ...what }) => this.twin("POST", "event", { user: this.side.who, calendar: "primary", ...what, ...(fields && { fields: cells(fields) }) });
}

const cells = ({ summary, start, end }) => ({
  ...(summary && { Name: { title: [{ text: { content: summary } }] } }),
  ...(start && { Date: { date: { start: start.dateTime, end: end.dateTime, time_zone: start.timeZone } } }),
});

/** A time in UTC, on the clock of the demo's zone, which knows no summer. */
const local = ({ dateTime }) => ({ dateTime: new Date(Date.parse(`${dateTime.slice(0, 19)}Z`) + 2 * 3_600_000).toISOString().slice(0, 19) });

const said = ({ summary, ...fields }) => ({ ...fields, ...(summary && { subject: summary }) });
