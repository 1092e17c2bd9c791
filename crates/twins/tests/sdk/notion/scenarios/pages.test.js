// Pages: made, read, changed, thrown away, taken back, moved; what their cells take and what they give.

import { test } from "node:test"

import { add, assert, begun, client, control, date, plain, refused, title, words } from "../twin.js"

const update = (notion, page, more) => notion.pages.update({ page_id: page.id, ...more })

test("a row is made, read, changed and read again", async () => {
  const { notion, calendar, database } = await begun()
  const page = await add(notion, calendar, { Description: words("Soup"), Location: words("Roof") })
  assert.deepEqual(page.parent, { type: "data_source_id", data_source_id: calendar, database_id: database })
  const changed = await update(notion, page, { properties: { Location: words("Cellar") } })
  assert.equal(plain(changed.properties.Location.rich_text), "Cellar")
  const read = await notion.pages.retrieve({ page_id: page.id.replaceAll("-", "") })
  assert.equal(plain(read.properties.Description.rich_text), "Soup")
  assert.deepEqual(read.properties, changed.properties)
})

test("times are told to the minute before", async () => {
  const { notion, calendar } = await begun()
  const page = await add(notion, calendar)
  assert.match(page.created_time, /:00\.000Z$/)
  await control("clock", { advance: "61s" })
  const later = await update(notion, page, { properties: { Location: words("x") } })
  assert.ok(later.last_edited_time > page.last_edited_time)
  assert.match(later.last_edited_time, /:00\.000Z$/)
})

test("dates lose the name of their zone and keep its offset", async () => {
  const { notion, calendar } = await begun()
  const when = async value => (await add(notion, calendar, { Date: value })).properties.Date.date
  assert.deepEqual(await when(date("2027-03-10")), { start: "2027-03-10", end: null, time_zone: null })
  assert.deepEqual(await when(date("2027-07-10T10:00:00", "2027-07-10T11:00:00", "Europe/Berlin")),
    { start: "2027-07-10T10:00:00.000+02:00", end: "2027-07-10T11:00:00.000+02:00", time_zone: null })
  assert.equal((await when(date("2027-07-10T10:00:00"))).start, "2027-07-10T10:00:00.000+00:00")
  assert.equal((await when(date("2027-07-10T10:00:59-04:00"))).start, "2027-07-10T10:00:00.000-04:00")
  const page = await add(notion, calendar, { Date: { date: null } })
  assert.equal(page.properties.Date.date, null)
})

test("dates that cannot be are refused", async () => {
  const { notion, calendar } = await begun()
  for (const wrong of [
    date("2027-07-10T10:00:00+02:00", undefined, "Europe/Berlin"),
    date("2027-07-10", undefined, "Europe/Berlin"),
    date("2027-07-10T10:00:00", undefined, "Mars/Olympus"),
    date("2027-07-10", "2027-07-10T11:00:00"),
    date("2027-07-10", "2027-07-09"),
    date("soon"),
  ]) await refused(add(notion, calendar, { Date: wrong }), 400, "validation_error")
  const zero = await add(notion, calendar, { Date: date("2027-07-10T10:00:00Z", "2027-07-10T10:00:00Z") })
  assert.equal(zero.properties.Date.date.end, zero.properties.Date.date.start)
})

test("2000 characters a piece and 100 pieces a text, counted as UTF-16 does", async () => {
  const { notion, calendar } = await begun()
  const text = (content, pieces = 1) => ({ Description: { rich_text: Array(pieces).fill({ text: { content } }) } })
  await add(notion, calendar, text("x".repeat(2000), 100))
  await refused(add(notion, calendar, text("x".repeat(2001))), 400, "validation_error",
    /body\.properties\.Description\.rich_text\[0\]\.text\.content\.length should be ≤ `2000`, instead was `2001`/)
  await refused(add(notion, calendar, text("👋".repeat(1001))), 400, "validation_error", /instead was `2002`/)
  await refused(add(notion, calendar, text("x", 101)), 400, "validation_error", /instead was `101`/)
})

test("text keeps its looks, its links, its mentions and its equations", async () => {
  const { notion, calendar } = await begun()
  const { results } = await notion.users.list({})
  const alice = results.find(user => user.name === "Alice")
  const page = await add(notion, calendar, { Description: { rich_text: [
    { text: { content: "bold", link: { url: "https://there.test/" } }, annotations: { bold: true } },
    { text: { content: "" } },
    { mention: { user: { id: alice.id } } },
    { equation: { expression: "x^2" } },
  ] } })
  const pieces = page.properties.Description.rich_text
  assert.deepEqual(pieces.map(piece => piece.plain_text), ["bold", "@Alice", "x^2"])
  assert.deepEqual([pieces[0].annotations.bold, pieces[0].href], [true, "https://there.test/"])
})

