// Queries: filters, order, pages, the limit that looks like an end, and what is late.

import { test } from "node:test"

import { collectPaginatedAPI } from "@notionhq/client"

import { add, assert, begun, control, date, plain, refused, title, words } from "../twin.js"

async function filled(notion, calendar, days) {
  const pages = []
  for (const day of days) pages.push(await add(notion, calendar, { Name: title(`day ${day}`), Date: date(`2027-03-${String(day).padStart(2, "0")}`) }))
  return pages
}

const names = results => results.map(page => plain(page.properties.Name.title))

test("rows come in pages, each once, in the order that was asked for", async () => {
  const { notion, calendar } = await begun()
  await filled(notion, calendar, [3, 1, 2, 5, 4])
  const asked = { data_source_id: calendar, sorts: [{ property: "Date", direction: "descending" }], page_size: 2 }
  assert.deepEqual(names(await collectPaginatedAPI(notion.dataSources.query, asked)), ["day 5", "day 4", "day 3", "day 2", "day 1"])
  const first = await notion.dataSources.query(asked)
  assert.deepEqual([first.object, first.type, first.has_more, first.results.length], ["list", "page_or_data_source", true, 2])
})

test("a filter on a date looks at its start", async () => {
  const { notion, calendar } = await begun()
  await filled(notion, calendar, [1, 2, 3])
  await add(notion, calendar, { Name: title("long"), Date: date("2027-03-01", "2027-03-09") })
  const fits = async condition => names((await notion.dataSources.query({
    data_source_id: calendar, filter: { property: "Date", date: condition },
  })).results).sort()
  assert.deepEqual(await fits({ on_or_after: "2027-03-02" }), ["day 2", "day 3"])
  assert.deepEqual(await fits({ before: "2027-03-02" }), ["day 1", "long"])
  assert.deepEqual(await fits({ equals: "2027-03-03" }), ["day 3"])
  assert.deepEqual(await fits({ after: "2027-03-02T12:00:00Z" }), ["day 3"])
})

test("conditions on texts, options, people and emptiness, joined two levels deep", async () => {
  const { notion, calendar } = await begun()
  await add(notion, calendar, { Name: title("Yoga"), Location: words("Roof"), Tags: { multi_select: [{ name: "a" }] } })
  await add(notion, calendar, { Name: title("Lunch"), Status: { status: { name: "Done" } } })
  const fits = async filter => names((await notion.dataSources.query({ data_source_id: calendar, filter })).results)
  assert.deepEqual(await fits({ property: "title", title: { starts_with: "yo" } }), ["Yoga"])
  assert.deepEqual(await fits({ property: "Location", rich_text: { is_empty: true } }), ["Lunch"])
  assert.deepEqual(await fits({ property: "Tags", multi_select: { contains: "a" } }), ["Yoga"])
  assert.deepEqual(await fits({ property: "Status", status: { equals: ["Done", "In progress"] } }), ["Lunch"])
  assert.deepEqual(await fits({ property: "Guests", people: { contains: "me" } }), [])
  const either = { or: [{ property: "Name", title: { equals: "Yoga" } }, { property: "Name", title: { equals: "Tea" } }] }
  assert.deepEqual(await fits({ and: [either, { timestamp: "created_time", created_time: { on_or_after: "yesterday" } }] }), ["Yoga"])
  await refused(fits({ and: [{ or: [{ and: [] }] }] }), 400, "validation_error")
  await refused(fits({ property: "Date", select: { equals: "x" } }), 400, "validation_error", /does not match filter/)
  await refused(fits({ property: "Nothing", date: { equals: "2027-03-01" } }), 400, "validation_error", /Could not find property/)
})

test("only the properties that are named come, by their ids", async () => {
  const { notion, calendar } = await begun()
  await filled(notion, calendar, [1])
  const { properties } = await notion.dataSources.retrieve({ data_source_id: calendar })
  const { results } = await notion.dataSources.query({ data_source_id: calendar, filter_properties: ["title", properties.Date.id] })
  assert.deepEqual(Object.keys(results[0].properties).sort(), ["Date", "Name"])
})

test("pages of a hundred and no more, and cursors for what they were given for", async () => {
  const { notion, calendar, team } = await begun()
  await filled(notion, calendar, [1, 2, 3])
  const asked = { data_source_id: calendar, page_size: 1 }
  await refused(notion.dataSources.query({ ...asked, page_size: 101 }), 400, "validation_error", /≤ `100`/)
  const { next_cursor: start_cursor } = await notion.dataSources.query(asked)
  await notion.dataSources.query({ ...asked, start_cursor })
  await refused(notion.dataSources.query({ ...asked, start_cursor: "guess" }), 400, "validation_error", /start_cursor/)
  await refused(notion.dataSources.query({ data_source_id: team, start_cursor }), 400, "validation_error", /start_cursor/)
  await control("expire-sync", {})
  await refused(notion.dataSources.query({ ...asked, start_cursor }), 400, "validation_error", /start_cursor/)
})

test("the limit of a query looks like its end, but for one field", async () => {
  const { notion, calendar } = await begun({ queryLimit: 3 })
  await filled(notion, calendar, [1, 2, 3, 4])
  const first = await notion.dataSources.query({ data_source_id: calendar, page_size: 2 })
  assert.equal("request_status" in first, false)
  const last = await notion.dataSources.query({ data_source_id: calendar, page_size: 2, start_cursor: first.next_cursor })
  assert.deepEqual([last.results.length, last.has_more, last.next_cursor], [1, false, null])
  assert.deepEqual(last.request_status, { type: "incomplete", incomplete_reason: "query_result_limit_reached" })
})

test("edits of one minute are alike, whichever came first", async () => {
  const { notion, calendar } = await begun()
  const now = new Date((await control("clock")).now)
  await control("clock", { advance: `${60 - now.getUTCSeconds()}s` })
  const [page] = await filled(notion, calendar, [1])
  const since = (word, minute) => notion.dataSources.query({
    data_source_id: calendar, filter: { timestamp: "last_edited_time", last_edited_time: { [word]: minute } },
  }).then(list => list.results.length)
  const minute = page.last_edited_time
  assert.deepEqual([await since("after", minute), await since("on_or_after", minute)], [0, 1])
  await control("clock", { advance: "30s" })
  await control("event", { do: "change", id: page.id, fields: { Location: words("later") } })
  assert.deepEqual([await since("after", minute), await since("on_or_after", minute)], [0, 1])
})

test("queries and search lag behind where they are told to, a page does not", async () => {
  const { notion, calendar } = await begun({ lagMs: 60_000 })
  const [page] = await filled(notion, calendar, [1])
  const rows = async () => (await notion.dataSources.query({ data_source_id: calendar })).results.length
  assert.equal(await rows(), 0)
  assert.equal((await notion.pages.retrieve({ page_id: page.id })).id, page.id)
  await control("clock", { advance: "61s" })
  assert.equal(await rows(), 1)
})

test("a table in the trash is gone for queries and comes back whole", async () => {
  const { notion, calendar, database } = await begun()
  const [page] = await filled(notion, calendar, [1])
  await notion.databases.update({ database_id: database, in_trash: true })
  await refused(notion.dataSources.query({ data_source_id: calendar }), 404, "object_not_found")
  await refused(notion.pages.update({ page_id: page.id, properties: { Name: title("x") } }), 400, "validation_error", /archived ancestor/)
  await notion.databases.update({ database_id: database, in_trash: false })
  assert.equal((await notion.dataSources.query({ data_source_id: calendar })).results.length, 1)
})
