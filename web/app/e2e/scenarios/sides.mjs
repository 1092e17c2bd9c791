// AC-1 and AC-10 for every side alike: what happens on one happens on the other, soon, and what could not goes out later.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/person.mjs";

const soon = 2_000;
/** Says how long something took since it was begun, and that this is soon. */
const told = (what, since) => {
  const ms = Math.round(performance.now() - since);
  console.log(`      ${what} ${ms} ms`);
  assert.ok(ms <= soon, `${what} ${ms} ms`);
};

const daily = (date) => ({ pattern: { type: "daily", interval: 1 }, range: { type: "numbered", startDate: date, numberOfOccurrences: 3 } });

/** Each with words of its own, for an administrator sees everybody's events. */
const sides = [
  { name: "Google", world: (google) => google, words: ["Skipping", "Plumber’s call"] },
  { name: "iCloud", key: "apple", world: (google) => google.inApple, colleague: "Lerato", words: ["Stretching", "Vet", "Rehearsal", "Plan the season"], series: () => ({ rrule: "FREQ=DAILY;COUNT=3" }) },
  { name: "Outlook", key: "outlook", world: (google) => google.inOutlook, colleague: "Sipho", words: ["Boxing", "Tyres", "Sparring", "Plan the tournament"], series: (world, date) => ({ ...world.times(date), recurrence: daily(date) }) },
  { name: "Notion", key: "notion", world: (google) => google.inNotion, colleague: "Naledi", words: ["Pilates", "Piano tuner", "Workshop", "Plan the retreat"] },
];

export function scenarios(google) {
  for (const { name, key, world: of, words: [ours, theirs, seen, shared], colleague, series } of sides) {
    test(`AC-1 what is created here is in ${name} within two seconds, and so are its changes and its end`, async () => {
      const world = of(google);
      const person = await world.person();
      const date = world.nextDay();
      await person.create(date, { title: ours });
      const created = await world.arrives(date, ours);
      told(`created here, in ${name} after`, person.pressedAt);
      assert.equal(created.found.start.dateTime.slice(0, 16), `${date}T09:00`);
      await person.day(date);

      await person.rename(ours, `${ours}, long`);
      await world.arrives(date, `${ours}, long`);
      told(`renamed here, in ${name} after`, person.pressedAt);

      await person.delete(`${ours}, long`);
      await world.vanishes(date, `${ours}, long`);
      told(`deleted here, in ${name} after`, person.pressedAt);
      await person.leave();
    });

    test(`AC-1 what is created in ${name} is here within two seconds, and so are its changes and its end`, async () => {
      const world = of(google);
      const person = await world.person();
      const date = world.nextDay();
      await person.day(date);
      let since = performance.now();
      const { id } = await world.make(date, theirs, "11:00", "12:00");
      await person.seesEvent(new RegExp(`^${theirs}, 11:00 – 12:00`));
      told(`created in ${name}, shown here after`, since);

      since = performance.now();
      await world.change(id, { summary: `${theirs} again`, ...world.times(date, "15:00", "16:00") });
      await person.seesEvent(new RegExp(`^${theirs} again, 15:00 – 16:00`));
      told(`changed in ${name}, shown here after`, since);

      since = performance.now();
      await world.remove(id);
      await person.missesEvent(new RegExp(`^${theirs} again`));
      told(`deleted in ${name}, gone here after`, since);
      await person.leave();
    });

    if (colleague) {
      test(`AC-1 a meeting of both trainers that is moved in Google is moved in ${name}`, async () => {
        const world = of(google);
        const thandi = await google.person();
        const date = google.nextDay();
        const other = (await thandi.api("GET", "/users")).items.find((user) => user.name.startsWith(colleague));
        const meeting = await google.agreed(thandi, date, { title: shared, participants: [other.id] });
        await world.arrives(date, shared);
        const there = meeting.sync.find(({ provider }) => provider === "google");
        await google.change(there.externalId, google.times(date, "16:00", "17:00"));
        await eventually(async () => (await world.theirOne(date, shared))?.start.dateTime.slice(11, 16) === "16:00");
        await thandi.leave();
      });

      test(`AC-10 while ${name} refuses for too many requests what was made waits, and it goes out afterwards`, async () => {
        const world = of(google);
        const person = await world.person();
        const date = world.nextDay();
        await person.go(`/otherside?side=${key}`);
        await person.button("Begin: Too many requests").click();
        const end = person.button("End: Too many requests");
        await end.waitFor();
        try {
          await person.api("POST", "/calendar/events", { title: "Made while refused", start: `${date}T09:00:00`, end: `${date}T10:00:00`, zone: "Africa/Johannesburg" });
          await eventually(async () => /struck/.test(await person.page.getByRole("listitem").filter({ hasText: "Too many requests" }).innerText()), 15_000);
        } finally {
          await end.click();
        }
        await world.arrives(date, "Made while refused", 30_000);
        await person.badgeSays(/Synced/, 30_000);
        await person.leave();
      });
    }

    if (series) {
      test(`AC-1 the other side’s page creates, changes and deletes in ${name}, one occurrence of a series by itself`, async () => {
        const world = of(google);
        const person = await world.person();
        const date = world.nextDay();
        await person.go(`/otherside?view=week&date=${date}`);
        await person.page.getByRole("radiogroup", { name: "Which side" }).getByText(name).click();
        await person.page.waitForURL(new RegExp(`side=${key}`));
        await person.settled();
        await person.button("New there").click();
        const dialog = person.dialog(`New event in ${name}`);
        await dialog.getByLabel("Title").fill(seen);
        await person.button("Create there", dialog).click();
        const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
        const { found } = await world.arrives(tomorrow, seen);
        await world.change(found.id, world.times(date));
        const here = person.page.getByRole("region", { name: "In Concord" });
        await here.getByRole("link", { name: seen }).waitFor();

        // Made a series, of which one time is renamed by hand.
        await world.change(found.id, series(world, date));
        const after = new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);
        await world.arrives(after, seen);
        await person.go(`/otherside?side=${key}&view=week&date=${after}`);
        const there = person.page.getByRole("region", { name: `In ${name}` });
        await person.button(new RegExp(seen), there).last().click();
        const edit = person.dialog(`Edit it in ${name}`);
        await edit.getByText("Only this one").waitFor();
        await edit.getByLabel("Title").fill(`${seen}, special`);
        await person.button("Save there", edit).click();
        await here.getByRole("link", { name: `${seen}, special` }).waitFor();
        await here.getByRole("link", { name: seen, exact: true }).first().waitFor();

        await person.button(new RegExp(`${seen}, special`), there).first().click();
        await edit.getByText("The whole series").click();
        await person.button("Delete the series there", edit).click();
        await here.getByRole("link", { name: `${seen}, special` }).waitFor({ state: "detached" });
        await person.leave();
      });
    }
  }
}
