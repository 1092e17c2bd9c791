// AC-5: one moment, everybody's own clock.
import assert from "node:assert/strict";
import { test } from "node:test";

const minutesWest = (zone, at) => {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts(at);
  const [, sign, h, m] = /GMT([+-])(\d\d):(\d\d)/.exec(parts.find(({ type }) => type === "timeZoneName").value) ?? [null, "+", "0", "0"];
  return (sign === "-" ? 1 : -1) * (Number(h) * 60 + Number(m));
};

/** The next day on which the clocks of a zone are turned. */
function nextTurn(zone, from) {
  for (let day = new Date(from); ; day = new Date(day.getTime() + 86_400_000)) {
    const next = new Date(day.getTime() + 86_400_000);
    if (minutesWest(zone, day) !== minutesWest(zone, next)) return day.toISOString().slice(0, 10);
  }
}
const plus = (date, days) => new Date(Date.parse(`${date}T12:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

export function scenarios(world) {
  test("AC-5 nine in Los Angeles is twelve for somebody in New York, here and there", async () => {
    const person = await world.person();
    await person.api("PATCH", "/session/user", { zone: "America/New_York" });
    try {
      const date = world.nextDay();
      await person.create(date, { title: "Call with the coast", zone: "America/Los_Angeles" });
      await person.seesEvent(/^Call with the coast, 12:00 – 13:00, 09:00 – 10:00 in Los Angeles/);
      const { found } = await world.arrives(date, "Call with the coast");
      assert.equal(found.start.timeZone, "America/Los_Angeles");
      const wall = new Intl.DateTimeFormat("en-GB", { timeZone: "America/Los_Angeles", hour: "2-digit", minute: "2-digit" }).format(new Date(found.start.dateTime));
      assert.equal(wall, "09:00");
      const dialog = await person.open(/^Call with the coast/);
      await dialog.getByText("12:00 – 13:00 for you, in New York").waitFor();
    } finally {
      await person.api("PATCH", "/session/user", { zone: "Africa/Johannesburg" });
    }
    await person.leave();
  });

  test("AC-5 a weekly series keeps its hour over the turn of the clocks, and another zone sees it an hour later or earlier", async () => {
    const person = await world.person();
    await person.api("PATCH", "/session/user", { zone: "America/New_York" });
    try {
      const turn = nextTurn("America/New_York", Date.now() + 14 * 86_400_000);
      const first = plus(turn, -4);
      await person.go(`/calendar?view=day&date=${first}&create=${first}T09:00&until=${first}T10:00`);
      const dialog = person.dialog("New event");
      await dialog.getByLabel("Title").fill("Weekly call");
      await dialog.getByLabel("Repeats").click();
      await person.page.getByRole("option", { name: /^Every week on/ }).click();
      // Whoever leaves the page before it is sent takes it along.
      const sent = person.page.waitForResponse((answer) => answer.request().method() === "POST" && answer.url().endsWith("/calendar/events"));
      await person.button("Create", dialog).click();
      await sent;
      for (const weeks of [0, 1, 2]) {
        await person.day(plus(first, 7 * weeks));
        await person.seesEvent(/^Weekly call, 09:00 – 10:00/);
      }
      await person.api("PATCH", "/session/user", { zone: "Africa/Johannesburg" });
      const hour = (date) => 9 + (minutesWest("America/New_York", new Date(`${date}T14:00:00Z`)) + 120) / 60;
      const [before, after] = [hour(first), hour(plus(first, 7))];
      assert.notEqual(before, after);
      await person.day(first);
      await person.seesEvent(new RegExp(`^Weekly call, ${before}:00`));
      await person.day(plus(first, 7));
      await person.seesEvent(new RegExp(`^Weekly call, ${after}:00`));
    } finally {
      await person.api("PATCH", "/session/user", { zone: "Africa/Johannesburg" });
    }
    await person.leave();
  });
}
