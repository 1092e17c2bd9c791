// Webhooks: the handshake, the signature, and everything that an event is not.

import { afterEach, test } from "node:test"

import { verifyWebhookSignature } from "@notionhq/client"

import { add, assert, begun, control, date, receiver, title, words } from "../twin.js"

let there
afterEach(() => there?.close())

/** A twin with an active subscription. */
async function subscribed(switches, more = {}) {
  there = await receiver()
  const world = await begun(switches)
  const subscription = await control("webhook", { url: there.url, verified: true, ...more })
  await there.came(1)
  there.requests.length = 0
  return { ...world, subscription }
}

test("the first request is unsigned, brings the token, and nothing comes before it is brought back", async () => {
  there = await receiver()
  const { notion, calendar } = await begun()
  const { id } = await control("webhook", { url: there.url })
  const [{ verification_token: token }] = await there.came(1)
  assert.match(token, /^secret_/)
  assert.equal("x-notion-signature" in there.requests[0].headers, false)
  await add(notion, calendar)
  await assert.rejects(control("webhook", { do: "verify", id, token: "secret_guess" }))
  await control("webhook", { do: "verify", id, token })
  const page = await add(notion, calendar)
  const events = (await there.came(3)).slice(1)
  assert.deepEqual(events.map(event => [event.type, event.entity.type]).sort(), [["data_source.content_updated", "data_source"], ["page.created", "page"]])
  assert.equal(events.find(event => event.type === "page.created").entity.id, page.id)
})

test("events are signed over their very bytes with the token", async () => {
  const { notion, calendar, subscription } = await subscribed()
  await add(notion, calendar)
  await there.came(2)
  const [{ body, headers }] = there.requests
  const signed = { body, signature: headers["x-notion-signature"], verificationToken: subscription.token }
  assert.equal(await verifyWebhookSignature(signed), true)
  assert.equal(await verifyWebhookSignature({ ...signed, body: JSON.stringify(JSON.parse(body), null, 1) }), false)
})

test("a new title is content, other cells are properties by their ids, and the author is told", async () => {
  const { notion, calendar, database } = await subscribed()
  const page = await add(notion, calendar)
  await there.came(2)
  there.requests.length = 0
  const changed = await notion.pages.update({ page_id: page.id, properties: { Name: title("Brunch"), Date: date("2027-04-01") } })
  const [content, properties] = await there.came(2)
  assert.deepEqual([content.type, properties.type], ["page.content_updated", "page.properties_updated"])
  assert.deepEqual(properties.data.updated_properties, [changed.properties.Date.id])
  assert.deepEqual(properties.data.parent, { id: database, type: "database", data_source_id: calendar })
  const me = await notion.users.me({})
  assert.deepEqual(properties.authors, [{ id: me.id, type: "bot" }])
  assert.equal(properties.attempt_number, 1)
  there.requests.length = 0
  await control("event", { do: "change", id: page.id, fields: { Location: words("Roof") } })
  assert.equal((await there.came(1))[0].authors[0].type, "person")
})

test("trash, return, move and schema are told; what is taken from the connection is not", async () => {
  const { notion, calendar } = await subscribed(undefined, { events: ["page.deleted", "page.undeleted", "page.moved", "data_source.schema_updated"] })
  const page = await add(notion, calendar)
  await notion.pages.update({ page_id: page.id, in_trash: true })
  await notion.pages.update({ page_id: page.id, in_trash: false })
  await control("event", { do: "move", id: page.id, destination: "Team" })
  await control("property", { do: "rename", name: "Location", to: "Room" })
  const events = await there.came(4)
  assert.deepEqual(events.map(event => event.type), ["page.deleted", "page.undeleted", "page.moved", "data_source.schema_updated"])
  assert.deepEqual(events[3].data.updated_properties.map(one => [one.name, one.action]), [["Room", "updated"]])
  await control("access", { id: page.id, role: "none" })
  await control("event", { do: "delete", id: page.id })
  await there.came(4)
})

test("what changes again within the delay is told once, with all its authors", async () => {
  const { notion, calendar } = await subscribed({ webhooks: { delayMs: 60_000 } }, { events: ["page.created", "page.properties_updated", "page.deleted"] })
  const page = await add(notion, calendar)
  await notion.pages.update({ page_id: page.id, properties: { Location: words("Roof") } })
  const passing = await add(notion, calendar)
  await notion.pages.update({ page_id: passing.id, in_trash: true })
  await control("clock", { advance: "61s" })
  const [created] = await there.came(1)
  assert.deepEqual([created.type, created.entity.id], ["page.created", page.id])
  there.requests.length = 0
  await notion.pages.update({ page_id: page.id, properties: { Location: words("Cellar") } })
  await control("event", { do: "change", id: page.id, fields: { Description: words("Soup") } })
  await control("clock", { advance: "61s" })
  const [updated] = await there.came(1)
  assert.equal(updated.data.updated_properties.length, 2)
  assert.deepEqual(updated.authors.map(author => author.type).sort(), ["bot", "person"])
})

test("a receiver that fails is asked again and told how often", async () => {
  const { notion, calendar } = await subscribed(undefined, { events: ["page.created"] })
  there.refuse(500)
  await add(notion, calendar)
  const [first] = await there.came(1)
  there.refuse(200)
  await control("clock", { advance: "2m" })
  const second = (await there.came(2))[1]
  assert.equal(second.id, first.id)
  assert.deepEqual([first.attempt_number, second.attempt_number], [1, 2])
})

test("events come twice, or never", async () => {
  const { notion, calendar } = await subscribed({ webhooks: { copies: 2 } }, { events: ["page.created"] })
  await add(notion, calendar)
  const [one, other] = await there.came(2)
  assert.equal(one.id, other.id)
  await control("channels", { do: "drop", count: 1 })
  await add(notion, calendar)
  await control("channels", { do: "mute" })
  await add(notion, calendar)
  await control("channels", { do: "unmute" })
  const page = await add(notion, calendar)
  assert.equal((await there.came(4))[3].entity.id, page.id)
})

test("an old subscription hears of databases where a new one hears of data sources", async () => {
  const { notion, calendar, database } = await subscribed(undefined, { version: "2022-06-28" })
  await add(notion, calendar)
  const events = await there.came(2)
  const table = events.find(event => event.entity.type === "database")
  assert.deepEqual([table.type, table.entity.id, table.api_version], ["database.content_updated", database, "2022-06-28"])
})
