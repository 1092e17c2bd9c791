"""Batches, limits and faults, as the client meets them."""

import asyncio

from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem

from twin import Scenario, control, timed


class Batches(Scenario):
    async def send(self, *parts):
        """Sends calls as one batch. What waits for what is not tried: this client tells it in a field that Graph does not know."""
        content = BatchRequestContent()
        for id, information in enumerate(parts, 1):
            item = BatchRequestItem(information, str(id))
            item.set_url(information.url.split("/v1.0", 1)[-1])
            content.add_request(str(id), item)
        return (await self.alice.batch.post(content)).responses

    async def test_each_part_has_its_own_answer(self):
        made = self.me.events.to_post_request_information(timed())
        lost = self.event("nonsense").to_get_request_information()
        answers = await self.send(made, lost)
        self.assertEqual({id: one.status for id, one in answers.items()}, {"1": 201, "2": 400})
        self.assertEqual(len((await self.me.events.get()).value), 1)

    async def test_one_part_is_throttled_alone(self):
        control("faults", {"kind": "status", "status": 429, "retryAfter": 7, "match": {"path": "/me/calendars"}})
        fine, struck = self.me.calendar, self.me.calendars
        answers = await self.send(fine.to_get_request_information(), struck.to_get_request_information())
        self.assertEqual({id: one.status for id, one in answers.items()}, {"1": 200, "2": 429})
        self.assertEqual(answers["2"].headers["Retry-After"], "7")

    async def test_twenty_are_the_most(self):
        fine = self.me.calendar.to_get_request_information()
        answers = await self.send(*[fine] * 20)
        self.assertEqual({one.status for one in answers.values()}, {200})


class Limits(Scenario):
    async def test_four_at_a_time_and_the_client_waits_and_comes_again(self):
        control("quirks", {"load": {"callMs": 500}})
        events = await asyncio.gather(*[self.me.events.get() for _ in range(6)])
        self.assertEqual(len(events), 6)
        statuses = [call["status"] for call in self.log()]
        self.assertIn(429, statuses)
        self.assertEqual(statuses.count(200), 6)

    async def test_the_client_comes_again_after_503(self):
        control("faults", {"kind": "status", "status": 503, "reason": "ErrorServerBusy", "retryAfter": 1, "count": 1})
        self.assertEqual((await self.me.calendar.get()).name, "Calendar")
        self.assertEqual([call["status"] for call in self.log()], [503, 200])

    async def test_a_refusal_has_a_code_and_an_id(self):
        control("faults", {"kind": "status", "status": 403, "reason": "ErrorAccessDenied", "count": 1})
        error = await self.refused(self.me.calendar.get(), 403, "ErrorAccessDenied")
        self.assertTrue(error.inner_error.request_id and error.inner_error.date)

    async def test_a_write_whose_answer_is_lost_has_happened(self):
        control("faults", {"kind": "drop_after", "match": {"method": "POST"}, "count": 1})
        body = timed(transaction_id="t-1")
        with self.assertRaises(Exception):
            await self.me.events.post(body)
        made = await self.me.events.post(body)
        self.assertEqual([one.id for one in (await self.me.events.get()).value], [made.id])
