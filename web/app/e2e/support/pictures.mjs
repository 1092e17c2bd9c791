// Pictures of what people see, small enough to look at in a README.
import { mkdirSync, statSync } from "node:fs";
import { eventually, openBrowser, Person } from "./person.mjs";
import { start } from "./program.mjs";
import { World } from "./world.mjs";

const [folder] = process.argv.slice(2);
const largest = 200_000;

const browser = await openBrowser();
const demo = await start("demo", "--fresh");
mkdirSync(folder, { recursive: true });
let large = false;

const keep = async (person, name, where = person.page) => {
  // What the badge and the lists say has come to rest.
  await person.page.waitForTimeout(600);
  const path = `${folder}/${name}.png`;
  await where.screenshot({ path, animations: "disabled" });
  const bytes = statSync(path).size;
  large ||= bytes > largest;
  console.log(`${path}: ${Math.round(bytes / 1000)} kB${bytes > largest ? ", too large" : ""}`);
};

try {
  const world = new World(demo, browser, "desktop");
  const light = await world.person();
  await light.badgeSays(/Synced/, 30_000);
  await light.go("/calendar");
  await keep(light, "calendar");
  await light.go("/connections");
  await keep(light, "connections");
  await light.go("/otherside");
  await eventually(() => light.button("The same field").isEnabled(), 20_000);
  await keep(light, "otherside");

  const dark = await world.person({ colorScheme: "dark" });
  await dark.go("/calendar");
  await keep(dark, "calendar-dark");
  await dark.leave();

  // A booking that is moved here, and moved and renamed there, before either hears of the other.
  const upcoming = (await light.api("GET", `/calendar/events?${new URLSearchParams({ from: new Date().toISOString(), to: new Date(Date.now() + 21 * 86_400_000).toISOString(), expand: "true", limit: "200" })}`)).items;
  const booking = upcoming.find(({ sessionType, recurring, sync }) => sessionType && !recurring && sync[0]?.externalId);
  const shift = (text, hours) => new Date(Date.parse(text) + hours * 3_600_000).toISOString();
  const { linkId } = await world.link(light);
  await light.api("PUT", "/schedule/sync/settings", { linkId, conflicts: "ask" });
  const together = await world.apart(light);
  await light.api("PATCH", `/calendar/events/${booking.id}`, { start: shift(booking.start, 1), end: shift(booking.end, 1), location: "Studio 2" });
  await world.change(booking.sync[0].externalId, { location: "Zoo Lake, north gate", start: { dateTime: shift(booking.start, 3) }, end: { dateTime: shift(booking.end, 3) } });
  await together();
  await light.go("/conflicts");
  await light.page.getByRole("heading", { name: booking.title }).waitFor({ timeout: 30_000 });
  await keep(light, "conflict");
  await light.leave();

  const phone = await Person.arrive(browser, demo.url, { size: "phone" });
  await phone.signIn(demo.email, demo.password);
  await phone.go("/calendar?view=agenda");
  await keep(phone, "phone");
  await phone.leave();
} finally {
  await browser.close();
  await demo.stop();
}
process.exit(large ? 1 : 0);
