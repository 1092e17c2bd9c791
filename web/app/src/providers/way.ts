/**
 * What the forms of connecting say where a provider has words of its own. Which form there is, the server tells; a provider
 * that nobody knows here has the words of `plain`.
 */
import type { ReactNode } from "react";

export interface Way {
  /** What to expect, where how one signs in does not say it. */
  hint?: string;
  /** By name and password, where everybody's account is in one place. */
  login: Login;
  /** By name and password, at any server. */
  servers: Servers;
  token: Token;
  tables: Tables;
}

export interface Login {
  /** The way to the password that it wants: why, and the steps as items of a list. */
  guide?: { why: string; steps: ReactNode };
  username: { label: string; description?: string; missing: string; isMail?: boolean };
  password: {
    label: string;
    placeholder?: string;
    missing: string;
    refused: string;
    /** What is sent for what was typed. */
    meant: (typed: string) => string;
    /** What may be wrong with one that was refused; with a title where it is likely. */
    doubt?: (sent: string) => { title?: string; says: string };
  };
  /** Where some of the accounts are. */
  elsewhere?: { label: string; at: string };
}

export interface Servers {
  /** What can be given as the address. */
  address: string;
  /** Those that people have; the first is any other. */
  known: readonly [Server, ...Server[]];
}

export interface Server {
  id: string;
  name: string;
  /** Where every account of it is. */
  at?: string;
  /** What an address of it looks like, where each has its own; none where a mail address is enough. */
  looksLike?: string;
  /** Which password it wants, and where it is found. */
  password: string;
}

export interface Token {
  /** What is to be chosen where one signs in instead. */
  consent?: string;
  /** The way to the token, as items of a list. */
  steps?: ReactNode;
  placeholder?: string;
}

export interface Tables {
  /** How one comes into the list. */
  share?: string;
  /** Where the address of one is found, and what it looks like. */
  copy?: string;
  placeholder?: string;
}

export const plain: Way = {
  login: {
    username: { label: "User name", missing: "Please give the name that you sign in with" },
    password: { label: "Password", missing: "Please give the password", refused: "The service does not let Concord in with this name and this password.", meant: (typed) => typed },
  },
  servers: {
    address: "The address of the server, or your mail address there: the rest is found",
    known: [{ id: "other", name: "Another server", looksLike: "https://dav.example.org", password: "Services with two factors want an app-specific password, made in their settings." }],
  },
  token: {},
  tables: {},
};
