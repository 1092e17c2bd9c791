// A mail server in miniature that keeps what it is given, and the letters that somebody else's calendar program writes.
import { createServer } from "node:net";

/** Takes every letter. */
export async function openPost() {
  const letters = [];
  const server = createServer((socket) => {
    let rest = "";
    let letter = null;
    const say = (line) => socket.write(`${line}\r\n`);
    say("220 post");
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      rest += data;
      for (let end = rest.indexOf("\r\n"); end >= 0; end = rest.indexOf("\r\n")) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (letter !== null && line !== ".") letter.push(line.replace(/^\./, ""));
        else if (letter !== null) {
          letters.push(letter.join("\n"));
          letter = null;
          say("250 taken");
        } else if (/^DATA/i.test(line)) {
          letter = [];
          say("354 go on");
        } else if (/^QUIT/i.test(line)) {
          say("221 bye");
          socket.end();
        } else say("250 fine");
      }
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { letters, settings: { CONCORD_SMTP_URL: `smtp://127.0.0.1:${server.address().port}`, CONCORD_MAIL_FROM: "calendar@studio.example" }, close: () => server.close() };
}

/** An invitation of somebody else's, or its cancellation. */
export const invitation = ({ to, title, date, from = "09:00", until = "10:00", method = "REQUEST", sequence = 0 }) => {
  const at = (time) => `${date.replaceAll("-", "")}T${time.replace(":", "")}00`;
  return [
    "From: Naomi Adams <naomi@corp.example>", `To: ${to}`, "Subject: x", "MIME-Version: 1.0", `Content-Type: text/calendar; charset=utf-8; method=${method}`, "",
    "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", `METHOD:${method}`, "BEGIN:VEVENT", `UID:${title}@corp.example`, "DTSTAMP:20261101T080000Z", `SEQUENCE:${sequence}`,
    `SUMMARY:${title}`, `DTSTART;TZID=Africa/Johannesburg:${at(from)}`, `DTEND;TZID=Africa/Johannesburg:${at(until)}`,
    "ORGANIZER;CN=Naomi Adams:mailto:naomi@corp.example", `ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:${to}`, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ben@corp.example",
    "END:VEVENT", "END:VCALENDAR", "",
  ].join("\r\n");
};