test("an unknown select is made, an unknown status refused, a comma too", async () => {
  const { notion, calendar } = await begun()
  const tags = names => ({ Tags: { multi_select: names.map(name => ({ name })) } })
  const page = await add(notion, calendar, tags(["New", "New too"]))
  assert.deepEqual(page.properties.Tags.multi_select.map(tag => tag.name), ["New", "New too"])
  const { properties } = await notion.dataSources.retrieve({ data_source_id: calendar })
  assert.equal(properties.Tags.multi_select.options.length, 2)
  await refused(add(notion, calendar, tags(["one, two"])), 400, "validation_error", /commas/)
  const status = name => ({ Status: { status: name && { name } } })
  assert.equal(page.properties.Status.status.name, "Not started", "what has none has the first")
  assert.equal((await update(notion, page, { properties: status("Done") })).properties.Status.status.name, "Done")
  await refused(update(notion, page, { properties: status("Perhaps") }), 400, "validation_error", /does not exist/)
  assert.equal((await update(notion, page, { properties: status(null) })).properties.Status.status.name, "Not started")
})

test("a refused write leaves nothing, not even an option", async () => {
  const { notion, calendar } = await begun()
  const wrong = { Tags: { multi_select: [{ name: "Half" }] }, Zebra: words("x") }
  await refused(add(notion, calendar, wrong), 400, "validation_error", /Zebra is not a property that exists/)
  const { properties } = await notion.dataSources.retrieve({ data_source_id: calendar })
  assert.deepEqual(properties.Tags.multi_select.options, [])
  assert.deepEqual((await notion.dataSources.query({ data_source_id: calendar })).results, [])
})

test("cells take their own kind only, and what Notion computes takes nothing", async () => {
  const { notion, calendar } = await begun()
  await notion.dataSources.update({ data_source_id: calendar, properties: {
    Link: { url: {} }, Mail: { email: {} }, Count: { number: {} }, Ready: { checkbox: {} }, Made: { created_time: {} },
    Number: { unique_id: { prefix: "EV" } }, Echo: { formula: { expression: 'prop("Name")' } },
  } })
  const page = await add(notion, calendar, {
    Link: { url: "https://there.test/" }, Mail: { email: null }, Count: { number: 3 }, Ready: { checkbox: true },
  })
  const { Link, Count, Ready, Made, Number, Echo } = page.properties
  assert.deepEqual([Link.url, Count.number, Ready.checkbox], ["https://there.test/", 3, true])
  assert.equal(Made.created_time, page.created_time)
  assert.deepEqual(Number.unique_id, { prefix: "EV", number: 1 })
  assert.equal(Echo.formula.string, "Lunch")
  const wrong = (properties, words) => refused(update(notion, page, { properties }), 400, "validation_error", words)
  await wrong({ Link: { url: "" } }, /populated string or `null`/)
  await wrong({ Mail: { email: "x".repeat(201) } }, /≤ `200`/)
  await wrong({ Count: { number: "3" } }, /a number/)
  await wrong({ Ready: { checkbox: "yes" } }, /a boolean/)
  await wrong({ Count: words("three") }, /Count is expected to be number/)
  await wrong({ Made: { created_time: "2027-01-01T00:00:00Z" } }, /cannot be updated/)
  await wrong({ Echo: { formula: {} } }, /cannot be updated/)
})

test("people are members of the workspace, by their ids", async () => {
  const { notion, calendar } = await begun()
  const { results } = await notion.users.list({})
  const bob = results.find(user => user.name === "Bob")
  const page = await add(notion, calendar, { Guests: { people: [{ id: bob.id }] } })
  assert.equal(page.properties.Guests.people[0].person.email, "bob@twin.test")
  const stranger = "00000000-0000-4000-8000-000000000000"
  await refused(add(notion, calendar, { Guests: { people: [{ id: stranger }] } }), 400, "validation_error")
  await refused(add(notion, calendar, { Guests: { people: [{ id: "bob@twin.test" }] } }), 400, "validation_error")
})

test("long cells are cut at 25 in a page and read whole in pieces", async () => {
  const { notion, calendar } = await begun()
  const { properties } = await notion.dataSources.update({ data_source_id: calendar, properties: {
    Before: { relation: { data_source_id: calendar, single_property: {} } },
  } })
  const ids = []
  for (let n = 0; n < 27; n++) ids.push({ id: (await add(notion, calendar)).id })
  const page = await add(notion, calendar, { Before: { relation: ids } })
  assert.equal(page.properties.Before.relation.length, 25)
  assert.equal(page.properties.Before.has_more, true)
  const property_id = properties.Before.id
  const first = await notion.pages.properties.retrieve({ page_id: page.id, property_id, page_size: 20 })
  assert.deepEqual([first.object, first.results.length, first.has_more], ["list", 20, true])
  const rest = await notion.pages.properties.retrieve({ page_id: page.id, property_id, start_cursor: first.next_cursor })
  assert.deepEqual([rest.results.length, rest.has_more], [7, false])
  const status = await notion.pages.properties.retrieve({ page_id: page.id, property_id: "Status" })
  assert.equal(status.status.name, "Not started")
})

