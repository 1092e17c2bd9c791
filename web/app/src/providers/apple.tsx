/** Apple lets no other program in with one's own password, so there is a way to one that it wants (docs/apple.md). */
import { Outside } from "../ui/Outside";
import type { Way } from "./way";

/** What Apple calls an app-specific password looks like this; an ordinary one does not. */
export const isAppSpecific = (password: string) => /^([a-z]{4}-){3}[a-z]{4}$/i.test(password.trim());

/** Four groups of four, as Apple shows them, also where somebody left out what stands between them. */
export const asAppleSays = (password: string) => {
  const bare = password.trim().replaceAll(/[\s-]/g, "");
  return /^[a-z]{16}$/i.test(bare) ? (bare.toLowerCase().match(/.{4}/g) ?? []).join("-") : password.trim();
};

export const apple: Partial<Way> = {
  hint: "With an app-specific password, which takes three minutes",
  login: {
    guide: {
      why: "Apple lets no other program in with the password of your Apple Account. Make one for Concord alone:",
      steps: (
        <>
          <li>Open <Outside to="https://account.apple.com">account.apple.com</Outside> and sign in. Two-factor authentication has to be on; it is, if Apple ever asked you for a six-digit code.</li>
          <li>Choose <b>Sign-In and Security</b>, then <b>App-Specific Passwords</b>.</li>
          <li>Make one, call it <b>Concord</b>, and copy it: four groups of four letters. It is shown once.</li>
        </>
      ),
    },
    username: { label: "Apple Account", description: "The mail address that you sign in with at Apple", missing: "Please give the mail address of your Apple Account", isMail: true },
    password: {
      label: "App-specific password",
      placeholder: "xxxx-xxxx-xxxx-xxxx",
      missing: "Please give the app-specific password",
      refused: "Apple does not let Concord in with this address and this password.",
      meant: asAppleSays,
      doubt: (sent) =>
        isAppSpecific(sent)
          ? { says: "App-specific passwords end when the password of the Apple Account changes. If you changed it, make a new one." }
          : {
              title: "Is that the ordinary password?",
              says: "It does not look like one that Apple made for a program: those are four groups of four letters. The ordinary password of an Apple Account is always refused here.",
            },
    },
    elsewhere: { label: "My account is in mainland China", at: "https://caldav.icloud.com.cn" },
  },
};
