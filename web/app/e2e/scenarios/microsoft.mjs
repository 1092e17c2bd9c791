// AC-1 and AC-10 with Outlook behind it, from Microsoft's own page of consent to a change in Google that arrives there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/person.mjs";

const soon = 2_000;
const told = (what, since) => {
  const ms = Math.round(performance.now() - since);
  console.log(`      ${what} ${ms} ms`);
  assert.ok(ms <= soon, `${what} ${ms} ms`);
};

export function scenarios(google) {
  const outlook = () => google.inOutlook;

  test("AC-1 what is created here is in Outlook within two seconds, and so are its changes and its end", async () => {
    const world = outlook();
    const person = await world.person();
    const date = world.nextDay();
    await person.create(date, { title: "Boxing" });
    const created = await world.arrives(date, "Boxing");
    told("created here, in Outlook after", person.pressedAt);
    assert.equal(created.found.start.dateTime.slice(0, 16), `${date}T09:00`);
    await person.day(date);

    await person.rename("Boxing", "Boxing, long");
    await world.arrives(date, "Boxing, long");
    told("renamed here, in Outlook after", person.pressedAt);

    await person.delete("Boxing, long");
    await world.vanishes(date, "Boxing, long");
    told("deleted here, in Outlook after", person.pressedAt);
    await person.leave();
  });

  test("AC-1 what is created in Outlook is here within two seconds, and so are its changes and its end", async () => {
    const world = outlook();
    const person = await world.person();
    const date = world.nextDay();
    await person.day(date);
    let since = performance.now();
    const { id } = await world.make(date, "Tyres", "11:00", "12:00");
    await person.seesEvent(/^Tyres, 11:00 – 12:00/);
    told("created in Outlook, shown here after", since);

    since = performance.now();
    await world.change(id, { summary: "Tyres and brakes", ...world.times(date, "15:00", "16:00") });
    await person.seesEvent(/^Tyres and brakes, 15:00 – 16:00/);
    told("changed in Outlook, shown here after", since);

    since = performance.now();
    await world.remove(id);
    await person.missesEvent(/^Tyres and brakes/);
    told("deleted in Outlook, gone here after", since);
    await person.leave();
  });

  test("AC-1 the other side’s page creates, changes and deletes in Outlook, one occurrence of a series by itself", async () => {
    const world = outlook();
    const person = await world.person();
    const date = world.nextDay();
    await person.go(`/otherside?view=week&date=${date}`);
    await person.page.getByRole("radiogroup", { name: "Which side" }).getByText("Outlook").click();
    await person.page.waitForURL(/side=outlook/);
    await person.settled();
    await person.button("New there").click();
    const dialog = person.dialog("New event in Outlook");
    await dialog.getByLabel("Title").fill("Sparring");
    await person.button("Create there", dialog).click();
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const { found } = await world.arrives(tomorrow, "Sparring");
    await world.change(found.id, world.times(date));
    const ours = person.page.getByRole("region", { name: "In Concord" });
    await ours.getByRole("link", { name: "Sparring" }).waitFor();

    // Made a series, of which one time is renamed by hand.
    const daily = { pattern: { type: "daily", interval: 1 }, range: { type: "numbered", startDate: date, numberOfOccurrences: 3 } };
    await world.change(found.id, { ...world.times(date), recurrence: daily });
    const after = new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);
    await world.arrives(after, "Sparring");
    await person.go(`/otherside?side=outlook&view=week&date=${after}`);
    const theirs = person.page.getByRole("region", { name: "In Outlook" });
    await person.button(/Sparring/, theirs).last().click();
    const edit = person.dialog("Edit it in Outlook");
    await edit.getByText("Only this one").waitFor();
    await edit.getByLabel("Title").fill("Sparring, gloves");
    await person.button("Save there", edit).click();
    await ours.getByRole("link", { name: "Sparring, gloves" }).waitFor();
    await ours.getByRole("link", { name: "Sparring", exact: true }).first().waitFor();

    await person.button(/Sparring, gloves/, theirs).first().click();
    await edit.getByText("The whole series").click();
    await person.button("Delete the series there", edit).click();
    await ours.getByRole("link", { name: "Sparring, gloves" }).waitFor({ state: "detached" });
    await person.leave();
  });

  test("AC-1 a meeting of both trainers that is moved in Google is moved in Outlook", async () => {
    const world = outlook();
    const thandi = await google.person();
    const date = google.nextDay();
    const sipho = (await thandi.api("GET", "/users")).items.find(({ name }) => name.startsWith("Sipho"));
    const meeting = await google.agreed(thandi, date, { title: "Plan the tournament", participants: [sipho.id] });
    await world.arrives(date, "Plan the tournament");
    const there = meeting.sync.find(({ provider }) => provider === "google");
    await google.change(there.externalId, google.times(date, "16:00", "17:00"));
    await eventually(async () => (await world.theirOne(date, "Plan the tournament"))?.start.dateTime.slice(11, 16) === "16:00");
    await thandi.leave();
  });

  test("an account is connected by Microsoft’s own page, which can be refused, and a calendar is chosen", async () => {
    const person = await google.person();
    const date = google.nextDay();
    const at = (clock) => ({ dateTime: `${date}T${clock}:00`, timeZone: "South Africa Standard Time" });
    await outlook().twin("POST", "event", { user: "bob", do: "create", fields: { subject: "Bob’s rehearsal", start: at("12:00"), end: at("13:00") } });
    const begin = async () => {
      await person.go("/connections?connect=yes");
      await person.button("Outlook Calendar", person.dialog("Connect an account")).click();
      await person.page.getByRole("heading", { name: "Sign in" }).waitFor();
    };
    await begin();
    await person.button("Cancel").click();
    await person.page.getByText("The account was not connected").waitFor();
    await begin();
    await person.page.getByRole("radio", { name: /bob/i }).check();
    await person.button("Accept").click();
    const choose = person.dialog("Choose calendars");
    await choose.getByText("The account is connected").waitFor();
    const main = choose.getByRole("listitem").filter({ hasText: "Main calendar" });
    await main.getByRole("button", { name: /^Sync / }).click();
    await person.button("Start syncing", choose).click();
    await main.getByText("Takes part").waitFor({ timeout: 30_000 });
    await person.button("Done", choose).click();
    await person.day(date);
    await person.seesEvent(/^Bob’s rehearsal/, 15_000);

    await person.go("/connections");
    await person.button("More about the account bob@twin.test").click();
    await person.page.getByRole("menuitem", { name: /Disconnect this account/ }).click();
    await person.button("Disconnect", person.dialog(/^Disconnect/)).click();
    await person.page.getByRole("heading", { name: "bob@twin.test" }).waitFor({ state: "detached" });
    await person.leave();
  });

  test("AC-10 while Outlook refuses for too many requests what was made waits, and it goes out afterwards", async () => {
    const world = outlook();
    const person = await world.person();
    const date = world.nextDay();
    await person.go("/otherside?side=outlook");
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
