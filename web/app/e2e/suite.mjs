// All scenarios, for one size of screen, in one demo.
import { after, afterEach, before, describe } from "node:test";
import { openBrowser, Person } from "./support/person.mjs";
import { openPost } from "./support/post.mjs";
import { start } from "./support/program.mjs";
import { World } from "./support/world.mjs";
import * as access from "./scenarios/access.mjs";
import * as bothWays from "./scenarios/both-ways.mjs";
import * as caldav from "./scenarios/caldav.mjs";
import * as conflicts from "./scenarios/conflicts.mjs";
import * as connect from "./scenarios/connect.mjs";
import * as feeds from "./scenarios/feeds.mjs";
import * as keyboard from "./scenarios/keyboard.mjs";
import * as mail from "./scenarios/mail.mjs";
import * as microsoft from "./scenarios/microsoft.mjs";
import * as notion from "./scenarios/notion.mjs";
import * as setup from "./scenarios/setup.mjs";
import * as sides from "./scenarios/sides.mjs";
import * as trouble from "./scenarios/trouble.mjs";
import * as zones from "./scenarios/zones.mjs";

const size = process.env.SIZE ?? "desktop";

describe(size, () => {
  // Filled in before the first scenario: tests are declared before anything is started.
  const world = new World(undefined, undefined, size);
  before(async () => {
    world.browser = await openBrowser();
    world.post = await openPost();
    world.demo = await start("demo", "--fresh", world.post.settings);
  });
  after(async () => {
    await world.browser?.close();
    await world.demo?.stop();
    world.post?.close();
  });
  // A red scenario tells what was to be seen then.
  afterEach(async ({ name, passed }) => {
    if (passed) return;
    const seen = await Person.latest?.tells().catch((trouble) => trouble.message);
    console.error(`── ${name}\n── ${seen?.slice(0, 4_000)}`);
  });
  for (const { scenarios } of [sides, bothWays, zones, keyboard, conflicts, trouble, caldav, microsoft, notion, feeds, mail, access, setup, connect]) scenarios(world);
});
