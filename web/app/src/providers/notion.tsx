/** Notion shares with a program only what somebody shares with it, and calls its calendars databases (docs/notion.md). */
import { Outside } from "../ui/Outside";
import type { Way } from "./way";

export const notion: Partial<Way> = {
  hint: "A database with dates, as a calendar",
  token: {
    consent: "You choose there which pages Concord may see. Choose the page that the database is on.",
    steps: (
      <>
        <li>Open <Outside to="https://www.notion.so/profile/integrations">Notion’s integrations</Outside>, make a <b>new integration</b> of your workspace, <b>internal</b>, that may read, update and insert content.</li>
        <li>In Notion, on the page with your database, choose <b>•••</b>, then <b>Connections</b>, and add it. What is not shared with it is not there for Concord.</li>
        <li>Copy its token. It begins with <b>ntn_</b>.</li>
      </>
    ),
    placeholder: "ntn_…",
  },
  tables: {
    share: "In Notion, choose the connection under ••• → Connections of its page; or make one here.",
    copy: "In Notion: ••• → Copy link",
    placeholder: "https://www.notion.so/…",
  },
};
