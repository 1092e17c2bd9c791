/** What is the same for all providers names none of them: another one is another file of this folder. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const source = join(import.meta.dirname, "..");
const names = /google|microsoft|outlook|apple|icloud|notion|caldav|nextcloud|fastmail|mailbox\.org|radicale|ba[iï]kal|sogo/i;

/** The demo's page shows emulated providers under their names; tests name whom they like. */
const mayName = (file: string) => /^(providers|pages\/otherside)\/|\.test\.tsx?$/.test(file);

/** The lines that name a provider; a font is called like one. */
const naming = (text: string) => text.split("\n").filter((line) => names.test(line.replaceAll("-apple-system", "")));

test("only what knows a provider names it", () => {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).map((file) => file.replaceAll("\\", "/")).filter((file) => /\.(tsx?|css)$/.test(file));
  expect(files).toContain("pages/connections/Connect.tsx");
  const faults = files.filter((file) => !mayName(file)).flatMap((file) => naming(readFileSync(join(source, file), "utf8")).map((line) => `${file}: ${line.trim()}`));
  expect(faults).toEqual([]);
});

test("a name is found in whatever way it is said", () => {
  expect(naming('const titles = { notion: "x" };\nconst size = 3;\nfunction AskApple() {}\n<b>Radicale</b>')).toHaveLength(3);
  expect(naming('family: "system-ui, -apple-system"')).toEqual([]);
  expect(mayName("providers/notion.tsx")).toBe(true);
  expect(mayName("pages/connections/Choose.tsx")).toBe(false);
});
