// AC-1 and AC-4: what happens on one side happens on the other, soon.
import assert from "node:assert/strict";
import { test } from "node:test";

const soon = 2_000;
/** Says how long something took since it was begun, and that this is soon. */
const told = (what, since) => {
  const ms = Math.round(performance.now() - since);
  console.log(`      ${what} ${ms} ms`);
  assert.ok(ms <= soon, `${what} ${ms} ms`);
};

export function scenarios(world) {
  test("AC-1 what is created here is there within two seconds, and so are its changes and its end", async () => {
    const person = await world.person();
    const date = world.nextDay();
    await person.create(date, { title: "Stretching" });
    const created = await world.arrives(date, "Stretching");
    told("created here, there after", person.pressedAt);
    assert.equal(created.found.start.dateTime.slice(0, 16), `${date}T09:00`);
    await person.day(date);

    await person.rename("Stretching", "Stretching, long");
    await world.arrives(date, "Stretching, long");
    told("renamed here, there after", person.pressedAt);

    await person.delete("Stretching, long");
    await world.vanishes(date, "Stretching, long");
    told("deleted here, there after", person.pressedAt);
    await person.leave();
  });

  test("AC-1 what is created there is here within two seconds, and so are its changes and its end", async () => {
    const person = await world.person();
    const date = world.nextDay();
    await person.day(date);
    let since = performance.now();
    const { id } = await world.make(date, "Vet", "11:00", "12:00");
    await person.seesEvent(/^Vet, 11:00 – 12:00/);
    told("created there, shown here after", since);

    since = performance.now();
    await world.change(id, { summary: "Vet with Rex", ...world.times(date, "15:00", "16:00") });
    await person.seesEvent(/^Vet with Rex, 15:00 – 16:00/);
    told("changed there, shown here after", since);

    since = performance.now();
    await world.remove(id);
    await person.missesEvent(/^Vet with Rex/);
    told("deleted there, gone here after", since);
    await person.leave();
  });

  test("AC-1 an event that was made there is changed there by an edit here", async () => {
    const person = await world.person();
    const date = world.nextDay();
    await world.make(date, "Plumber", "08:00", "09:00");
    await person.day(date);
    await person.seesEvent(/^Plumber/);
    await person.rename(/^Plumber/, "Plumber, second visit");
    await world.arrives(date, "Plumber, second visit");
    await person.delete(/^Plumber, second visit/);
    await world.vanishes(date, "Plumber, second visit");
    await person.leave();
  });

  test("an event’s dialog leads to its page in Google", async () => {
    const person = await world.person();
    const date = world.nextDay();
    const event = await world.agreed(person, date, { title: "Pilates" });
    await person.go(`/calendar?event=${event.id}`);
    const link = person.dialog().getByRole("link", { name: /^Open it there ?, in Google Calendar/ });
    const there = await person.context.newPage();
    await there.goto(await link.getAttribute("href"));
    await there.getByRole("heading", { name: "Pilates" }).waitFor();
    await there.close();
    await person.leave();
  });

  test("AC-1 a booking that was deleted outside is asked about, and comes back when it is kept", async () => {
    const person = await world.person();
    const date = world.nextDay();
    const event = await world.agreed(person, date, { title: "Assessment: Lindiwe", sessionType: "assessment" });
    await world.remove(event.sync[0].externalId);
    await person.go("/conflicts");
    await person.page.getByRole("heading", { name: "Assessment: Lindiwe" }).waitFor();
    await person.button("Keep Concord’s").click();
    await world.arrives(date, "Assessment: Lindiwe");
    await person.day(date);
    await person.seesEvent(/^Assessment: Lindiwe/);
    await person.leave();
  });

  test("AC-1 the other side’s page creates, renames, moves and deletes there", async () => {
    const person = await world.person();
    const date = world.nextDay();
    await person.go(`/otherside?view=week&date=${date}`);
    await person.button("New there").click();
    const dialog = person.dialog("New event in Google");
    await dialog.getByLabel("Title").fill("Choir");
    await person.button("Create there", dialog).click();
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const { found } = await world.arrives(tomorrow, "Choir");
    await world.change(found.id, world.times(date, "18:00", "19:00"));

    const ours = person.page.getByRole("region", { name: "In Concord" });
    await ours.getByRole("link", { name: "Choir" }).waitFor();
    await person.button(/Choir/, person.page.getByRole("region", { name: "In Google" })).first().click();
    const edit = person.dialog("Edit it in Google");
    await edit.getByLabel("Title").fill("Choir practice");
    await edit.getByLabel("Start time").fill("19:00");
    await edit.getByLabel("End time").fill("20:30");
    await person.button("Save there", edit).click();
    await ours.getByRole("link", { name: "Choir practice" }).waitFor();
    await ours.getByText("19:00").waitFor();
    await person.button(/Choir practice/, person.page.getByRole("region", { name: "In Google" })).first().click();
    await person.button("Delete there", edit).click();
    await ours.getByRole("link", { name: "Choir practice" }).waitFor({ state: "detached" });
    await person.leave();
  });
}
