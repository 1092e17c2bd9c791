// How the scenarios reach the twin: Notion's own client, and the control routes.

import assert from "node:assert/strict"
import http from "node:http"

import { APIErrorCode, Client } from "@notionhq/client"

export const URL_OF_TWIN = process.env.TWIN_URL
export const NEWEST = "2026-03-11"

/** A control route of the twin. Returns what it answers. */
export async function control(route, body, method = body === undefined ? "GET" : "POST") {
  const answer = await fetch(`${URL_OF_TWIN}/_twin/${route}`, { method, body: body && JSON.stringify(body) })
  const said = await answer.json()
  assert.ok(answer.ok, JSON.stringify(said))
  return said
}

/** A client of Notion's, which repeats nothing unless it is told to. */
export function client({ auth = "twin-alice", version = NEWEST, retry = false } = {}) {
  return new Client({ auth, notionVersion: version, baseUrl: URL_OF_TWIN, retry, logLevel: "error" })
}

/** A fresh twin, a client of alice's, and her calendar. */
export async function begun(switches) {
  await control("reset", {})
  if (switches) await control("quirks", switches)
  const notion = client()
  const { calendars } = await control("state")
  const mine = name => calendars.find(one => one.owner === "alice" && one.summary === name)
  const calendar = mine("Calendar")
  return { notion, calendar: calendar.id, database: calendar.database, team: mine("Team").id }
}

export const title = content => ({ title: [{ text: { content } }] })
export const words = content => ({ rich_text: [{ text: { content } }] })
export const date = (start, end, time_zone) => ({ date: { start, end, time_zone } })

/** A row of the calendar. */
export function add(notion, calendar, properties = {}, more = {}) {
  return notion.pages.create({
    parent: { type: "data_source_id", data_source_id: calendar },
    properties: { Name: title("Lunch"), Date: date("2027-03-10"), ...properties },
    ...more,
  })
}

/** Fails unless the call is refused like that. */
export async function refused(call, status, code, words = /./) {
  const error = await call.then(() => assert.fail("it was not refused"), error => error)
  assert.deepEqual([error.status, error.code], [status, code], error.message)
  assert.match(error.message, words)
  assert.match(error.request_id ?? "", /^[0-9a-f-]{36}$/)
  return error
}

export const plain = pieces => pieces.map(piece => piece.plain_text).join("")

/** A receiver of webhooks: what it was sent, as it came. */
export async function receiver() {
  const requests = []
  let answer = 200
  const server = http.createServer((request, response) => {
    let body = ""
    request.on("data", part => (body += part))
    request.on("end", () => {
      requests.push({ headers: request.headers, body })
      response.writeHead(answer).end()
    })
  })
  await new Promise(ready => server.listen(0, "127.0.0.1", ready))
  return {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    requests,
    refuse: status => (answer = status),
    close: () => new Promise(done => server.close(done)),
    /** Waits until so many requests came. */
    async came(count) {
      for (let left = 250; requests.length < count && left > 0; left--) await new Promise(go => setTimeout(go, 20))
      assert.equal(requests.length, count)
      return requests.map(request => JSON.parse(request.body))
    },
  }
}

export { APIErrorCode, assert }
