// A new server: the first minute.
import { test } from "node:test";
import { Person } from "../support/person.mjs";
import { start } from "../support/program.mjs";

export function scenarios(world) {
  test("who has the code of a new server makes the first account, and is told what to do next", async () => {
    const server = await start("serve");
    try {
      const person = await Person.arrive(world.browser, server.url.replace(/\/$/, ""), { size: world.size });
      await person.page.goto("/");
      await person.page.getByRole("heading", { name: "Welcome to Concord" }).waitFor();
      await person.go(`/setup?code=${server.setupCode}`);
      await person.hasNoBarrier("the set-up page");
      await person.page.getByLabel("Your name").fill("Nomsa");
      await person.page.getByLabel("E-mail").fill("nomsa@example.org");
      await person.page.getByRole("textbox", { name: "Password" }).fill("correct horse battery");
      await person.button("Set up").click();
      await person.page.getByRole("heading", { name: "Connect your first calendar" }).waitFor();
      await person.hasNoBarrier("connections without any");
      await person.go("/calendar");
      await person.badgeSays(/Not connected/);
      await person.page.goto("/setup");
      await person.page.getByRole("heading", { name: "Concord is set up already" }).waitFor();
      await person.leave();
    } finally {
      await server.stop();
    }
  });
}
