"""Incremental sync."""

from msgraph.generated.models.event import Event
from msgraph.generated.models.event_type import EventType

from twin import IMMUTABLE, MARCH, Scenario, asking, at, control, daily, removed, timed


class Delta(Scenario):
    async def test_a_first_round_has_everything_in_the_window(self):
        single = await self.me.events.post(timed())
        master = await self.me.events.post(daily(2))
        told, link = await self.delta()
        self.assertEqual([one.type for one in told if one.id != single.id], [EventType.SeriesMaster, EventType.Occurrence, EventType.Occurrence])
        bare = told[-1]
        self.assertEqual((bare.series_master_id, bare.subject, bare.i_cal_u_id), (master.id, None, None))
        self.assertTrue(bare.start.date_time and bare.end.date_time)
        self.assertEqual((await self.delta(link=link))[0], [])

    async def test_then_what_changed(self):
        kept, gone = await self.me.events.post(timed()), await self.me.events.post(timed(day=10))
        _, link = await self.delta()
        await self.event(kept.id).patch(Event(subject="New"))
        await self.event(gone.id).delete()
        told, link = await self.delta(link=link)
        self.assertEqual([(one.id, one.subject) for one in told if not removed(one)], [(kept.id, "New")])
        self.assertEqual([one.id for one in told if removed(one)], [gone.id])
        self.assertEqual(removed(told[-1]), {"reason": "deleted"})

    async def test_removed_is_said_of_the_living_too(self):
        lives = await self.me.events.post(timed())
        _, link = await self.delta()
        away = at(9)
        away.date_time = "2027-06-01T09:00:00"
        end = at(10)
        end.date_time = "2027-06-01T10:00:00"
        await self.event(lives.id).patch(Event(start=away, end=end))
        told, _ = await self.delta(link=link)
        self.assertTrue(removed(told[0]))
        self.assertEqual((await self.event(lives.id).get()).subject, "9 9")

    async def test_a_deleted_occurrence_is_only_absent(self):
        master = await self.me.events.post(daily(3))
        _, link = await self.delta()
        second = (await self.instances(master))[1]
        await self.event(second.id).delete()
        told, _ = await self.delta(link=link)
        self.assertEqual([one.type for one in told], [EventType.SeriesMaster, EventType.Occurrence, EventType.Occurrence])
        self.assertNotIn(second.id, [one.id for one in told])

    async def test_it_is_paged(self):
        for day in range(1, 6):
            await self.me.events.post(timed(day=day))
        headers = {"Prefer": "odata.maxpagesize=2"}
        first = await self.me.calendar_view.delta.get(asking(headers, **MARCH))
        self.assertEqual((len(first.value), first.odata_delta_link), (2, None))
        self.assertEqual(len((await self.delta(headers=headers))[0]), 5)
        control("quirks", {"delta": {"emptyPages": True, "repeats": True}})
        self.assertEqual((await self.me.calendar_view.delta.get(asking(**MARCH))).value, [])
        self.assertEqual(len((await self.delta())[0]), 10)

    async def test_of_one_calendar(self):
        team = (await self.me.calendars.get()).value[1]
        calendar = self.me.calendars.by_calendar_id(team.id)
        await self.me.events.post(timed())
        made = await calendar.events.post(timed(day=10))
        told, _ = await self.delta(calendar.calendar_view.delta)
        self.assertEqual([one.id for one in told], [made.id])

    async def test_a_token_is_lost(self):
        _, link = await self.delta()
        control("expire-sync", {"calendar": "primary"})
        await self.refused(self.delta(link=link), 410, "SyncStateNotFound")
        self.assertEqual((await self.delta())[0], [])

    async def test_a_token_is_lost_between_pages(self):
        for day in range(1, 6):
            await self.me.events.post(timed(day=day))
        first = await self.me.calendar_view.delta.get(asking({"Prefer": "odata.maxpagesize=2"}, **MARCH))
        control("expire-sync", {})
        page = self.me.calendar_view.delta.with_url(first.odata_next_link)
        await self.refused(page.get(), 410, "SyncStateNotFound")

    async def test_what_it_does_not_support_is_refused(self):
        await self.refused(self.me.calendar_view.delta.get(asking(filter="subject eq 'x'", **MARCH)), 400)

    async def test_immutable_ids_are_asked_for_on_every_call(self):
        await self.me.events.post(timed())
        stays = (await self.delta(headers=IMMUTABLE))[0][0].id
        usual = (await self.delta())[0][0].id
        self.assertNotEqual(stays, usual)
        self.assertEqual((await self.event(stays).get()).id, usual)
