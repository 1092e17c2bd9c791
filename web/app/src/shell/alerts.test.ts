import type { Alert } from "@concord/client";
import { expect, test } from "vitest";
import { fresh } from "./alerts";

const alert = (id: string, over = false) => ({ id, ...(over && { resolvedAt: "2026-11-22T10:00:00Z" }) }) as Alert;

test("what was wrong before the page was opened is not told again, what comes after is", () => {
  expect(fresh(undefined, [alert("a")])).toEqual([]);
  expect(fresh(new Set(["a"]), [alert("a"), alert("b")])).toEqual([alert("b")]);
});

test("what is over already is not told", () => {
  expect(fresh(new Set(), [alert("a", true)])).toEqual([]);
});
