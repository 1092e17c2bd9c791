// AC-1 and AC-6 with a table in Notion: connected by a token, its columns chosen, looked at before and mended afterwards.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/person.mjs";

export function scenarios(google) {
  const notion = () => google.inNotion;
  /** The field in which one chooses the column for something. */
  const field = (columns, label) => columns.getByLabel(new RegExp(`^${label}( \\*)?$`)).first();
  const column = (user, what) => notion().twin("POST", "property", { user, calendar: "Calendar", ...what });

  test("AC-6 a token lets in, columns are chosen with a preview, and what was chosen is what comes in", async () => {
    const world = notion();
    const person = await google.person();
    const date = google.nextDay();
    const text = (told) => [{ text: { content: told } }];
    await column("bob", { do: "add", name: "Room", fields: { rich_text: {} } });
    const row = { Name: { title: text("Bob’s tuning") }, Date: { date: { start: date } }, Location: { rich_text: text("Basement") }, Room: { rich_text: text("12:00–13:30") } };
    await world.twin("POST", "event", { user: "bob", calendar: "Calendar", do: "create", fields: row });
    await world.twin("POST", "event", { user: "bob", calendar: "Calendar", do: "create", fields: { Name: { title: text("Buy strings") } } });

    await person.go("/connections?connect=yes");
    await person.button("Notion", person.dialog("Connect an account")).click();
    const dialog = person.dialog("Connect Notion");
    const token = dialog.getByRole("textbox", { name: "Token" });
    const connect = person.button("Connect", dialog);
    await connect.click();
    await dialog.getByText("Please paste the token").waitFor();
    await token.fill("ntn_wrong");
    await connect.click();
    await eventually(async () => (await token.getAttribute("aria-invalid")) === "true");
    await dialog.getByText(/is not accepted/i).waitFor();
    await person.hasNoBarrier("a refused token");
    await token.fill("twin-bob");
    await connect.click();

    const choose = person.dialog("Choose databases");
    await choose.getByText("The account is connected").waitFor({ timeout: 20_000 });
    // A link that somebody copied finds the table, too, and opens it.
    const state = await world.twin("GET", "state");
    const table = state.calendars.find(({ summary, owner }) => summary === "Calendar" && owner === "bob");
    await person.button("Paste a link to a database", choose).click();
    const link = choose.getByLabel("Link to the database");
    await link.fill("https://www.notion.so/nothing-here");
    await person.button("Find it", choose).click();
    await eventually(async () => (await link.getAttribute("aria-invalid")) === "true");
    await link.fill(`https://www.notion.so/bob/Calendar-${table.database.replaceAll("-", "")}?v=1`);
    await person.button("Find it", choose).click();

    const columns = choose.getByRole("group", { name: "Columns" });
    await eventually(async () => (await field(columns, "Date").inputValue()) === "Date");
    assert.equal(await field(columns, "Place").inputValue(), "Location");
    const preview = choose.getByRole("region", { name: "Preview" });
    const there = preview.getByRole("listitem").filter({ hasText: "Bob’s tuning" });
    await there.getByText("Basement").waitFor();
    await there.getByText(/all day/).waitFor();
    await preview.getByText("One row has no date, so it is no event.").waitFor();
    // The time stands in a column of its own.
    await field(columns, "Time of day").click();
    await person.page.getByRole("option", { name: "Room", exact: true }).click();
    await there.getByText(/12:00 – 13:30/).waitFor();
    await person.hasNoBarrier("columns to choose, with a preview");
    await choose.getByRole("radiogroup", { name: "Direction" }).getByText("Only here").click();
    await person.button("Start syncing", choose).click();
    await choose.getByText("Takes part").waitFor({ timeout: 30_000 });
    await person.button("Done", choose).click();
    await person.day(date);
    await person.seesEvent(/^Bob’s tuning, 12:00 – 13:30/, 15_000);
    await leaveBob(person);
  });

  test("AC-6 a database is made there and takes part, and a sign-in at Notion’s own page can be refused", async () => {
    const world = notion();
    const person = await google.person();
    const date = google.nextDay();
    await person.go("/connections?connect=notion");
    await person.button("Sign in at Notion", person.dialog("Connect Notion")).click();
    await person.page.getByRole("heading", { name: "Sign in" }).waitFor();
    await person.button("Cancel").click();
    await person.page.getByText("The account was not connected").waitFor();
    await person.go("/connections?connect=notion");
    const dialog = person.dialog("Connect Notion");
    await dialog.getByRole("textbox", { name: "Token" }).fill("twin-bob");
    await person.button("Connect", dialog).click();
    const choose = person.dialog("Choose databases");
    await choose.getByText("The account is connected").waitFor({ timeout: 20_000 });
    await person.button("Make a new database there", choose).click();
    await choose.getByLabel("Name of the new database").fill("Studio plan");
    await person.button("Make it", choose).click();
    const made = choose.getByRole("listitem").filter({ hasText: "Studio plan" }).first();
    await made.getByRole("button", { name: "Sync Studio plan" }).click();
    await person.button("Start syncing", choose).click();
    await made.getByText("Takes part").waitFor({ timeout: 30_000 });
    await person.button("Done", choose).click();
    const event = await person.api("POST", "/calendar/events", { title: "Into the plan", start: `${date}T09:00:00`, end: `${date}T10:00:00`, zone: "Africa/Johannesburg" });
    await eventually(async () => {
      const { events } = await world.twin("GET", `events?${new URLSearchParams({ user: "bob", calendar: "Studio plan" })}`);
      return events.some(({ properties }) => properties.Name.title[0]?.plain_text === "Into the plan");
    }, 15_000);
    await person.api("DELETE", `/calendar/events/${event.id}`);
    await leaveBob(person);
  });

  test("AC-6 a column that gets another name does no harm, and one that is gone is named and another chosen", async () => {
    const world = notion();
    const person = await world.person();
    const date = world.nextDay();
    await column("naledi", { do: "rename", name: "Location", to: "Where" });
    await world.make(date, "Choir", "18:00", "19:00");
    await person.day(date);
    await person.seesEvent(/^Choir, 18:00/);

    await column("naledi", { do: "remove", name: "Where" });
    await column("naledi", { do: "add", name: "Hall", fields: { rich_text: {} } });
    // What was made meanwhile waits.
    await world.make(date, "Organ", "20:00", "21:00");
    await person.go("/connections");
    const card = person.page.getByRole("article", { name: "Calendar" });
    await card.getByText("A column of the table is missing").waitFor({ timeout: 30_000 });
    await card.getByText(/which held the place, is gone from the table/).waitFor();
    await person.hasNoBarrier("a column that is gone");
    await person.button("Choose another column", card).click();
    const settings = person.dialog(/^Settings of/);
    const columns = settings.getByRole("group", { name: "Columns" });
    await columns.getByText(/is gone$/).waitFor();
    await person.hasNoBarrier("the settings with a column that is gone");
    await field(columns, "Place").click();
    await person.page.getByRole("option", { name: "Hall", exact: true }).click();
    // Times of edits have no seconds, so which of the rows are shown is chance.
    await settings.getByRole("region", { name: "Preview" }).getByRole("listitem").first().waitFor();
    await person.button("Save", settings).click();
    await settings.waitFor({ state: "hidden" });
    await person.badgeSays(/Synced/, 30_000);
    await person.day(date);
    await person.seesEvent(/^Organ, 20:00/, 15_000);
    await person.leave();
  });

  test("AC-1 the other side’s page makes, changes, trashes and restores a row, and its event goes and comes back", async () => {
    const world = notion();
    const person = await world.person();
    await person.go("/otherside?side=notion");
    await person.button("New there").click();
    const dialog = person.dialog("New event in Notion");
    await dialog.getByLabel("Title").fill("Workshop");
    await person.button("Create there", dialog).click();
    const ours = person.page.getByRole("region", { name: "In Concord" });
    await ours.getByRole("link", { name: "Workshop" }).waitFor();
    const there = person.page.getByRole("region", { name: "In Notion" });
    await person.hasNoBarrier("the table of the other side");

    await person.button("Workshop", there).click();
    const edit = person.dialog("Edit it in Notion");
    await edit.getByLabel("Title").fill("Workshop, late");
    await edit.getByLabel("Start time").fill("19:00");
    await edit.getByLabel("End time").fill("20:30");
    await person.button("Save there", edit).click();
    await ours.getByRole("link", { name: "Workshop, late" }).waitFor();
    await there.getByRole("combobox", { name: "Event status of Workshop, late" }).selectOption("Tentative");
    const found = async () => (await person.api("GET", `/calendar/events?${new URLSearchParams({ text: "Workshop, late", from: new Date().toISOString(), to: new Date(Date.now() + 5 * 86_400_000).toISOString() })}`)).items;
    await eventually(async () => (await found())[0]?.status === "tentative");

    await person.button("Put Workshop, late into the trash", there).click();
    await ours.getByRole("link", { name: "Workshop, late" }).waitFor({ state: "detached" });
    await person.button("Restore Workshop, late", there).click();
    await ours.getByRole("link", { name: "Workshop, late" }).waitFor({ timeout: 30_000 });
    assert.equal((await found()).length, 1);
    await person.button("Put Workshop, late into the trash", there).click();
    await ours.getByRole("link", { name: "Workshop, late" }).waitFor({ state: "detached" });
    await person.leave();
  });

  async function leaveBob(person) {
    const { user } = await person.api("GET", "/session");
    const { items } = await person.api("GET", "/schedule/sync/accounts");
    const bob = items.find(({ provider, userId }) => provider === "notion" && userId === user.id);
    await person.api("DELETE", "/schedule/sync/disconnect", { accountId: bob.id, removeSynced: false });
    await person.leave();
  }
}
