// AC-2 and AC-7: both sides change the same event, or one deletes what the other keeps.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/person.mjs";
import { zone } from "../support/world.mjs";

const clock = (text) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" }).format(new Date(text));

export function scenarios(world) {
  test("AC-2 changes to different fields on both sides are both kept", async () => {
    const person = await world.person();
    await world.noConflicts(person);
    const date = world.nextDay();
    const event = await world.agreed(person, date, { title: "Running form: Thabo", sessionType: "one_on_one" });
    const together = await world.apart(person);
    await person.day(date);
    await person.rename(/^Running form: Thabo/, "Running form: Thabo M.");
    await world.change(event.sync[0].externalId, { location: "Track 2" });
    await together();
    await eventually(async () => (await world.theirOne(date, "Running form: Thabo M."))?.location === "Track 2");
    await eventually(async () => {
      const here = await person.api("GET", `/calendar/events/${event.id}`);
      return here.title === "Running form: Thabo M." && here.location === "Track 2";
    });
    assert.equal((await person.api("GET", "/schedule/sync/conflicts?state=open")).total, 0);
    await person.leave();
  });

  const ways = [
    { words: "keeping Concord’s", press: (person) => person.button("Keep Concord’s").click(), hour: "11:00" },
    { words: "keeping Google’s", press: (person) => person.button(/^Keep Google Calendar’s$/).click(), hour: "13:00" },
    { words: "keeping the latest", press: (person) => person.button("Keep the latest").click(), hour: "13:00" },
    {
      words: "choosing field by field",
      press: async (person) => {
        const radios = person.page.getByRole("table").getByRole("radio");
        await radios.first().check();
        await person.button("Keep the result").click();
      },
      hour: "11:00",
    },
  ];
  for (const { words, press, hour } of ways) {
    test(`AC-2 a booking that both sides moved is asked about, and ${words} holds on both sides`, async () => {
      const person = await world.person();
      await world.noConflicts(person);
      const date = world.nextDay();
      const title = `Strength: ${words}`;
      const event = await world.agreed(person, date, { title, sessionType: "one_on_one" });
      const together = await world.apart(person);
      await person.api("PATCH", `/calendar/events/${event.id}`, { start: `${date}T11:00:00`, end: `${date}T12:00:00` });
      await world.change(event.sync[0].externalId, world.times(date, "13:00", "14:00"));
      await together();
      await person.go("/conflicts");
      await person.page.getByRole("heading", { name: title }).waitFor({ timeout: 20_000 });
      await person.badgeSays(/conflict/);
      await person.page.getByRole("columnheader", { name: "In Google Calendar" }).waitFor({ state: "attached" });
      await press(person);
      await person.page.getByText("is settled").waitFor();
      await eventually(async () => clock((await world.theirOne(date, title)).start.dateTime) === hour);
      await eventually(async () => clock((await person.api("GET", `/calendar/events/${event.id}`)).start) === hour);
      await person.badgeSays(/Synced/);
      await person.leave();
    });
  }

  test("AC-7 several bookings that were deleted outside are settled with one decision", async () => {
    const person = await world.person();
    await world.noConflicts(person);
    const date = world.nextDay();
    const events = [];
    for (const [n, name] of ["Ayo", "Bongi", "Chipo"].entries()) {
      events.push(await world.agreed(person, date, { title: `Assessment: ${name}`, from: `0${n + 7}:00`, until: `0${n + 7}:45`, sessionType: "assessment" }));
    }
    for (const event of events) await world.remove(event.sync[0].externalId);
    await person.go("/conflicts");
    await person.page.getByText("1 of 3").waitFor({ timeout: 20_000 });
    await person.page.getByLabel("The same for all 3 open conflicts").check();
    await person.button(/^Keep Google Calendar’s$/).click();
    await person.page.getByText("3 conflicts are settled").waitFor();
    await person.page.getByRole("heading", { name: "Everything agrees" }).waitFor();
    await person.day(date);
    await person.missesEvent(/^Assessment: (Ayo|Bongi|Chipo)/);
    assert.deepEqual((await world.theirs(date)).filter(({ summary }) => summary?.startsWith("Assessment: ")), []);
    await person.leave();
  });

  test("AC-2 one click of the demo changes both sides at once, and the conflict is shown", async () => {
    const person = await world.person();
    await world.noConflicts(person);
    await person.go("/otherside");
    await eventually(() => person.button("The same field").isEnabled());
    await person.button("The same field").click();
    await person.page.getByText("was moved on both sides").waitFor();
    await person.page.getByRole("region", { name: "How Concord is" }).getByText("1 conflict").waitFor({ timeout: 20_000 });
    await person.go("/conflicts");
    await person.button("Keep Concord’s").click();
    await person.page.getByRole("heading", { name: "Everything agrees" }).waitFor();
    await person.leave();
  });
}
