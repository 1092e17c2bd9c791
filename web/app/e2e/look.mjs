// Looks at every page, in both themes, on a wide screen and on a phone: no axe violation, nothing wider than the screen,
// no error in the console. With SHOTS=folder it keeps a picture of each.
//
//   npm run dev   (or a server behind it), then   WEB=http://localhost:5173 npm run look
import { AxeBuilder } from "@axe-core/playwright";
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const web = process.env.WEB ?? "http://localhost:5173";
const shots = process.env.SHOTS;
const only = process.argv[2];

/** Name, address, and what to do there before looking. */
const pages = [
  ["calendar-month", "/calendar"],
  ["calendar-week", "/calendar?view=week"],
  ["calendar-day", "/calendar?view=day"],
  ["calendar-agenda", "/calendar?view=agenda"],
  ["calendar-empty", "/calendar?view=agenda&text=nothing-like-this"],
  ["event-new", "/calendar?view=week&create=2026-11-25T09:00&until=2026-11-25T10:00"],
  ["event-edit", "/calendar?event=e4"],
  ["event-series", "/calendar", async (page) => page.getByRole("button", { name: /Strength, Thandi/ }).first().click()],
  ["event-readonly", "/calendar?event=e10"],
  ["connections", "/connections"],
  ["connect", "/connections?connect=yes"],
  ["connect-apple", "/connections?connect=apple"],
  ["connect-apple-refused", "/connections?connect=apple", async (page) => {
    await page.getByLabel("Apple Account").fill("nomsa@icloud.test");
    await page.getByRole("textbox", { name: "App-specific password" }).fill("Summer2026");
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByText("Is that the ordinary password?").waitFor();
  }],
  ["connect-caldav", "/connections?connect=caldav"],
  ["connect-caldav-refused", "/connections?connect=caldav", async (page) => {
    await page.getByLabel("Server or mail address").fill("nowhere");
    await page.getByLabel("User name").fill("nomsa");
    await page.getByRole("textbox", { name: "Password" }).fill("x");
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByText("No calendars were found").waitFor();
  }],
  ["connect-notion", "/connections?connect=notion"],
  ["connections-table", "/connections?account=a4", async (page) => {
    await page.getByRole("button", { name: "Sync Rehearsals" }).click();
    await page.getByRole("region", { name: "Preview" }).getByText("Open day").waitFor();
  }],
  ["connections-paste", "/connections?account=a4", async (page) => {
    await page.getByRole("button", { name: "Paste a link to a database" }).click();
    await page.getByLabel("Link to the database").fill("https://example.org");
    await page.getByRole("button", { name: "Find it" }).click();
    await page.getByText(/not the address of a database/).waitFor();
  }],
  ["connections-columns", "/connections?settings=l4", async (page) => page.getByRole("button", { name: /instead/ }).waitFor()],
  ["connections-columns-mended", "/connections?settings=l4", async (page) => {
    await page.getByRole("button", { name: /instead/ }).click();
    await page.getByRole("region", { name: "Preview" }).getByText("Open day").waitFor();
  }],
  ["connections-server", "/connections", async (page) => page.getByText("What its server can do").click()],
  ["connections-make", "/connections?account=a3", async (page) => page.getByRole("button", { name: "Make a new calendar there" }).click()],
  ["connections-choose", "/connections?account=a1"],
  ["connections-review", "/connections", async (page) => page.getByRole("button", { name: "Review and decide" }).click()],
  ["connections-settings", "/connections?settings=l1"],
  ["conflicts", "/conflicts"],
  ["conflicts-resolved", "/conflicts?state=resolved"],
  ["history", "/history"],
  ["history-run", "/history?run=r4"],
  ["history-takeback", "/history?run=r1", async (page) => page.getByRole("button", { name: "Take back what it brought" }).click()],
  ["history-waiting", "/history?tab=waiting"],
  ["help", "/history", async (page) => page.keyboard.press("?")],
  ["signin", "/signin"],
  ["setup", "/setup?code=1234"],
  ["lost", "/nowhere"],
];

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
let faults = 0;
const fault = (where, what) => {
  faults += 1;
  console.error(`✗ ${where}: ${what}`);
};
if (shots) mkdirSync(shots, { recursive: true });
for (const width of [1280, 360]) {
  for (const colorScheme of ["light", "dark"]) {
    const context = await browser.newContext({
      viewport: { width, height: width === 360 ? 740 : 800 }, colorScheme, reducedMotion: "reduce", timezoneId: "Africa/Johannesburg", deviceScaleFactor: Number(process.env.SCALE ?? 1),
    });
    const page = await context.newPage();
    let where = "";
    page.on("console", (message) => {
      // A refused answer is also said in the console by the browser; pages show it.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) fault(where, message.text().slice(0, 400));
    });
    page.on("pageerror", (error) => fault(where, error.message));
    for (const [name, path, act] of pages) {
      if (only && !name.startsWith(only)) continue;
      where = `${name}-${width}-${colorScheme}`;
      await page.goto(web + path);
      await page.locator("main, [role=dialog]").first().waitFor();
      await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"), null, { timeout: 10_000 }).catch(() => fault(where, "still loading"));
      if (act) await act(page).catch((error) => fault(where, error.message.split("\n")[0]));
      await page.waitForTimeout(350);
      if (shots) await page.screenshot({ path: `${shots}/${where}.png`, fullPage: process.env.FULL === "1" });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (wide > 0) fault(where, `${wide} px wider than the screen`);
      const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
      for (const { id, help, nodes } of violations) fault(where, `${id}: ${help} (${nodes.length}) ${nodes.slice(0, 2).map((node) => `${node.html.slice(0, 180)} — ${node.failureSummary?.split("\n")[1]?.trim().slice(0, 200)}`).join(" | ")}`);
    }
    await context.close();
  }
}
await browser.close();
console.log(faults ? `${faults} faults` : "all pages are fine");
process.exit(faults ? 1 : 0);
