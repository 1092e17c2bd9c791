import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listen, staleAfter } from "./live";

class Stream extends EventTarget {
  static readonly CLOSED = 2;
  static last: Stream;
  readyState = 1;
  onopen?: () => void;
  onerror?: () => void;
  constructor() {
    super();
    Stream.last = this;
  }
  say(data: string) {
    this.dispatchEvent(new MessageEvent("change", { data }));
  }
  close() {
    this.readyState = Stream.CLOSED;
  }
}

const cache = () => {
  const made = new QueryClient();
  return { made, stale: vi.spyOn(made, "invalidateQueries").mockResolvedValue() };
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Stream);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a storm of messages is one reading", () => {
  const { made, stale } = cache();
  const stop = listen(made);
  for (let i = 0; i < 50; i += 1) Stream.last.say('{"kind":"event"}');
  vi.advanceTimersByTime(1_000);
  expect(stale).toHaveBeenCalledOnce();
  stop();
});

test("after a gap everything is read again, for a message may be lost", () => {
  const { made, stale } = cache();
  const stop = listen(made);
  Stream.last.onopen?.();
  vi.advanceTimersByTime(1_000);
  expect(stale).not.toHaveBeenCalledWith({});
  Stream.last.onerror?.();
  Stream.last.onopen?.();
  vi.advanceTimersByTime(1_000);
  expect(stale).toHaveBeenCalledWith({});
  stop();
});

test("what was read before the stream was open is read again, for a change in between was told to nobody", () => {
  const made = new QueryClient();
  made.setQueryData(["conflicts", "open"], []);
  made.setQueryData(["session"], {});
  const stop = listen(made);
  Stream.last.onopen?.();
  vi.advanceTimersByTime(1_000);
  expect(made.getQueryState(["conflicts", "open"])?.isInvalidated).toBe(true);
  expect(made.getQueryState(["session"])?.isInvalidated).toBe(false);
  stop();
});

test("a stream that the browser gave up is opened again, later and later", () => {
  const { made } = cache();
  const stop = listen(made);
  const first = Stream.last;
  first.close();
  first.onerror?.();
  vi.advanceTimersByTime(1_000);
  expect(Stream.last).not.toBe(first);
  const second = Stream.last;
  second.close();
  second.onerror?.();
  vi.advanceTimersByTime(1_500);
  expect(Stream.last).toBe(second);
  vi.advanceTimersByTime(1_000);
  expect(Stream.last).not.toBe(second);
  stop();
});

test("a message about an event makes events stale, and nothing else that is costly", () => {
  expect(staleAfter('{"kind":"event","id":"e1"}')).toEqual(["events", "waiting"]);
});

test("a message that is not understood makes everything stale", () => {
  expect(staleAfter('{"kind":"of tomorrow"}')).toBe("everything");
  expect(staleAfter("no json")).toBe("everything");
  expect(staleAfter('{"kind":"everything"}')).toBe("everything");
});
