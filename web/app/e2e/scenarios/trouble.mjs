// AC-10: what goes wrong is said, nothing is lost, and it recovers by itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/person.mjs";

export function scenarios(world) {
  test("AC-10 an edit that the server does not take is taken back with a toast, and one press tries again", async () => {
    const person = await world.person();
    const date = world.nextDay();
    await world.agreed(person, date, { title: "Yoga" });
    await person.day(date);
    await person.page.route("**/calendar/events/**", (route) => (route.request().method() === "PATCH" ? route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify({ status: 503, code: "internal", title: "in trouble", detail: "Concord is in trouble just now." }) }) : route.continue()));
    await person.rename(/^Yoga/, "Yoga, outdoors");
    const toast = person.page.getByRole("alert").filter({ hasText: "was not changed" });
    await toast.waitFor();
    await person.seesEvent(/^Yoga, 09:00/);
    await person.page.unroute("**/calendar/events/**");
    await person.button("Try again", toast).click();
    await person.seesEvent(/^Yoga, outdoors/);
    await world.arrives(date, "Yoga, outdoors");
    await person.leave();
  });

  test("AC-10 during an outage the badge says so and what was made is kept, and afterwards it arrives without help", async () => {
    const person = await world.person();
    await world.noConflicts(person);
    const date = world.nextDay();
    await person.go("/otherside");
    await person.button("Begin: Outage").click();
    const end = person.button("End: Outage");
    await end.waitFor();
    try {
      const made = await person.api("POST", "/calendar/events", { title: "Made in an outage", start: `${date}T09:00:00`, end: `${date}T10:00:00`, zone: "Africa/Johannesburg" });
      await person.badgeSays(/Needs attention|Offline/, 30_000);
      assert.equal(await world.theirOne(date, "Made in an outage"), undefined);
      assert.equal((await person.api("GET", `/calendar/events/${made.id}`)).title, "Made in an outage");
    } finally {
      await end.click();
    }
    await world.arrives(date, "Made in an outage", 30_000);
    await person.badgeSays(/Synced/, 30_000);
    await person.leave();
  });

  test("AC-10 what is refused for too many requests goes out after the wait", async () => {
    const person = await world.person();
    const date = world.nextDay();
    await person.go("/otherside");
    await person.button("Begin: Too many requests").click();
    await person.button("End: Too many requests").waitFor();
    await person.api("POST", "/calendar/events", { title: "Made while refused", start: `${date}T09:00:00`, end: `${date}T10:00:00`, zone: "Africa/Johannesburg" });
    await eventually(async () => /struck/.test(await person.page.getByRole("listitem").filter({ hasText: "Too many requests" }).innerText()), 15_000);
    await person.button("End: Too many requests").click();
    await world.arrives(date, "Made while refused", 30_000);
    await person.badgeSays(/Synced/, 30_000);
    await person.leave();
  });

  test("AC-10 an answer that is lost doubles nothing", async () => {
    const person = await world.person();
    const date = world.nextDay();
    await person.go("/otherside");
    await person.button("Begin: Lost answers").click();
    await person.button("End: Lost answers").waitFor();
    await person.api("POST", "/calendar/events", { title: "Answer lost", start: `${date}T09:00:00`, end: `${date}T10:00:00`, zone: "Africa/Johannesburg" });
    await world.arrives(date, "Answer lost", 15_000);
    await person.button("End: Lost answers").click();
    await world.settled(person);
    await person.badgeSays(/Synced/, 30_000);
    assert.equal((await world.theirs(date)).filter(({ summary }) => summary === "Answer lost").length, 1);
    await person.leave();
  });

  test("AC-11 notices are tested from end to end; a calendar that tells nothing is told, and mended", async () => {
    const person = await world.person();
    const link = await world.link(person);
    await person.go("/connections");
    await person.button(`Settings of ${link.calendar}`).click();
    const settings = person.dialog(/^Settings of/);
    await settings.getByText("The calendar tells of changes at once.").waitFor();
    await person.button("Test notices", settings).click();
    await settings.getByRole("status").filter({ hasText: "Notices come" }).waitFor({ timeout: 40_000 });
    await person.button("Find and mend what is wrong", settings).click();
    await settings.getByRole("status").filter({ hasText: "Nothing is wrong" }).waitFor();
    await person.button("Cancel", settings).click();

    await world.settled(person);
    await world.twin("POST", "channels", { do: "mute" });
    const tested = await person.api("POST", `/calendar/webhook/test/${link.userId}?linkId=${link.linkId}&seconds=5`);
    assert.equal(tested.items[0].result, "failed", JSON.stringify(tested));
    const card = person.page.getByRole("article", { name: link.calendar, exact: true }).filter({ hasText: "Changes there come in late" });
    await card.getByText(/did not tell of changes in/).waitFor({ timeout: 20_000 });
    await person.page.getByRole("alert").filter({ hasText: "Changes in a calendar come in late" }).waitFor();
    await person.button("Find and mend what is wrong", card).click();
    const sound = async () => (await person.api("GET", `/calendar/webhook/health/${link.userId}?linkId=${link.linkId}`)).webhookStatus === "open";
    await eventually(sound, 20_000);
    await card.waitFor({ state: "detached", timeout: 20_000 });
    const date = world.nextDay();
    await world.make(date, "Told at once");
    await person.day(date);
    await person.seesEvent(/^Told at once/, 15_000);
    await person.leave();
  });

  test("AC-10 the badge says that it syncs while it does, and that all is well afterwards", async () => {
    const person = await world.person();
    await person.go("/calendar");
    await person.badgeSays(/Synced/, 30_000);
    await world.twin("POST", "faults", { match: { path: "/events" }, kind: "delay", ms: 1500 });
    try {
      await person.badge().getByRole("button", { name: /Sync now/ }).click();
      await person.badgeSays(/Syncing|Saving/);
    } finally {
      await world.twin("DELETE", "faults");
    }
    await person.badgeSays(/Synced/, 20_000);
    await person.leave();
  });

  test("UI-8 without a network the page says so, keeps what is edited, and sends it afterwards", async () => {
    const person = await world.person();
    const date = world.nextDay();
    await world.agreed(person, date, { title: "Swimming" });
    await person.day(date);
    await person.context.setOffline(true);
    await person.badgeSays(/Offline/);
    await person.rename(/^Swimming/, "Swimming, 1 km");
    await person.seesEvent(/^Swimming, 1 km/);
    assert.equal((await world.theirOne(date, "Swimming, 1 km")), undefined);
    await person.context.setOffline(false);
    await world.arrives(date, "Swimming, 1 km", 20_000);
    await person.badgeSays(/Synced/, 20_000);
    await person.leave();
  });
}
