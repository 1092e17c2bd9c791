// PR-5: what is published behind a secret address, and what is subscribed to.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/person.mjs";

export function scenarios(world) {
  test("PR-5 a feed is published, its address is shown once, it tells no more than was chosen, and revoked it is gone", async () => {
    const person = await world.person();
    const date = world.nextDay();
    await world.agreed(person, date, { title: "Strength: Sipho Zulu", sessionType: "one_on_one", location: "Studio 1" });
    await person.go("/connections");
    await person.button("Publish a feed").click();
    const form = person.dialog("Publish a feed");
    await person.button("Publish", form).click();
    await form.getByText("Please give it a name").waitFor();
    await form.getByLabel("Name").fill("When I am taken");
    await person.hasNoBarrier("publishing a feed");
    await person.button("Publish", form).click();
    const published = person.dialog("“When I am taken” is published");
    const address = await published.getByLabel("Address").inputValue();
    await person.hasNoBarrier("the address of a feed");
    await person.button("Done", published).click();
    assert.equal((await person.page.content()).includes(address), false, "the address is shown once");

    const answer = await fetch(address);
    const file = await answer.text();
    assert.equal(answer.status, 200);
    assert.ok(file.includes("BEGIN:VEVENT"), file.slice(0, 400));
    for (const hidden of ["Sipho", "Strength", "Studio 1"]) assert.equal(file.includes(hidden), false, hidden);

    await person.button("Revoke When I am taken").click();
    await person.button("Revoke", person.dialog("Revoke When I am taken?")).click();
    await person.page.getByRole("heading", { name: "When I am taken" }).waitFor({ state: "detached" });
    await eventually(async () => (await fetch(address)).status === 410);
    await person.leave();
  });

  test("PR-5 a feed is subscribed to by its address, and its events come in, only to read", async () => {
    const person = await world.person();
    const apple = world.inApple;
    const date = world.nextDay();
    await apple.twin("POST", "event", { user: "bob", calendar: "Team", do: "create", fields: { summary: "Away match", ...world.times(date, "15:00", "17:00") } });
    await person.go("/connections?connect=ics");
    const form = person.dialog("Subscribe to a feed");
    const address = form.getByLabel("Address of the feed");
    await address.fill("ftp://example.org/calendar.ics");
    await person.button("Subscribe", form).click();
    await eventually(async () => (await address.getAttribute("aria-invalid")) === "true");
    await person.hasNoBarrier("a refused feed");
    await address.fill(`${world.demo.apple}/feeds/bob/team.ics`);
    await person.button("Subscribe", form).click();
    const choose = person.dialog("Choose calendars");
    await choose.getByText("The account is connected").waitFor({ timeout: 20_000 });
    await choose.getByRole("button", { name: /^Sync / }).click();
    await person.button("Start syncing", choose).click();
    await choose.getByText("Takes part").waitFor({ timeout: 30_000 });
    await person.button("Done", choose).click();
    await person.day(date);
    await person.seesEvent(/^Away match/, 15_000);
    await person.event(/^Away match/).click();
    await eventually(async () => /only read|comes from/i.test(await person.dialog().first().innerText()));
    await person.leave();
  });
}
