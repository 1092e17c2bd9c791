// Outlook, from Microsoft's own page of consent to a calendar that takes part.
import { test } from "node:test";

export function scenarios(google) {
  const outlook = () => google.inOutlook;

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
}
