// Databases, data sources, their columns, and how they are found.

import { test } from "node:test"

import { add, assert, begun, client, control, refused, title, words } from "../twin.js"

test("search finds the tables that are shared", async () => {
  const { notion, calendar } = await begun()
  const asked = { filter: { property: "object", value: "data_source" }, sort: { timestamp: "last_edited_time", direction: "descending" }, page_size: 100 }
  const found = await notion.search(asked)
  assert.deepEqual(found.results.map(one => one.title[0].plain_text).sort(), ["Calendar", "Team"])
  assert.equal(found.results.find(one => one.id === calendar).properties.Date.type, "date")
  const bobs = await client({ auth: "twin-bob" }).search(asked)
  assert.equal(bobs.results.some(one => one.id === calendar), false)
  await control("quirks", { searchMisses: true })
  assert.deepEqual((await notion.search(asked)).results, [], "only what was shared itself")
})

test("a database names its data sources, and their ids are not its own", async () => {
  const { notion, calendar, database } = await begun()
  const held = await notion.databases.retrieve({ database_id: database.replaceAll("-", "") })
  assert.deepEqual(held.data_sources, [{ id: calendar, name: "Calendar" }])
  assert.equal(held.parent.type, "page_id")
  const source = await notion.dataSources.retrieve({ data_source_id: calendar })
  assert.deepEqual(source.parent, { type: "database_id", database_id: database })
  assert.equal(source.properties.Name.id, "title")
  await refused(notion.databases.retrieve({ database_id: calendar }), 404, "object_not_found", /shared with your integration/)
  await refused(notion.dataSources.retrieve({ data_source_id: database }), 404, "object_not_found")
  await refused(notion.databases.retrieve({ database_id: "calendar" }), 400, "validation_error", /valid uuid/)
})

async function made(notion, properties) {
  const { results } = await notion.search({ filter: { property: "object", value: "page" } })
  return notion.databases.create({
    parent: { type: "page_id", page_id: results[0].id },
    title: title("Bookings").title,
    initial_data_source: { properties },
  })
}

test("a database is made with its columns", async () => {
  const { notion } = await begun()
  const database = await made(notion, { What: { title: {} }, When: { date: {} }, Kind: { select: { options: [{ name: "Class" }] } } })
  const source = await notion.dataSources.retrieve({ data_source_id: database.data_sources[0].id })
  assert.deepEqual(Object.keys(source.properties).sort(), ["Kind", "What", "When"])
  assert.equal(source.properties.Kind.select.options[0].name, "Class")
  await refused(made(notion, { When: { date: {} } }), 400, "validation_error", /title/i)
})

test("writes to a fresh database may be in conflict for a while", async () => {
  const { notion } = await begun({ freshDatabaseMs: 60_000 })
  const database = await made(notion, { Name: { title: {} }, Date: { date: {} } })
  const source = database.data_sources[0].id
  await refused(add(notion, source), 409, "conflict_error")
  await control("clock", { advance: "61s" })
  await add(notion, source)
})

test("columns are added, renamed, changed and removed, and keep their ids", async () => {
  const { notion, calendar } = await begun()
  const change = properties => notion.dataSources.update({ data_source_id: calendar, properties })
  let { properties } = await change({ "Sync ID": { rich_text: {} } })
  const { id } = properties["Sync ID"]
  properties = (await change({ [id]: { name: "Key" } })).properties
  assert.equal(properties.Key.id, id)
  properties = (await change({ Key: { url: {} } })).properties
  assert.deepEqual([properties.Key.id, properties.Key.type], [id, "url"])
  properties = (await change({ Key: null })).properties
  assert.equal("Key" in properties, false)
  await refused(change({ Name: null }), 400, "validation_error", /title/)
  await refused(change({ Nothing: null }), 400, "validation_error", /not a property that exists/)
})

test("a column that a person renames is still there by its id", async () => {
  const { notion, calendar } = await begun()
  const { properties } = await notion.dataSources.retrieve({ data_source_id: calendar })
  await control("property", { do: "rename", name: "Location", to: "Room" })
  await refused(add(notion, calendar, { Location: words("Roof") }), 400, "validation_error", /Location is not a property that exists/)
  const page = await add(notion, calendar, { [properties.Location.id]: words("Roof") })
  assert.equal(page.properties.Room.rich_text[0].plain_text, "Roof")
})

test("a second data source breaks every client of the old version, and no other", async () => {
  const { notion, database } = await begun()
  const old = client({ version: "2022-06-28" })
  const query = () => old.request({ method: "post", path: `databases/${database}/query`, body: {} })
  const create = () => old.pages.create({ parent: { database_id: database }, properties: { Name: title("Old") } })
  assert.equal((await create()).parent.database_id, database)
  assert.equal((await query()).results.length, 1)
  await control("calendar", { do: "addSource", title: "More" })
  for (const call of [query, create]) {
    const error = await refused(call(), 400, "validation_error", /multiple data sources/)
    assert.equal(error.additional_data.minimum_api_version, "2025-09-03")
  }
  assert.equal((await notion.databases.retrieve({ database_id: database })).data_sources.length, 2)
})

test("versions have their own words", async () => {
  const { notion, calendar, database } = await begun()
  const [old, middle] = ["2022-06-28", "2025-09-03"].map(version => client({ version }))
  assert.equal((await old.databases.retrieve({ database_id: database })).properties.Date.type, "date")
  await refused(old.dataSources.retrieve({ data_source_id: calendar }), 400, "invalid_request_url")
  assert.equal((await middle.dataSources.retrieve({ data_source_id: calendar })).archived, false)
  assert.equal("archived" in (await notion.dataSources.retrieve({ data_source_id: calendar })), false)
  const found = await old.request({ method: "post", path: "search", body: { filter: { property: "object", value: "database" } } })
  assert.equal(found.results[0].object, "database")
  await refused(client({ version: "2019-01-01" }).users.me({}), 400, "validation_error", /Notion-Version/)
})

test("what is not shared any more is as if it had never been", async () => {
  const { notion, calendar, database } = await begun()
  const page = await add(notion, calendar)
  await control("access", { calendar: "Calendar", user: "alice", role: "none" })
  await refused(notion.databases.retrieve({ database_id: database }), 404, "object_not_found")
  await refused(notion.pages.retrieve({ page_id: page.id }), 404, "object_not_found")
  await refused(notion.dataSources.query({ data_source_id: calendar }), 404, "object_not_found")
  await control("access", { calendar: "Calendar", user: "alice", role: "editor" })
  assert.equal((await notion.pages.retrieve({ page_id: page.id })).id, page.id)
})

test("status options by the API land in the first group, and groups are refused", async () => {
  const { notion, calendar } = await begun()
  const change = status => notion.dataSources.update({ data_source_id: calendar, properties: { Status: { status } } })
  const { properties } = await change({ options: [{ name: "Waiting" }] })
  const { options, groups } = properties.Status.status
  const waiting = options.find(option => option.name === "Waiting")
  assert.equal(options.length, 4)
  assert.ok(groups[0].option_ids.includes(waiting.id))
  await refused(change({ options: [{ name: "X" }], groups: [] }), 400, "validation_error", /groups/)
})
