/** The other sides of a demo: what each emulates, whose it is there, and how trouble looks at it. */
import { twin, type TwinCall, type TwinFault, type TwinName } from "@concord/client/twin";

/** Trouble that lasts until it is ended. */
export type Lasting = "rate" | "outage" | "lost";

export interface Side {
  id: TwinName;
  /** What people call the place. */
  name: string;
  /** Whose calendars they are. */
  owner: string;
  /** What that person is called there. */
  user: string;
  lead: string;
  calendars: { id: string; name: string }[];
  trouble: Record<Lasting, { rule: TwinFault; does: string }>;
  /** How Concord is put out. */
  revoked: { title: string; does: string; watch: string };
  /** Whether a call is worth showing, and its path without what is the same in all of them. */
  asked: (call: TwinCall) => boolean;
  short: (path: string) => string;
  twin: ReturnType<typeof twin>;
}

const path = "/calendar/v3";

const google: Side = {
  id: "google",
  name: "Google",
  owner: "Thandi",
  user: "alice",
  lead: "An emulated Google Calendar, which belongs to Thandi; there she is called Alice.",
  calendars: [{ id: "primary", name: "Alice" }, { id: "Team", name: "Team" }],
  trouble: {
    rate: {
      rule: { match: { path }, kind: "status", status: 429, reason: "rateLimitExceeded", retryAfter: 5 },
      does: "Google refuses every call with 429 and asks to wait five seconds.",
    },
    outage: { rule: { match: { path }, kind: "status", status: 503, reason: "backendError" }, does: "Google answers every call with 503." },
    lost: { rule: { match: { method: "POST", path: "/events" }, kind: "drop_after" }, does: "What Concord creates arrives at Google, but the answer never comes back." },
  },
  revoked: {
    title: "Access taken back",
    does: "Alice removes Concord from the apps that may see her calendar.",
    watch: "Syncing stops and says so; nothing is lost. After a new sign-in what waited goes out.",
  },
  asked: (call) => call.path.startsWith("/calendar") || call.path === "/token",
  short: (path) => decodeURIComponent(path).replace(/^\/calendar\/v3\/(calendars\/[^/]+\/|users\/me\/)?/, "").replace(/([a-v0-9]{10})[a-v0-9]{8,}/, "$1…"),
  twin: twin("google", "alice"),
};

const apple: Side = {
  id: "apple",
  name: "iCloud",
  owner: "Lerato",
  user: "lerato",
  lead: "An emulated iCloud Calendar, which belongs to Lerato, Thandi’s colleague.",
  calendars: [{ id: "primary", name: "Lerato" }, { id: "Team", name: "Team" }],
  trouble: {
    rate: { rule: { kind: "status", status: 503, retryAfter: 5 }, does: "iCloud refuses every call with 503 and asks to wait five seconds: that is how it says that there were too many." },
    outage: { rule: { kind: "status", status: 502 }, does: "iCloud answers every call with 502." },
    lost: { rule: { match: { method: "PUT" }, kind: "drop_after" }, does: "What Concord writes arrives at iCloud, but the answer never comes back." },
  },
  revoked: {
    title: "App-specific password ended",
    does: "Lerato ends the password that Concord has. A new password for her Apple Account would do the same.",
    watch: "Syncing stops and says so, and the old password is not tried again. With a new one what waited goes out.",
  },
  asked: () => true,
  short: (path) => decodeURIComponent(path).replace(/^\/\d+\/(calendars\/)?/, "").replace(/([0-9a-f-]{10})[0-9a-f-]{8,}/i, "$1…") || "/",
  twin: twin("apple", "lerato"),
};

const graph = "/v1.0";

const outlook: Side = {
  id: "outlook",
  name: "Outlook",
  owner: "Sipho",
  user: "sipho",
  lead: "An emulated Outlook calendar, which belongs to Sipho, another colleague.",
  calendars: [{ id: "primary", name: "Calendar" }, { id: "Team", name: "Team" }],
  trouble: {
    rate: { rule: { match: { path: graph }, kind: "status", status: 429, reason: "ApplicationThrottled", retryAfter: 5 }, does: "Microsoft refuses every call with 429 and asks to wait five seconds." },
    outage: { rule: { match: { path: graph }, kind: "status", status: 503, reason: "ServiceUnavailable" }, does: "Microsoft answers every call with 503." },
    lost: { rule: { match: { method: "POST", path: "/events" }, kind: "drop_after" }, does: "What Concord creates arrives in Outlook, but the answer never comes back." },
  },
  revoked: {
    title: "Access taken back",
    does: "Sipho removes Concord from the apps that may see his calendar.",
    watch: "Syncing stops and says so; nothing is lost. After a new sign-in what waited goes out.",
  },
  asked: (call) => call.path.startsWith(graph) || call.path.endsWith("/token"),
  short: (path) => decodeURIComponent(path).replace(/^\/v1\.0\/(me\/)?(calendars\/[^/]+\/)?/, "").replace(/(AA[\w-]{8})[\w-]{8,}=*/, "$1…"),
  twin: twin("outlook", "sipho"),
};

const notion: Side = {
  id: "notion",
  name: "Notion",
  owner: "Naledi",
  user: "naledi",
  lead: "An emulated Notion, in which Naledi, another colleague, keeps her appointments in a table.",
  calendars: [{ id: "primary", name: "Calendar" }, { id: "Team", name: "Team" }],
  trouble: {
    rate: { rule: { match: { path: "/v1" }, kind: "status", status: 429, reason: "rate_limited", retryAfter: 5 }, does: "Notion refuses every call with 429 and asks to wait five seconds." },
    outage: { rule: { match: { path: "/v1" }, kind: "status", status: 503, reason: "service_unavailable" }, does: "Notion answers every call with 503." },
    lost: { rule: { match: { method: "POST", path: "/v1/pages" }, kind: "drop_after" }, does: "What Concord creates arrives in Notion, but the answer never comes back." },
  },
  revoked: {
    title: "Token ended",
    does: "Naledi ends the token of the connection that Concord has.",
    watch: "Syncing stops and says so; nothing is lost. Once the token is good again and was entered once more, what waited goes out.",
  },
  asked: (call) => call.path.startsWith("/v1"),
  short: (path) => decodeURIComponent(path).replace(/^\/v1\//, "").replace(/([0-9a-f-]{10})[0-9a-f-]{8,}/gi, "$1…"),
  twin: twin("notion", "naledi"),
};

export const sides: Record<TwinName, Side> = { google, apple, outlook, notion };
