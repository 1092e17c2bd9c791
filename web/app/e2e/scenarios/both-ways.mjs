// AC-1 and AC-4: what happens on one side happens on the other, soon.
import { test } from "node:test";

export function scenarios(world) {
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
