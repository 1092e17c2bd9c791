import { Problem } from "@concord/client";
import { notifications } from "@mantine/notifications";
import { QueryClient } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import { lay, send } from "./change";

const names = (...all: string[]) => ({ of: [["events"]], onto: (read: unknown) => [...(read as string[]), ...all] });

afterEach(() => vi.restoreAllMocks());

test("changes on their way are laid over what was read, oldest first", () => {
  expect(lay(["a"], ["events", { from: "x" }], [names("b"), names("c")])).toEqual(["a", "b", "c"]);
});

test("a change touches only what it says it changes", () => {
  expect(lay(["a"], ["status"], [names("b")])).toEqual(["a"]);
});

test("nothing is laid over what was not read yet", () => {
  expect(lay(undefined, ["events"], [names("b")])).toBeUndefined();
});

test("a refused change is told with its reason, and trying again sends it anew", async () => {
  const show = vi.spyOn(notifications, "show").mockImplementation(() => "");
  const attempt = vi.fn<(key: string) => Promise<void>>().mockRejectedValue(new Problem(422, "invalid_field", "The end is before the start."));
  send(new QueryClient(), { of: [["events"]], inTurn: "event e1", send: attempt, refused: "“Coaching” was not moved" });
  await vi.waitFor(() => expect(show).toHaveBeenCalledOnce());
  expect(show.mock.calls[0]?.[0].title).toBe("“Coaching” was not moved");
  expect(attempt).toHaveBeenCalledOnce();
});

test("a server that is away is asked again with the same key before anyone is told", async () => {
  const show = vi.spyOn(notifications, "show").mockImplementation(() => "");
  const keys: string[] = [];
  const done = vi.fn();
  send(new QueryClient(), {
    of: [],
    inTurn: "x",
    send: (key) => {
      keys.push(key);
      return keys.length === 1 ? Promise.reject(new Problem(503, "provider_unavailable", "Away.")) : Promise.resolve("ok");
    },
    refused: "Not done",
    done,
  });
  await vi.waitFor(() => expect(done).toHaveBeenCalledWith("ok"), { timeout: 3000 });
  expect(new Set(keys).size).toBe(1);
  expect(show).not.toHaveBeenCalled();
});

test("changes of one thing are sent one after the other", async () => {
  const cache = new QueryClient();
  const order: string[] = [];
  const finish: (() => void)[] = [];
  const change = (name: string) => ({
    of: [], inTurn: "event e1", refused: "",
    send: () => new Promise<void>((resolve) => { order.push(name); finish.push(resolve); }),
  });
  send(cache, change("first"));
  send(cache, change("second"));
  await vi.waitFor(() => expect(order).toEqual(["first"]));
  finish[0]?.();
  await vi.waitFor(() => expect(order).toEqual(["first", "second"]));
});
