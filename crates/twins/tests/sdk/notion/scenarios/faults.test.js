// What goes wrong: limits, conflicts, lost answers, a gateway that speaks HTML.

import { test } from "node:test"

import { add, assert, begun, client, control, refused, title, words } from "../twin.js"

const rows = async (notion, calendar) => (await notion.dataSources.query({ data_source_id: calendar })).results.length
const fault = (kind, more) => control("faults", { match: { method: "POST", path: "/pages" }, kind, count: 1, ...more })

test("too many calls are refused with a time to wait, for one connection alone", async () => {
  const { notion } = await begun({ quota: { perMinute: 3 } })
  for (let n = 0; n < 3; n++) await notion.users.me({})
  const error = await refused(notion.users.me({}), 429, "rate_limited")
  const wait = Number(error.headers.get("retry-after"))
  assert.ok(wait > 0 && wait <= 60)
  assert.equal(error.additional_data.rate_limit_reason, "public_api_request_rate_limit")
  await client({ auth: "twin-bob" }).users.me({})
  await control("clock", { advance: `${wait}s` })
  await notion.users.me({})
})

test("connections share what the workspace may", async () => {
  const { notion } = await begun({ quota: { perWorkspace: 1 } })
  await notion.users.me({})
  const error = await refused(client({ auth: "twin-bob" }).users.me({}), 429, "rate_limited")
  assert.equal(error.additional_data.rate_limit_reason, "public_api_space_request_rate_limit")
})

test("Notion's client waits as it is told and goes on", async () => {
  await begun()
  await control("faults", { kind: "status", status: 429, retryAfter: 1, count: 1 })
  await client({ retry: { maxRetries: 1 } }).users.me({})
  assert.deepEqual((await control("log")).calls.map(call => call.status), [429, 200])
})

test("503 may have saved and says what; or not, and says that", async () => {
  const { notion, calendar } = await begun()
  await fault("status", { status: 503, effect: true })
  const saved = await refused(add(notion, calendar), 503, "service_unavailable")
  assert.equal(await rows(notion, calendar), 1)
  const page = await notion.pages.retrieve({ page_id: saved.additional_data.committed_resource_id })
  assert.equal(page.parent.data_source_id, calendar)
  assert.match(saved.additional_data.retry_guidance, /may have been saved/)
  await fault("status", { status: 503 })
  const lost = await refused(add(notion, calendar), 503, "service_unavailable")
  assert.equal("committed_resource_id" in lost.additional_data, false)
  assert.equal(await rows(notion, calendar), 1)
})

test("there is no idempotency: a lost answer and a second attempt are two pages", async () => {
  const { notion, calendar } = await begun()
  await fault("drop_after")
  await assert.rejects(add(notion, calendar))
  await add(notion, calendar)
  assert.equal(await rows(notion, calendar), 2)
})

test("writes at once to one table are in conflict", async () => {
  const { notion, calendar, team } = await begun({ conflictWindowMs: 60_000 })
  await add(notion, calendar)
  await refused(add(notion, calendar), 409, "conflict_error")
  await add(notion, team)
  await control("clock", { advance: "61s" })
  const page = await add(notion, calendar)
  await refused(notion.pages.update({ page_id: page.id, properties: { Name: title("x") } }), 409, "conflict_error")
  await control("quirks", { conflictWindowMs: 0, conflictRate: 1 })
  await refused(notion.pages.update({ page_id: page.id, properties: { Name: title("x") } }), 409, "conflict_error")
})

test("what stands before Notion speaks HTML, and its 403 is not Notion's", async () => {
  const { notion } = await begun()
  await control("faults", { kind: "status", status: 403, reason: "cloudflare", count: 1 })
  const error = await notion.users.me({}).then(() => assert.fail(), error => error)
  assert.deepEqual([error.status, error.code], [403, "notionhq_client_response_error"])
  assert.ok(error.ray_id)
  assert.match(error.message, /blocked/)
})

test("every refusal has the code that belongs to its status", async () => {
  const { notion } = await begun()
  for (const [status, code] of [[400, "validation_error"], [401, "unauthorized"], [404, "object_not_found"], [409, "conflict_error"],
    [500, "internal_server_error"], [503, "service_unavailable"], [504, "gateway_timeout"], [529, "service_overload"]]) {
    await control("faults", { kind: "status", status, count: 1 })
    await refused(notion.users.me({}), status, code)
  }
})

test("an unknown property may be swallowed", async () => {
  const { notion, calendar } = await begun({ ignoresUnknownProperties: true })
  const page = await add(notion, calendar, { Zebra: words("x") })
  assert.equal("Zebra" in page.properties, false)
})

test("a stale answer is how it was before the last change", async () => {
  const { notion, calendar } = await begun()
  const page = await add(notion, calendar)
  await notion.pages.update({ page_id: page.id, properties: { Location: words("now") } })
  await control("faults", { match: { method: "GET" }, kind: "stale", count: 1 })
  const read = async () => (await notion.pages.retrieve({ page_id: page.id })).properties.Location.rich_text.length
  assert.deepEqual([await read(), await read()], [0, 1])
})

test("a full workspace takes no more", async () => {
  const { notion, calendar } = await begun({ fullWorkspace: true })
  await refused(add(notion, calendar), 403, "restricted_resource")
})

test("what is no JSON, no address and no version is said to be none", async () => {
  await begun()
  const url = `${process.env.TWIN_URL}/v1`
  const headers = { authorization: "Bearer twin-alice", "notion-version": "2026-03-11" }
  const code = async (path, more) => {
    const answer = await fetch(url + path, { headers, ...more })
    assert.match(answer.headers.get("x-notion-request-id"), /^[0-9a-f-]{36}$/)
    return [answer.status, (await answer.json()).code]
  }
  assert.deepEqual(await code("/pages", { method: "POST", body: "{" }), [400, "invalid_json"])
  assert.deepEqual(await code("/calendars"), [400, "invalid_request_url"])
  assert.deepEqual(await code("/users/me", { headers: { authorization: "Bearer twin-alice" } }), [400, "missing_version"])
})
