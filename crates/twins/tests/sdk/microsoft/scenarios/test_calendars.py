"""Calendars and who may do what with them."""

from msgraph.generated.models.calendar import Calendar
from msgraph.generated.models.calendar_color import CalendarColor
from msgraph.generated.users.item.calendar.get_schedule.get_schedule_post_request_body import (
    GetSchedulePostRequestBody,
)

from twin import IMMUTABLE, Scenario, asking, at, control, timed


class Calendars(Scenario):
    async def test_the_default_one_comes_first_and_can_be_edited(self):
        page = await self.me.calendars.get()
        self.assertEqual([one.name for one in page.value], ["Calendar", "Team", "United States holidays"])
        self.assertEqual([one.is_default_calendar for one in page.value], [True, False, False])
        self.assertEqual([one.can_edit for one in page.value], [True, True, False])
        self.assertEqual((await self.me.calendar.get()).id, page.value[0].id)
        self.assertEqual(page.value[0].owner.address, "alice@twin.test")

    async def test_made_renamed_and_deleted(self):
        made = await self.me.calendars.post(Calendar(name="New", color=CalendarColor.LightTeal))
        self.assertEqual((made.hex_color, made.can_edit), ("#00b7c3", True))
        one = self.me.calendars.by_calendar_id(made.id)
        self.assertEqual((await one.patch(Calendar(name="Newer"))).name, "Newer")
        await one.delete()
        await self.refused(one.get(), 404, "ErrorItemNotFound")

    async def test_a_list_has_ten_and_goes_on(self):
        for n in range(9):
            await self.me.calendars.post(Calendar(name=f"C{n}"))
        first = await self.me.calendars.get()
        self.assertEqual(len(first.value), 10)
        rest = await self.me.calendars.with_url(first.odata_next_link).get()
        self.assertEqual(len(rest.value), 2)
        self.assertEqual(len((await self.me.calendars.get(asking(top=100))).value), 12)

    async def test_groups(self):
        groups = (await self.me.calendar_groups.get()).value
        inside = await self.me.calendar_groups.by_calendar_group_id(groups[0].id).calendars.get()
        self.assertEqual([one.name for one in inside.value], ["Calendar", "Team"])

    async def test_ids_change_with_the_header_and_by_themselves(self):
        usual = (await self.me.calendar.get()).id
        stays = (await self.me.calendar.get(asking(IMMUTABLE))).id
        self.assertNotEqual(usual, stays)
        control("ids", {"user": "alice"})
        await self.refused(self.me.calendars.by_calendar_id(usual).get(), 404, "ErrorItemNotFound")

    async def test_a_shared_one_has_an_id_of_its_own(self):
        shared = control("access", {"calendar": "Team", "user": "bob", "role": "read"})
        await self.me.calendars.by_calendar_id((await self.me.calendars.get()).value[1].id).events.post(timed())
        theirs = [one for one in (await self.bob.me.calendars.get()).value if one.owner.address == "alice@twin.test"]
        self.assertFalse(theirs[0].can_edit)
        events = self.bob.me.calendars.by_calendar_id(theirs[0].id).events
        self.assertEqual([one.subject for one in (await events.get()).value], ["9 9"])
        await self.refused(events.post(timed()), 403, "ErrorAccessDenied")
        self.assertTrue(shared["id"])

    async def test_what_is_private_is_veiled(self):
        from msgraph.generated.models.sensitivity import Sensitivity

        await self.me.events.post(timed(sensitivity=Sensitivity.Private, subject="Secret"))
        control("access", {"calendar": "primary", "user": "bob", "role": "write"})
        seen = (await self.bob.users.by_user_id("alice@twin.test").events.get()).value
        self.assertEqual([one.subject for one in seen], ["Private Appointment"])

    async def test_when_people_are_free(self):
        await self.me.events.post(timed(hour=9))
        body = GetSchedulePostRequestBody(
            schedules=["alice@twin.test", "nobody@twin.test"],
            start_time=at(8),
            end_time=at(12),
            availability_view_interval=60,
        )
        told = (await self.me.calendar.get_schedule.post(body)).value
        self.assertEqual(told[0].availability_view, "0200")
        self.assertEqual(told[0].schedule_items[0].subject, "9 9")
        self.assertEqual(told[1].error.response_code, "ErrorMailRecipientNotFound")

    async def test_settings_zones_and_categories(self):
        self.assertEqual((await self.me.mailbox_settings.get()).time_zone, "Eastern Standard Time")
        zones = (await self.me.outlook.supported_time_zones.get()).value
        self.assertIn("W. Europe Standard Time", [zone.alias for zone in zones])
        self.assertIn("Red category", [one.display_name for one in (await self.me.outlook.master_categories.get()).value])
        self.assertEqual((await self.me.get()).user_principal_name, "alice@twin.test")
