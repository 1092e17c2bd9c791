// From nothing to a synced calendar, and out again. It comes last: it takes the access of the first account away.
import { test } from "node:test";

export function scenarios(world) {
  test("an account is connected by Google’s own page, a calendar is chosen, and its events come in", async () => {
    const person = await world.person();
    const date = world.nextDay();
    await world.twin("POST", "event", { user: "bob", do: "create", fields: { summary: "Bob’s lunch", ...world.times(date, "12:00", "13:00") } });
    await person.go("/connections");
    await person.button("Connect an account").click();
    await person.button("Google Calendar", person.dialog("Connect an account")).click();
    await person.page.getByRole("heading", { name: "Sign in" }).waitFor();
    await person.page.getByRole("radio", { name: /bob/i }).check();
    await person.button("Continue").click();
    const choose = person.dialog("Choose calendars");
    await choose.getByText("The account is connected").waitFor();
    const main = choose.getByRole("listitem").filter({ hasText: "Main calendar" });
    await main.getByRole("button", { name: /^Sync / }).click();
    await person.button("Start syncing", choose).click();
    await main.getByText("Takes part").waitFor({ timeout: 30_000 });
    await person.button("Done", choose).click();
    await person.day(date);
    await person.seesEvent(/^Bob’s lunch/, 15_000);

    await person.go("/connections");
    await person.button("More about the account bob@twin.test").click();
    await person.page.getByRole("menuitem", { name: /Disconnect this account/ }).click();
    await person.button("Disconnect", person.dialog(/^Disconnect/)).click();
    await person.page.getByRole("heading", { name: "bob@twin.test" }).waitFor({ state: "detached" });
    await person.leave();
  });

  test("consent that is refused is said in words, with a way to try again", async () => {
    const person = await world.person();
    await person.go("/connections?connect=yes");
    await person.button("Google Calendar", person.dialog("Connect an account")).click();
    await person.button("Cancel").click();
    await person.page.getByText("The account was not connected").waitFor();
    await person.button("Try again").waitFor();
    await person.leave();
  });

  test("AC-10 access that was taken back is said, keeps what waits, and goes on after a new sign-in", async () => {
    const person = await world.person();
    const date = world.nextDay();
    await person.go("/otherside");
    await person.button("Take it back").click();
    await person.page.getByText("Concord is signed out").waitFor({ timeout: 30_000 });
    await person.badgeSays(/Needs attention/, 15_000);
    await person.api("POST", "/calendar/events", { title: "Made signed out", start: `${date}T09:00:00`, end: `${date}T10:00:00`, zone: "Africa/Johannesburg" });
    await person.page.getByRole("link", { name: "Reconnect" }).click();
    await person.page.getByText("Google Calendar signed you out of Concord").waitFor();
    await person.button("Reconnect").click();
    await person.page.getByRole("radio", { name: /alice/i }).check();
    await person.button("Continue").click();
    await person.page.waitForURL(/connections/);
    await world.arrives(date, "Made signed out", 30_000);
    await person.badgeSays(/Synced/, 30_000);
    await person.leave();
  });
}
