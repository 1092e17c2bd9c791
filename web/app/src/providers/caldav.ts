/** Calendar servers that people have, where each is and where its passwords for programs are made (docs/caldav.md). */
import { plain, type Way } from "./way";

export const caldav: Partial<Way> = {
  hint: "Nextcloud, Fastmail, mailbox.org, Radicale and every other CalDAV server",
  servers: {
    address: "What your service calls its CalDAV address, its name, or your mail address there: the rest is found",
    known: [
      ...plain.servers.known,
      { id: "nextcloud", name: "Nextcloud", looksLike: "https://cloud.example.org", password: "An app password: in Nextcloud, Settings → Security → Devices & sessions." },
      { id: "fastmail", name: "Fastmail", password: "An app password with access to calendars: Settings → Privacy & Security → App passwords." },
      { id: "mailbox", name: "mailbox.org", at: "https://dav.mailbox.org", password: "An application password: Settings → Security → Application passwords." },
      { id: "radicale", name: "Radicale", looksLike: "https://radicale.example.org", password: "Your own." },
      { id: "baikal", name: "Baïkal", looksLike: "https://dav.example.org/dav.php", password: "Your own. The server’s WebDAV authentication has to be “Basic”." },
      { id: "sogo", name: "SOGo", looksLike: "https://mail.example.org/SOGo/dav/", password: "Your own." },
    ],
  },
};
