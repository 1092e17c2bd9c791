// WCAG 2.2 AA: no page has a barrier, in either theme.
import { test } from "node:test";

export function scenarios(world) {
  for (const colorScheme of ["light", "dark"]) {
    test(`no page has a barrier in the ${colorScheme} theme`, async (t) => {
      const person = await world.person({ colorScheme });
      const date = world.nextDay();
      const booking = await world.agreed(person, date, { title: `Assessment, ${colorScheme}`, sessionType: "assessment" });
      const together = await world.apart(person);
      for (const title of ["Assessment beside it", "And a third"]) await person.api("POST", "/calendar/events", { title, start: `${date}T11:00:00`, end: `${date}T12:00:00`, zone: booking.zone });
      await person.api("PATCH", `/calendar/events/${booking.id}`, { start: `${date}T11:00:00`, end: `${date}T12:00:00` });
      await world.change(booking.sync[0].externalId, world.times(date, "13:00", "14:00"));
      await together();
      const { linkId, accountId } = await world.link(person);
      const pages = {
        month: "/calendar", week: "/calendar?view=week", "a full week": `/calendar?view=week&date=${date}`, day: `/calendar?view=day&date=${date}`, agenda: "/calendar?view=agenda",
        "nothing found": "/calendar?view=agenda&text=nothing-like-this",
        "a new event": `/calendar?create=${date}T09:00&until=${date}T10:00`,
        "an event": `/calendar?event=${booking.id}`,
        connections: "/connections", "connecting": "/connections?connect=yes", "choosing calendars": `/connections?account=${accountId}`,
        "settings of a link": `/connections?settings=${linkId}`,
        conflicts: "/conflicts", "settled conflicts": "/conflicts?state=resolved",
        history: "/history", "waiting changes": "/history?tab=waiting",
        "connecting Apple": "/connections?connect=apple", "connecting a calendar server": "/connections?connect=caldav", "connecting Notion": "/connections?connect=notion", "subscribing to a feed": "/connections?connect=ics", "publishing a feed": "/connections?publish=yes",
        "the other side": "/otherside", "the other side by week": "/otherside?view=week", "the other side in iCloud": "/otherside?side=apple", "the other side in Outlook": "/otherside?side=outlook", "the other side in Notion": "/otherside?side=notion",
        "an address that leads nowhere": "/nowhere",
      };
      const { items } = await person.api("GET", "/schedule/sync/history?limit=1");
      pages["a run"] = `/history?run=${items[0].id}`;
      for (const [name, path] of Object.entries(pages)) {
        await t.test(name, async () => {
          await person.go(path);
          if (name === "conflicts") await person.page.getByRole("heading", { name: booking.title }).waitFor({ timeout: 20_000 });
          await person.page.waitForTimeout(250);
          await person.hasNoBarrier(name);
        });
      }
      await t.test("an event on the other side", async () => {
        await person.go("/otherside");
        await person.button("New there").click();
        await person.dialog("New event in Google").waitFor();
        await person.page.waitForTimeout(250);
        await person.hasNoBarrier("the other side's dialog");
      });
      await person.api("POST", "/schedule/sync/resolve-conflict", { all: true, resolution: "keep_local" });
      await person.leave();
    });
  }

  test("the sign-in page has no barrier", async () => {
    const { Person } = await import("../support/person.mjs");
    const person = await Person.arrive(world.browser, world.demo.url, { size: world.size });
    await person.go("/signin");
    await person.hasNoBarrier("sign-in");
    await person.leave();
  });
}
