// Signing in: consent, codes, pairs of tokens, their end; who one is.

import { test } from "node:test"

import { add, assert, begun, client, control, refused, URL_OF_TWIN } from "../twin.js"

const APP = { client_id: "twin-client", client_secret: "twin-secret" }
const BACK = "http://app.test/back"

async function code(more = {}) {
  const asked = new URLSearchParams({ client_id: "twin-client", redirect_uri: BACK, response_type: "code", owner: "user", state: "s1", auto: "1", ...more })
  const answer = await fetch(`${URL_OF_TWIN}/v1/oauth/authorize?${asked}`, { redirect: "manual" })
  return new URL(answer.headers.get("location")).searchParams
}

async function pair(more) {
  const back = await code(more)
  return client().oauth.token({ ...APP, grant_type: "authorization_code", code: back.get("code"), redirect_uri: BACK })
}

/** OAuth's errors are not of the API's form, and the client knows no name for them. */
async function denied(call, status, error) {
  const thrown = await call.then(() => assert.fail("it was not refused"), error => error)
  assert.equal(thrown.status, status)
  assert.equal(JSON.parse(thrown.body).error, error)
}

test("a person allows it and the code becomes a pair without an end", async () => {
  await begun()
  const back = await code()
  assert.equal(back.get("state"), "s1")
  const tokens = await client().oauth.token({ ...APP, grant_type: "authorization_code", code: back.get("code"), redirect_uri: BACK })
  assert.match(tokens.access_token, /^ntn_/)
  assert.match(tokens.refresh_token, /^nrt_/)
  assert.equal(tokens.token_type, "bearer")
  assert.equal("expires_in" in tokens, false)
  assert.equal(tokens.owner.user.person.email, "alice@twin.test")
  const me = await client({ auth: tokens.access_token }).users.me({})
  assert.deepEqual([me.id, me.type, me.bot.owner.type], [tokens.bot_id, "bot", "user"])
})

test("a person says no", async () => {
  await begun()
  assert.equal((await code({ deny: "1" })).get("error"), "access_denied")
})

test("a code is good once, for its client and its address", async () => {
  await begun()
  const back = await code()
  const asked = { ...APP, grant_type: "authorization_code", code: back.get("code"), redirect_uri: BACK }
  await denied(client().oauth.token({ ...asked, client_secret: "guess" }), 401, "invalid_client")
  await client().oauth.token(asked)
  await denied(client().oauth.token(asked), 400, "invalid_grant")
  const other = await code()
  await denied(client().oauth.token({ ...asked, code: other.get("code"), redirect_uri: "http://other.test/" }), 400, "invalid_grant")
})

test("a refresh changes both tokens and the old ones are dead", async () => {
  await begun()
  const first = await pair()
  const again = { ...APP, grant_type: "refresh_token", refresh_token: first.refresh_token }
  const second = await client().oauth.token(again)
  assert.notEqual(second.access_token, first.access_token)
  assert.notEqual(second.refresh_token, first.refresh_token)
  assert.equal(second.bot_id, first.bot_id)
  await refused(client({ auth: first.access_token }).users.me({}), 401, "unauthorized", /API token is invalid/)
  await denied(client().oauth.token(again), 400, "invalid_grant")
  await client({ auth: second.access_token }).users.me({})
})

test("old connections have no refresh token", async () => {
  await begun({ refreshTokens: false })
  assert.equal((await pair()).refresh_token, null)
})

test("tokens are looked into and revoked", async () => {
  await begun()
  const { access_token: token } = await pair()
  assert.equal((await client().oauth.introspect({ ...APP, token })).active, true)
  await client().oauth.revoke({ ...APP, token })
  assert.equal((await client().oauth.introspect({ ...APP, token })).active, false)
  await refused(client({ auth: token }).users.me({}), 401, "unauthorized")
})

test("who allows it again picks again, and the connection is the same", async () => {
  const { calendar, team } = await begun()
  const first = await pair({ pick: "Calendar" })
  const notion = client({ auth: first.access_token })
  await notion.dataSources.retrieve({ data_source_id: calendar })
  await refused(notion.dataSources.retrieve({ data_source_id: team }), 404, "object_not_found")
  const second = await pair({ pick: "Team" })
  assert.equal(second.bot_id, first.bot_id)
  await refused(notion.dataSources.retrieve({ data_source_id: calendar }), 404, "object_not_found")
  await notion.dataSources.retrieve({ data_source_id: team })
})

test("internal tokens belong to the workspace, and a wrong one to nobody", async () => {
  await begun()
  const me = await client().users.me({})
  assert.equal(me.bot.owner.type, "workspace")
  assert.equal(me.bot.workspace_name, "Twin workspace")
  await refused(client({ auth: "ntn_guess" }).users.me({}), 401, "unauthorized")
  await control("tokens", { do: "revoke", user: "alice" })
  await refused(client().users.me({}), 401, "unauthorized")
  await client({ auth: "twin-bob" }).users.me({})
  await control("tokens", { do: "restore" })
  await client().users.me({})
})

test("people are known as far as the capability goes", async () => {
  const { notion } = await begun()
  const people = async () => (await notion.users.list({})).results.filter(user => user.type === "person")
  assert.deepEqual((await people()).map(user => user.person.email), ["alice@twin.test", "bob@twin.test"])
  await control("connection", { users: "names" })
  assert.deepEqual((await people()).map(user => user.person), [{}, {}])
  await control("connection", { users: "nothing" })
  await refused(notion.users.list({}), 403, "restricted_resource")
})

test("what a connection may not do is 403", async () => {
  const { notion, calendar } = await begun()
  const page = await add(notion, calendar)
  await control("connection", { insert: false })
  await refused(add(notion, calendar), 403, "restricted_resource")
  await control("connection", { update: false })
  await refused(notion.pages.update({ page_id: page.id, in_trash: true }), 403, "restricted_resource")
  await control("connection", { read: false })
  await refused(notion.pages.retrieve({ page_id: page.id }), 403, "restricted_resource")
})
