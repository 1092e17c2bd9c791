// A person at a browser: finds things by role and label, as people and screen readers do.
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";
import assert from "node:assert/strict";

export const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

// Chromium asks for nothing from outside.
const quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export const openBrowser = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: quiet });

/** Asks until it holds, and returns what came with how long it took; the last complaint when time runs out. */
export async function eventually(look, ms = 10_000) {
  const began = performance.now();
  let last;
  for (;;) {
    try {
      const found = await look();
      if (found) return { found, ms: Math.round(performance.now() - began) };
      last = new Error("it did not come true");
    } catch (error) {
      last = error;
    }
    if (performance.now() - began > ms) throw new Error(`not within ${ms} ms: ${last.message}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export class Person {
  /** Who came last: whose page tells what went wrong. */
  static latest;

  static async arrive(browser, url, { size, colorScheme = "light", timezoneId = "Africa/Johannesburg" }) {
    const context = await browser.newContext({
      baseURL: url, viewport: sizes[size], colorScheme, timezoneId, locale: "en-GB", reducedMotion: "reduce", hasTouch: size === "phone",
    });
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    const person = new Person();
    Object.assign(person, { context, page, url, size, complaints: [] });
    Person.latest = person;
    page.on("pageerror", (error) => person.complaints.push(error.message));
    page.on("console", (message) => {
      // A refused answer is also said in the console by the browser; pages show it.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource") && !message.text().includes("net::ERR")) person.complaints.push(message.text());
    });
    return person;
  }

  /** What is on the page, in words, the dialogs first. */
  async tells() {
    const dialogs = await this.page.getByRole("dialog").allInnerTexts();
    const main = await this.page.locator("body").innerText();
    return [this.page.url(), ...this.complaints, ...dialogs, main].join("\n── ");
  }

  get narrow() {
    return this.size === "phone";
  }

  async signIn(email, password) {
    await this.page.goto("/signin");
    await this.page.getByLabel("E-mail").fill(email);
    await this.page.getByRole("textbox", { name: "Password" }).fill(password);
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await this.page.waitForURL(/calendar/);
  }

  /** Goes to a page and waits until it shows what it has. */
  async go(path) {
    await this.page.goto(path);
    await this.settled();
  }

  async settled() {
    await this.page.locator("main, [role=dialog], form").first().waitFor();
    await this.page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
  }

  /** The day view of a day. */
  day = (date) => this.go(`/calendar?view=day&date=${date}`);

  event = (title) => this.page.getByRole("button", { name: title }).first();

  async seesEvent(title, ms) {
    return eventually(async () => (await this.event(title).count()) > 0, ms);
  }

  async missesEvent(title, ms) {
    return eventually(async () => (await this.event(title).count()) === 0, ms);
  }

  dialog = (name) => this.page.getByRole("dialog", name ? { name } : {});

  button = (name, within = this.page) => within.getByRole("button", { name, exact: typeof name === "string" });

  /** Presses the button after which something is to happen elsewhere, and notes when. */
  async press(button) {
    this.pressedAt = performance.now();
    await button.click();
  }

  /** Creates an event as people do, on the day that is shown. */
  async create(date, { title, from = "09:00", until = "10:00", zone, type }) {
    await this.go(`/calendar?view=day&date=${date}&create=${date}T${from}&until=${date}T${until}`);
    const dialog = this.dialog("New event");
    await dialog.getByLabel("Title").fill(title);
    if (type) await this.choose(dialog.getByLabel("Session type"), type);
    if (zone) {
      await this.choose(dialog.getByLabel("Time zone", { exact: true }), zone);
      await dialog.getByLabel("Start time").fill(from);
      await dialog.getByLabel("End time").fill(until);
    }
    await this.press(this.button("Create", dialog));
    await dialog.waitFor({ state: "hidden" });
  }

  async choose(field, option) {
    await field.click();
    await field.fill(option);
    await this.page.getByRole("option", { name: option, exact: true }).click();
  }

  async open(title) {
    await this.event(title).click();
    await this.dialog().getByLabel("Title").waitFor();
    return this.dialog().first();
  }

  async rename(title, to) {
    const dialog = await this.open(title);
    await dialog.getByLabel("Title").fill(to);
    await this.press(this.button("Save", dialog));
    await dialog.waitFor({ state: "hidden" });
  }

  async delete(title) {
    const dialog = await this.open(title);
    await this.button("Delete", dialog).click();
    await this.press(this.button("Delete", this.dialog("Delete this event?")));
    await dialog.waitFor({ state: "hidden" });
  }

  /** What the API says to this person's browser. */
  async api(method, path, data) {
    const answer = await this.context.request.fetch(`${this.url}/api${path}`, { method, ...(data && { data }), headers: { origin: this.url } });
    const body = await answer.text();
    assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${body}`);
    return body ? JSON.parse(body) : null;
  }

  badge = () => this.page.getByRole("region", { name: "Concord", exact: true });

  async badgeSays(words, ms = 15_000) {
    await eventually(async () => words.test(await this.badge().innerText()), ms);
  }

  /** No barrier for anybody (WCAG 2.2 AA) and nothing wider than the screen. */
  async hasNoBarrier(where) {
    const { violations } = await new AxeBuilder({ page: this.page }).withTags(tags).analyze();
    const told = violations.map(({ id, help, nodes }) => `${id}: ${help} (${nodes.length})\n  ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 200)}\n    ${node.failureSummary?.split("\n").slice(1, 3).join(" ").trim().slice(0, 260)}`).join("\n  ")}`);
    const wider = await this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (wider > 0) told.push(`${wider} px wider than the screen`);
    assert.deepEqual(told, [], where);
  }

  async leave() {
    await this.context.close();
    assert.deepEqual(this.complaints, [], "errors in the browser's console");
  }
}
