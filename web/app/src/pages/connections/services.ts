/** Calendar servers that people have, where each is and where its passwords for programs are made (docs/caldav.md). */
export interface Service {
  id: string;
  name: string;
  /** Where every account of it is. */
  at?: string;
  /** What an address of it looks like, where each has its own; none where a mail address is enough. */
  looksLike?: string;
  /** Which password it wants, and where it is found. */
  password: string;
}

const other: Service = {
  id: "other",
  name: "Another server",
  looksLike: "https://dav.example.org",
  password: "Services with two factors want an app-specific password, made in their settings.",
};

export const services: [Service, ...Service[]] = [
  other,
  { id: "nextcloud", name: "Nextcloud", looksLike: "https://cloud.example.org", password: "An app password: in Nextcloud, Settings → Security → Devices & sessions." },
  { id: "fastmail", name: "Fastmail", password: "An app password with access to calendars: Settings → Privacy & Security → App passwords." },
  { id: "mailbox", name: "mailbox.org", at: "https://dav.mailbox.org", password: "An application password: Settings → Security → Application passwords." },
  { id: "radicale", name: "Radicale", looksLike: "https://radicale.example.org", password: "Your own." },
  { id: "baikal", name: "Baïkal", looksLike: "https://dav.example.org/dav.php", password: "Your own. The server’s WebDAV authentication has to be “Basic”." },
  { id: "sogo", name: "SOGo", looksLike: "https://mail.example.org/SOGo/dav/", password: "Your own." },
];

export const service = (id: string): Service => services.find((one) => one.id === id) ?? other;

/** What Apple calls an app-specific password looks like this; an ordinary one does not. */
export const isAppSpecific = (password: string) => /^([a-z]{4}-){3}[a-z]{4}$/i.test(password.trim());

/** Four groups of four, as Apple shows them, also where somebody left out what stands between them. */
export const asAppleSays = (password: string) => {
  const bare = password.trim().replaceAll(/[\s-]/g, "");
  return /^[a-z]{16}$/i.test(bare) ? (bare.toLowerCase().match(/.{4}/g) ?? []).join("-") : password.trim();
};
