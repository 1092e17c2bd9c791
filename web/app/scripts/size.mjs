// Fails when the scripts that must arrive before the first page is drawn are more than the budget, compressed.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const budget = 250_000;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

/** The file of an entry and of all that it imports at once. */
function files(name, seen = new Set()) {
  const chunk = manifest[name];
  if (seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const next of chunk.imports ?? []) files(next, seen);
  return seen;
}

const size = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;
const total = (set) => [...set].reduce((sum, file) => sum + size(file), 0);
const kb = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

const entry = Object.keys(manifest).find((name) => manifest[name].isEntry);
const first = files(entry);
for (const [name, chunk] of Object.entries(manifest)) {
  if (chunk.isDynamicEntry) {
    const own = new Set([...files(name)].filter((file) => !first.has(file)));
    console.log(`${name}: ${kb(total(own))} more`);
  }
}
const bytes = total(first);
console.log(`first load: ${kb(bytes)} of ${kb(budget)}`);
if (bytes > budget) {
  console.error("the first load is over its budget: load what the first page does not need with its own page");
  process.exit(1);
}
