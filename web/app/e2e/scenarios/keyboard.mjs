// Everything without a mouse, and the focus is never lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/person.mjs";

export function scenarios(world) {
  test("C opens a new event, Esc closes it, and the focus is back where it was", async () => {
    const person = await world.person();
    await person.go("/calendar");
    const today = person.button("Today");
    await today.focus();
    await person.page.keyboard.press("c");
    await person.dialog("New event").waitFor();
    await eventually(async () => (await person.page.evaluate(() => document.activeElement?.closest("[role=dialog]") !== null)));
    await person.page.keyboard.press("Escape");
    await person.dialog("New event").waitFor({ state: "detached" });
    await eventually(() => today.evaluate((button) => button === document.activeElement));
    await person.leave();
  });

  test("an event is created with the keyboard alone", async () => {
    const person = await world.person();
    const date = world.nextDay();
    await person.day(date);
    await person.page.keyboard.press("c");
    await person.dialog("New event").getByLabel("Title").waitFor();
    await eventually(() => person.page.evaluate(() => document.activeElement?.tagName === "INPUT"));
    await person.page.keyboard.type("Typed");
    await person.page.keyboard.press("Enter");
    await person.seesEvent(/^Typed/);
    await world.arrives(date, "Typed");
    await person.leave();
  });

  test("M, W, D and A change the view, and the address says which", async () => {
    const person = await world.person();
    await person.go("/calendar");
    for (const [key, view] of [["w", "week"], ["d", "day"], ["a", "agenda"]]) {
      await person.page.keyboard.press(key);
      await person.page.waitForURL(new RegExp(`view=${view}`));
    }
    await person.page.keyboard.press("m");
    await person.page.waitForURL((url) => !url.search.includes("view="));
    await person.page.goBack();
    assert.match(person.page.url(), /view=agenda/);
    await person.leave();
  });
}
