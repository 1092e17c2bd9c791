"""Series, views and instances."""

from msgraph.generated.models.day_of_week import DayOfWeek
from msgraph.generated.models.event import Event
from msgraph.generated.models.event_type import EventType
from msgraph.generated.models.recurrence_pattern_type import RecurrencePatternType
from msgraph.generated.models.recurrence_range_type import RecurrenceRangeType
from msgraph.generated.models.week_index import WeekIndex

from twin import MARCH, Scenario, asking, at, control, daily, recurring


def starts(events):
    return [one.start.date_time[:16] for one in events]


class Series(Scenario):
    async def test_a_master_tells_its_rule_with_every_key(self):
        master = await self.me.events.post(daily(3))
        self.assertEqual(master.type, EventType.SeriesMaster)
        pattern, range = master.recurrence.pattern, master.recurrence.range
        self.assertEqual((pattern.type, pattern.interval, pattern.month, pattern.index), (RecurrencePatternType.Daily, 1, 0, WeekIndex.First))
        self.assertEqual((range.type, range.number_of_occurrences), (RecurrenceRangeType.Numbered, 3))
        self.assertEqual((str(range.start_date), range.recurrence_time_zone), ("2027-03-01", "Europe/Berlin"))

    async def test_it_is_expanded_in_its_own_zone(self):
        master = await self.me.events.post(daily(31))
        all = starts(await self.instances(master))
        self.assertEqual((len(all), all[0], all[-1]), (31, "2027-03-01T08:00", "2027-03-31T07:00"))

    async def test_lists_have_masters_and_views_have_occurrences(self):
        await self.me.events.post(daily(3))
        self.assertEqual([one.type for one in (await self.me.events.get()).value], [EventType.SeriesMaster])
        view = (await self.me.calendar_view.get(asking(**MARCH))).value
        self.assertEqual([one.type for one in view], [EventType.Occurrence] * 3)
        self.assertTrue(all(one.subject == "1 9" for one in view))

    async def test_every_kind_of_pattern(self):
        kinds = RecurrencePatternType
        rows = [
            (recurring(kinds.Weekly, 3, days_of_week=[DayOfWeek.Monday, DayOfWeek.Thursday]), ["01", "04", "08"]),
            (recurring(kinds.Weekly, 3, 2, days_of_week=[DayOfWeek.Monday]), ["01", "15", "29"]),
            (recurring(kinds.AbsoluteMonthly, 1, day_of_month=31), ["31"]),
            (recurring(kinds.RelativeMonthly, 1, days_of_week=[DayOfWeek.Wednesday], index=WeekIndex.Second), ["10"]),
            (recurring(kinds.RelativeMonthly, 1, days_of_week=list(DayOfWeek), index=WeekIndex.Last), ["31"]),
            (recurring(kinds.AbsoluteYearly, 1, day_of_month=9, month=3), ["09"]),
            (recurring(kinds.RelativeYearly, 1, days_of_week=[DayOfWeek.Friday], index=WeekIndex.Last, month=3), ["26"]),
        ]
        for rule, days in rows:
            master = await self.me.events.post(daily(1, recurrence=rule))
            self.assertEqual([start[8:10] for start in starts(await self.instances(master))], days, rule.pattern.type)

    async def test_a_rule_that_lacks_something_is_refused(self):
        rule = recurring(RecurrencePatternType.Weekly, 3)
        await self.refused(self.me.events.post(daily(1, recurrence=rule)), 400, "ErrorPropertyValidationFailure")

    async def test_an_occurrence_becomes_an_exception(self):
        master = await self.me.events.post(daily(3))
        second = (await self.instances(master))[1]
        self.assertTrue(second.original_start.isoformat().startswith("2027-03-02T08:00:00"))
        changed = await self.event(second.id).patch(Event(subject="Once", start=at(12, 2), end=at(13, 2)))
        self.assertEqual((changed.type, changed.series_master_id), (EventType.Exception, master.id))
        self.assertEqual(starts(await self.instances(master)), ["2027-03-01T08:00", "2027-03-02T11:00", "2027-03-03T08:00"])

    async def test_it_cannot_pass_its_neighbour(self):
        second = (await self.instances(await self.me.events.post(daily(3))))[1]
        move = Event(start=at(9, 4), end=at(10, 4))
        await self.refused(self.event(second.id).patch(move), 400, "ErrorOccurrenceCrossingBoundary")

    async def test_a_deleted_occurrence_is_told_by_its_master_alone(self):
        master = await self.me.events.post(daily(3))
        second = (await self.instances(master))[1]
        await self.event(second.id).delete()
        await self.refused(self.event(second.id).get(), 404, "ErrorItemNotFound")
        self.assertEqual(len(await self.instances(master)), 2)
        read = await self.event(master.id).get(asking(select=["cancelledOccurrences", "exceptionOccurrences"], expand=["exceptionOccurrences"]))
        self.assertEqual(read.cancelled_occurrences, [f"OID.{master.id}.2027-03-02"])
        self.assertEqual(read.exception_occurrences, [])
        self.assertFalse((await self.event(master.id).get()).cancelled_occurrences)

    async def test_another_rule_drops_exceptions(self):
        master = await self.me.events.post(daily(3))
        await self.event((await self.instances(master))[1].id).patch(Event(subject="Once"))
        await self.event(master.id).patch(Event(recurrence=recurring(RecurrencePatternType.Daily, 2, 2)))
        self.assertEqual([one.subject for one in await self.instances(master)], ["1 9", "1 9"])

    async def test_what_a_person_does_is_seen(self):
        control("event", {"do": "create", "id": "tea", "fields": {
            "subject": "Tea",
            "start": {"dateTime": "2027-03-09T09:00:00", "timeZone": "Europe/Berlin"},
            "end": {"dateTime": "2027-03-09T10:00:00", "timeZone": "Europe/Berlin"},
        }})
        control("event", {"do": "change", "id": "tea", "fields": {"location": {"displayName": "Roof"}}})
        seen = (await self.me.events.get()).value
        self.assertEqual([(one.subject, one.location.display_name) for one in seen], [("Tea", "Roof")])
