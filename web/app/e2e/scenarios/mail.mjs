// PR-5: somebody else invites by mail, and is answered.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/person.mjs";
import { invitation } from "../support/post.mjs";

export function scenarios(world) {
  const comes = async (person, letter) => {
    const answer = await person.context.request.fetch(`${person.url}/api/mail`, { method: "POST", data: invitation(letter), headers: { origin: person.url, "content-type": "message/rfc822" } });
    return (await answer.json()).taken;
  };

  test("PR-5 somebody else's invitation comes to a secret address, and is answered on a person's word alone", async () => {
    const person = await world.person();
    const date = world.nextDay();
    await person.go("/connections");
    await person.button("Make an address").click();
    const field = person.page.getByLabel("Your address for invitations");
    const to = await field.inputValue();
    assert.match(to, /^calendar\+[0-9a-f]{32}@studio\.example$/);
    await person.hasNoBarrier("the address for invitations");

    const title = "Quarterly review";
    assert.equal(await comes(person, { to, title, date }), "invited");
    const { found: copy } = await world.arrives(date, title, 15_000);
    assert.equal(copy.attendees, undefined, "a copy names no guests");
    await person.day(date);
    await person.event(/^Quarterly review/).click();
    const dialog = person.dialog().first();
    await dialog.getByText("Naomi Adams invites you").waitFor();
    await person.hasNoBarrier("an invitation");
    await dialog.getByRole("radio", { name: "Perhaps" }).check();
    await dialog.getByText("Told by e-mail, and nobody else: Naomi Adams (naomi@corp.example), that you may come.").waitFor();
    await person.button("Only note it here", dialog).click();
    await person.button("Only note it here", dialog).waitFor({ state: "detached" });
    assert.equal(world.post.letters.length, 0, "nobody is told without a word for it");
    await dialog.getByRole("radio", { name: "I come" }).check();
    await person.button("Tell Naomi Adams", dialog).click();
    await dialog.getByText("Naomi Adams (naomi@corp.example) knows this.").waitFor();
    await eventually(() => world.post.letters.length === 1, 15_000);
    assert.match(world.post.letters[0], /^Subject: Accepted: Quarterly review$/m);

    assert.equal(await comes(person, { to, title, date, from: "14:00", until: "15:00", sequence: 1 }), "renewed");
    await eventually(async () => (await world.theirOne(date, title))?.start.dateTime.includes("14:00"), 15_000);
    assert.equal(await comes(person, { to, title, date, method: "CANCEL", sequence: 2 }), "ended");
    await world.vanishes(date, title, 15_000);
    assert.equal(world.post.letters.length, 1);

    await person.go("/connections");
    await person.button("Revoke the address for invitations").click();
    await person.button("Revoke", person.dialog("Revoke the address?")).click();
    await person.button("Make an address").waitFor();
    assert.equal(await comes(person, { to, title: "Another", date }), "no_address");
    await person.leave();
  });
}