test("the trash hides a row, refuses edits, and gives it back", async () => {
  const { notion, calendar } = await begun()
  const page = await add(notion, calendar)
  assert.equal((await update(notion, page, { in_trash: true })).in_trash, true)
  assert.deepEqual((await notion.dataSources.query({ data_source_id: calendar })).results, [])
  assert.equal((await notion.pages.retrieve({ page_id: page.id })).in_trash, true)
  await refused(update(notion, page, { properties: { Name: title("x") } }), 400, "validation_error", /archived/)
  assert.equal((await update(notion, page, { in_trash: false })).in_trash, false)
  assert.equal((await notion.dataSources.query({ data_source_id: calendar })).results.length, 1)
  await update(notion, page, { in_trash: true })
  await control("clock", { advance: "31d" })
  await refused(notion.pages.retrieve({ page_id: page.id }), 404, "object_not_found")
})

test("the word archived does nothing in the newest version, and deletes in the older ones", async () => {
  const { notion, calendar } = await begun()
  const page = await add(notion, calendar)
  const say = (who, body) => who.request({ method: "patch", path: `pages/${page.id}`, body })
  assert.equal((await say(notion, { archived: true })).in_trash, false)
  assert.equal((await say(client({ version: "2025-09-03" }), { archived: true })).archived, true)
  assert.equal((await notion.pages.retrieve({ page_id: page.id })).in_trash, true)
})

test("put away, moved, unshared and gone are four things", async () => {
  const { notion, calendar, team } = await begun()
  const page = await add(notion, calendar)
  const rows = async more => (await notion.request({ method: "post", path: `data_sources/${calendar}/query`, body: { ...more } })).results.length
  await control("event", { do: "archive", id: page.id })
  assert.deepEqual([await rows(), await rows({ is_archived: true })], [0, 1])
  const read = () => notion.pages.retrieve({ page_id: page.id })
  assert.deepEqual([(await read()).is_archived, (await read()).in_trash], [true, false])
  await control("event", { do: "unarchive", id: page.id })
  await control("event", { do: "move", id: page.id, destination: "Team" })
  assert.equal(await rows(), 0)
  assert.equal((await read()).parent.data_source_id, team)
  await control("access", { id: page.id, role: "none" })
  await refused(read(), 404, "object_not_found")
  await control("access", { id: page.id, role: "editor" })
  await control("event", { do: "purge", id: page.id })
  await refused(read(), 404, "object_not_found")
})

test("a page is moved by the API, with the cells that fit", async () => {
  const { notion, calendar, team } = await begun()
  const page = await add(notion, calendar, { Location: words("Roof"), Tags: { multi_select: [{ name: "Only here" }] } })
  const moved = await notion.pages.move({ page_id: page.id, parent: { data_source_id: team } })
  assert.equal(moved.parent.data_source_id, team)
  assert.equal(plain(moved.properties.Location.rich_text), "Roof")
  assert.deepEqual(moved.properties.Tags.multi_select, [])
})

test("a person's duplicate has every property of the other, keys included", async () => {
  const { notion, calendar } = await begun()
  const page = await add(notion, calendar, { Description: words("key-1") })
  const copy = await control("event", { do: "copy", id: page.id })
  assert.notEqual(copy.id, page.id)
  const asked = { property: "Description", rich_text: { equals: "key-1" } }
  const found = await notion.dataSources.query({ data_source_id: calendar, filter: asked })
  assert.equal(found.results.length, 2)
})

test("a body is written with its page, read in order, added to, and told as text", async () => {
  const { notion, calendar } = await begun()
  const paragraph = content => ({ type: "paragraph", paragraph: words(content) })
  const page = await add(notion, calendar, {}, { children: [paragraph("one"), { type: "to_do", to_do: { ...words("two"), checked: true } }] })
  const list = () => notion.blocks.children.list({ block_id: page.id })
  const [first] = (await list()).results
  await notion.blocks.children.append({ block_id: page.id, children: [paragraph("between")], position: { type: "after_block", after_block: { id: first.id } } })
  assert.equal((await notion.pages.retrieveMarkdown({ page_id: page.id })).markdown, "one\nbetween\n- [x] two")
  await notion.blocks.update({ block_id: first.id, paragraph: words("ONE") })
  await notion.blocks.delete({ block_id: (await list()).results[1].id })
  assert.deepEqual((await list()).results.map(block => plain(block[block.type].rich_text)), ["ONE", "two"])
  await refused(add(notion, calendar, {}, { children: Array(101).fill(paragraph("x")) }), 400, "validation_error", /≤ `100`/)
})

test("an edit of the body may not move the time", async () => {
  const { notion, calendar } = await begun({ bodyEditsUnseen: true })
  const page = await add(notion, calendar)
  await control("clock", { advance: "5m" })
  await notion.blocks.children.append({ block_id: page.id, children: [{ paragraph: words("late") }] })
  assert.equal((await notion.pages.retrieve({ page_id: page.id })).last_edited_time, page.last_edited_time)
})

test("a body is half a megabyte at most", async () => {
  const { notion, calendar } = await begun()
  const long = { rich_text: Array(100).fill({ text: { content: "ä".repeat(2000) } }) }
  await add(notion, calendar, { Description: long })
  await refused(add(notion, calendar, { Description: long, Location: long }), 400, "validation_error", /body\.length/)
})
