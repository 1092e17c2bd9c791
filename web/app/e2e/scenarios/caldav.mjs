// AC-6 with a calendar server behind it that has iCloud's manners.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/person.mjs";

export function scenarios(google) {
  const apple = () => google.inApple;

  test("AC-6 an ordinary password is refused in words, an app-specific one lets in, and a calendar made there takes part", async () => {
    const world = apple();
    const person = await google.person();
    const date = google.nextDay();
    await person.go("/connections");
    await person.button("Connect an account").click();
    await person.button("Apple Calendar", person.dialog("Connect an account")).click();
    const dialog = person.dialog("Connect Apple Calendar");
    await person.button("Connect", dialog).click();
    await dialog.getByText("Please give the app-specific password").waitFor();
    await dialog.getByLabel("Apple Account").fill("bob@twin.test");
    const password = dialog.getByRole("textbox", { name: "App-specific password" });
    await password.fill("account-bob");
    await person.button("Connect", dialog).click();
    await dialog.getByText("Is that the ordinary password?").waitFor();
    assert.equal(await password.getAttribute("aria-invalid"), "true");
    await person.hasNoBarrier("a refused password");
    await password.fill("twin-bob");
    await person.button("Connect", dialog).click();

    const choose = person.dialog("Choose calendars");
    await choose.getByText("The account is connected").waitFor({ timeout: 20_000 });
    await person.button("Make a new calendar there", choose).click();
    await choose.getByLabel("Name of the new calendar").fill("Studio");
    await person.button("Make it", choose).click();
    const made = choose.getByRole("listitem").filter({ hasText: "Studio" });
    await made.getByRole("button", { name: "Sync Studio" }).click();
    await person.button("Start syncing", choose).click();
    await made.getByText("Takes part").waitFor({ timeout: 30_000 });
    await person.button("Done", choose).click();
    await world.twin("POST", "event", { user: "bob", calendar: "Studio", do: "create", fields: { summary: "Bob’s lunch", ...world.times(date, "12:00", "13:00") } });
    await person.day(date);
    await person.seesEvent(/^Bob’s lunch/, 15_000);

    await person.go("/connections");
    const section = person.page.getByRole("region", { name: "bob@twin.test" });
    await section.getByText("What its server can do").click();
    await section.getByText(/Refuses a change on an old version/).waitFor();
    await person.button("More about the account bob@twin.test").click();
    await person.page.getByRole("menuitem", { name: "Test the connection" }).click();
    await person.page.getByText(/answers; there are/).waitFor();
    await person.button("More about the account bob@twin.test").click();
    await person.page.getByRole("menuitem", { name: /Disconnect this account/ }).click();
    await person.button("Disconnect", person.dialog(/^Disconnect/)).click();
    await person.page.getByRole("heading", { name: "bob@twin.test" }).waitFor({ state: "detached" });
    await person.leave();
  });

  test("a calendar server is connected by its address; what is wrong is said at its field", async () => {
    const person = await google.person();
    await person.go("/connections?connect=caldav");
    const dialog = person.dialog("Connect a calendar server");
    const address = dialog.getByLabel("Server or mail address");
    const name = dialog.getByLabel("User name");
    const password = dialog.getByRole("textbox", { name: "Password" });
    const connect = person.button("Connect", dialog);
    await connect.click();
    await dialog.getByText("Please give the name that you sign in with").waitFor();
    await address.fill("http://10.0.0.1/");
    await name.fill("bob@twin.test");
    await password.fill("wrong");
    await connect.click();
    await eventually(async () => (await address.getAttribute("aria-invalid")) === "true");
    await address.fill(google.demo.apple);
    await connect.click();
    await dialog.getByText("The server does not let Concord in with this name and this password.").waitFor({ timeout: 15_000 });
    assert.notEqual(await address.getAttribute("aria-invalid"), "true");
    await person.hasNoBarrier("a refused sign-in");
    await password.fill("twin-bob");
    await connect.click();
    const choose = person.dialog("Choose calendars");
    await choose.getByText("The account is connected").waitFor({ timeout: 20_000 });
    await person.button("Done", choose).click();
    await person.button("More about the account bob@twin.test").click();
    await person.page.getByRole("menuitem", { name: /Disconnect this account/ }).click();
    await person.button("Disconnect", person.dialog(/^Disconnect/)).click();
    await person.page.getByRole("heading", { name: "bob@twin.test" }).waitFor({ state: "detached" });
    await person.leave();
  });

  test("AC-6 a password that was ended is said once, keeps what waits, and goes on after a new one", async () => {
    const world = apple();
    const person = await world.person();
    const date = world.nextDay();
    await person.go("/otherside?side=apple");
    await person.button("Take it back").click();
    await person.page.getByText("Concord is signed out").waitFor({ timeout: 30_000 });
    await person.badgeSays(/Needs attention/, 15_000);
    await person.api("POST", "/calendar/events", { title: "Made signed out", start: `${date}T09:00:00`, end: `${date}T10:00:00`, zone: "Africa/Johannesburg" });
    await person.button("Make a new one there").click();
    const said = await person.page.getByText(/^The new password of/).locator("code").innerText();
    await person.page.getByRole("link", { name: "Reconnect" }).click();
    const dialog = person.dialog("Connect lerato@twin.test again");
    await dialog.getByRole("textbox", { name: "App-specific password" }).fill(said);
    await person.button("Connect again", dialog).click();
    await dialog.waitFor({ state: "hidden" });
    await world.arrives(date, "Made signed out", 30_000);
    await person.badgeSays(/Synced/, 30_000);
    await person.leave();
  });
}
