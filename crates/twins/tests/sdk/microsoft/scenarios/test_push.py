"""Change notifications, with an endpoint that answers validations."""

import time

from msgraph.generated.models.event import Event
from msgraph.generated.models.subscription import Subscription

from twin import Hook, Scenario, ahead, control, timed


class Push(Scenario):
    def setUp(self):
        super().setUp()
        self.hook = Hook()
        self.addCleanup(self.hook.close)

    def wanted(self, hook=None, resource="me/events", **fields):
        url = (hook or self.hook).url
        fields.setdefault("expiration_date_time", ahead(hours=2))
        return Subscription(
            change_type="created,updated,deleted", notification_url=f"{url}/notices?x=1",
            lifecycle_notification_url=f"{url}/lifecycle", resource=resource, client_state="secret", **fields
        )

    def told(self, count):
        """What the endpoint was told, once it has been told that much."""
        until = time.monotonic() + 20
        while len(self.hook.told) < count and time.monotonic() < until:
            time.sleep(0.02)
        self.assertEqual(len(self.hook.told), count)
        return self.hook.told

    async def test_the_address_is_asked_before_there_is_a_subscription(self):
        held = await self.alice.subscriptions.post(self.wanted())
        self.assertEqual(len(self.hook.asked), 2)
        self.assertTrue(self.hook.asked[0].startswith("/notices?x=1&validationToken="))
        self.assertEqual([one.id for one in (await self.alice.subscriptions.get()).value], [held.id])
        self.assertIsNone(held.client_state)

    async def test_an_address_that_answers_something_else_is_refused(self):
        wrong = Hook(validates=False)
        self.addCleanup(wrong.close)
        error = await self.refused(self.alice.subscriptions.post(self.wanted(wrong)), 400, "ValidationError")
        self.assertIn("must exactly match", error.message)

    async def test_what_happens_is_told(self):
        held = await self.alice.subscriptions.post(self.wanted())
        made = await self.me.events.post(timed())
        await self.event(made.id).patch(Event(subject="B"))
        await self.event(made.id).delete()
        told = self.told(3)
        self.assertEqual(sorted(one["changeType"] for one in told), ["created", "deleted", "updated"])
        self.assertEqual({one["clientState"] for one in told}, {"secret"})
        self.assertEqual({one["subscriptionId"] for one in told}, {held.id})
        self.assertEqual({one["resourceData"]["id"] for one in told}, {made.id})

    async def test_it_is_renewed_and_ends(self):
        held = await self.alice.subscriptions.post(self.wanted())
        one = self.alice.subscriptions.by_subscription_id(held.id)
        renewed = await one.patch(Subscription(expiration_date_time=ahead(days=6)))
        self.assertGreater(renewed.expiration_date_time, held.expiration_date_time)
        await self.refused(one.patch(Subscription(expiration_date_time=ahead(days=8))), 400, "ExtensionError")
        await one.delete()
        await self.refused(one.get(), 404)
        again = await self.alice.subscriptions.post(self.wanted())
        control("clock", {"advance": "3h"})
        await self.refused(self.alice.subscriptions.by_subscription_id(again.id).get(), 404)

    async def test_the_same_again_is_refused(self):
        await self.alice.subscriptions.post(self.wanted())
        await self.refused(self.alice.subscriptions.post(self.wanted()), 409)

    async def test_the_other_address_hears_of_the_subscription_itself(self):
        held = await self.alice.subscriptions.post(self.wanted())
        control("channels", {"do": "reauthorize", "id": held.id})
        self.told(1)
        await self.alice.subscriptions.by_subscription_id(held.id).reauthorize.post()
        control("channels", {"do": "miss", "id": held.id})
        self.told(2)
        control("channels", {"do": "remove", "id": held.id})
        told = self.told(3)
        self.assertEqual({one["lifecycleEvent"] for one in told}, {"reauthorizationRequired", "missed", "subscriptionRemoved"})

    async def test_what_was_shared_cannot_be_subscribed_to(self):
        shared = control("access", {"calendar": "Team", "user": "bob", "role": "write"})
        wanted = self.wanted(resource=f"me/calendars/{shared['id']}/events")
        await self.refused(self.bob.subscriptions.post(wanted), 403, "ErrorAccessDenied")
