"""Single events, through the client's own classes."""

from msgraph.generated.models.attendee import Attendee
from msgraph.generated.models.attendee_type import AttendeeType
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.event import Event
from msgraph.generated.models.event_type import EventType
from msgraph.generated.models.free_busy_status import FreeBusyStatus
from msgraph.generated.models.importance import Importance
from msgraph.generated.models.location import Location
from msgraph.generated.models.online_meeting_provider_type import OnlineMeetingProviderType
from msgraph.generated.models.open_type_extension import OpenTypeExtension
from msgraph.generated.models.response_type import ResponseType
from msgraph.generated.models.sensitivity import Sensitivity
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty
from msgraph.generated.users.item.events.item.accept.accept_post_request_body import AcceptPostRequestBody
from msgraph.generated.users.item.events.item.cancel.cancel_post_request_body import CancelPostRequestBody
from msgraph.generated.users.item.events.item.decline.decline_post_request_body import DeclinePostRequestBody

from twin import IMMUTABLE, Scenario, asking, at, control, text, timed

PROPERTY = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name ConcordId"


def guest(address):
    return Attendee(email_address=EmailAddress(address=address), type=AttendeeType.Required)


class Events(Scenario):
    async def test_everything_that_was_written_is_read(self):
        made = await self.me.events.post(timed(
            subject="Tea", body=text("Bring a cup"), location=Location(display_name="Roof"),
            categories=["Red category"], importance=Importance.High, sensitivity=Sensitivity.Private,
            show_as=FreeBusyStatus.Oof, is_reminder_on=True, reminder_minutes_before_start=30,
        ))
        read = await self.event(made.id).get()
        self.assertEqual((read.subject, read.location.display_name, read.categories), ("Tea", "Roof", ["Red category"]))
        self.assertEqual((read.importance, read.sensitivity, read.show_as), (Importance.High, Sensitivity.Private, FreeBusyStatus.Oof))
        self.assertEqual((read.is_reminder_on, read.reminder_minutes_before_start), (True, 30))
        self.assertEqual((read.type, read.is_organizer, read.recurrence), (EventType.SingleInstance, True, None))
        self.assertEqual(read.body_preview, "Bring a cup")
        self.assertEqual(read.created_date_time, made.created_date_time)
        self.assertEqual(read.organizer.email_address.address, "alice@twin.test")

    async def test_times_come_in_utc_or_in_the_zone_that_is_preferred(self):
        made = await self.me.events.post(timed())
        self.assertEqual((made.start.date_time, made.start.time_zone), ("2027-03-09T08:00:00.0000000", "UTC"))
        self.assertEqual(made.original_start_time_zone, "Europe/Berlin")
        there = await self.event(made.id).get(asking({"Prefer": 'outlook.timezone="Tokyo Standard Time"'}))
        self.assertEqual((there.start.date_time, there.start.time_zone), ("2027-03-09T17:00:00.0000000", "Tokyo Standard Time"))

    async def test_windows_names_are_as_good_and_others_are_not(self):
        made = await self.me.events.post(timed(zone="Pacific Standard Time"))
        self.assertEqual(made.start.date_time, "2027-03-09T17:00:00.0000000")
        await self.refused(self.me.events.post(timed(zone="Mars/Olympus")), 400, "TimeZoneNotSupportedException")

    async def test_whole_days_are_midnights(self):
        made = await self.me.events.post(Event(subject="Fair", is_all_day=True, start=at(0, 9), end=at(0, 11)))
        self.assertEqual((made.start.date_time, made.end.date_time), ("2027-03-09T00:00:00.0000000", "2027-03-11T00:00:00.0000000"))
        await self.refused(self.me.events.post(timed(is_all_day=True)), 400, "ErrorInvalidRequest")

    async def test_a_text_becomes_a_page(self):
        made = await self.me.events.post(timed(body=text("One\nTwo")))
        self.assertEqual(made.body.content, "One\nTwo")
        page = (await self.event(made.id).get()).body.content
        self.assertIn("<!-- converted from text -->", page)
        words = await self.event(made.id).get(asking({"Prefer": 'outlook.body-content-type="text"'}))
        self.assertEqual(words.body.content, "One\r\nTwo")

    async def test_a_change_moves_the_version_and_an_old_one_is_refused(self):
        made = await self.me.events.post(timed())
        etag = made.additional_data["@odata.etag"]
        self.assertEqual(etag, f'W/"{made.change_key}"')
        changed = await self.event(made.id).patch(Event(subject="B"), asking({"If-Match": etag}))
        self.assertNotEqual(changed.change_key, made.change_key)
        await self.refused(
            self.event(made.id).patch(Event(subject="C"), asking({"If-Match": etag})), 412, "ErrorIrresolvableConflict"
        )
        self.assertEqual((await self.event(made.id).get()).subject, "B")

    async def test_deleted_is_gone(self):
        made = await self.me.events.post(timed())
        await self.event(made.id).delete()
        error = await self.refused(self.event(made.id).get(), 404, "ErrorItemNotFound")
        self.assertEqual(error.message, "The specified object was not found in the store.")
        self.assertTrue(error.inner_error.request_id)

    async def test_the_same_transaction_makes_one_event(self):
        body = timed(transaction_id="t-1")
        first, again = await self.me.events.post(body), await self.me.events.post(body)
        self.assertEqual((first.id, first.transaction_id), (again.id, "t-1"))
        await self.refused(self.me.events.post(timed(day=10, transaction_id="t-1")), 409, "ErrorDuplicateTransactionId")

    async def test_immutable_ids_outlive_a_move(self):
        made = await self.me.events.post(timed(), asking(IMMUTABLE))
        usual = (await self.me.events.get()).value[0].id
        control("event", {"do": "move", "id": made.id, "destination": "Team"})
        self.assertEqual((await self.event(made.id).get(asking(IMMUTABLE))).id, made.id)
        await self.refused(self.event(usual).get(), 404, "ErrorItemNotFound")

    async def test_ids_are_translated(self):
        from msgraph.generated.models.exchange_id_format import ExchangeIdFormat
        from msgraph.generated.users.item.translate_exchange_ids.translate_exchange_ids_post_request_body import (
            TranslateExchangeIdsPostRequestBody,
        )

        made = await self.me.events.post(timed())
        body = TranslateExchangeIdsPostRequestBody(
            input_ids=[made.id], source_id_type=ExchangeIdFormat.RestId, target_id_type=ExchangeIdFormat.RestImmutableEntryId
        )
        told = (await self.me.translate_exchange_ids.post(body)).value
        self.assertEqual((await self.event(told[0].target_id).get(asking(IMMUTABLE))).subject, "9 9")

    async def test_lists_are_paged_filtered_and_ordered(self):
        for day in range(1, 13):
            await self.me.events.post(timed(day=day))
        first = await self.me.events.get(asking(orderby=["start/dateTime"], select=["subject", "start"]))
        self.assertEqual([one.subject for one in first.value][:2], ["1 9", "2 9"])
        self.assertIsNone(first.value[0].body)
        rest = await self.me.events.with_url(first.odata_next_link).get()
        self.assertEqual([one.subject for one in rest.value], ["11 9", "12 9"])
        few = await self.me.events.get(asking(filter="start/dateTime ge '2027-03-11T00:00:00Z' and subject ne '12 9'", count=True))
        self.assertEqual(([one.subject for one in few.value], few.odata_count), (["11 9"], 1))
        await self.refused(self.me.events.get(asking(filter="subject is 'x'")), 400, "ErrorInvalidUrlQueryFilter")

    async def test_pages_are_walked_by_the_clients_iterator(self):
        from msgraph_core.tasks.page_iterator import PageIterator

        for day in range(1, 13):
            await self.me.events.post(timed(day=day))
        seen = []
        pages = PageIterator(await self.me.events.get(), self.alice.request_adapter)
        await pages.iterate(lambda event: seen.append(event.subject) or True)
        self.assertEqual(len(set(seen)), 12)

    async def test_an_extended_property_finds_its_event_and_is_not_echoed(self):
        property = SingleValueLegacyExtendedProperty(id=PROPERTY, value="One")
        made = await self.me.events.post(timed(single_value_extended_properties=[property]))
        await self.me.events.post(timed(day=10))
        self.assertIsNone(made.single_value_extended_properties)
        expand = [f"singleValueExtendedProperties($filter=id eq '{PROPERTY}')"]
        read = await self.event(made.id).get(asking(expand=expand))
        self.assertEqual(read.single_value_extended_properties[0].value, "One")
        any = f"singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and ep/value eq 'one')"
        self.assertEqual([one.id for one in (await self.me.events.get(asking(filter=any))).value], [made.id])

    async def test_an_open_extension(self):
        made = await self.me.events.post(timed())
        extensions = self.event(made.id).extensions
        held = await extensions.post(OpenTypeExtension(extension_name="com.concord.sync", additional_data={"a": "1"}))
        self.assertEqual(held.id, "Microsoft.OutlookServices.OpenTypeExtension.com.concord.sync")
        read = await extensions.by_extension_id(held.id).get()
        self.assertEqual(read.additional_data["a"], "1")
        await extensions.by_extension_id(held.id).delete()
        await self.refused(extensions.by_extension_id(held.id).get(), 404)

    async def test_an_online_meeting_has_a_link_and_a_block(self):
        made = await self.me.events.post(timed(
            is_online_meeting=True, online_meeting_provider=OnlineMeetingProviderType.TeamsForBusiness
        ))
        self.assertIn(made.online_meeting.join_url, made.body.content)
        lost = await self.event(made.id).patch(Event(body=text("Without it")))
        self.assertEqual((lost.is_online_meeting, lost.online_meeting), (False, None))

    async def test_a_property_that_does_not_exist_is_refused(self):
        event = timed()
        event.additional_data = {"colour": "red"}
        await self.refused(self.me.events.post(event), 400, "RequestBodyRead")


class Guests(Scenario):
    async def test_mail_goes_out_by_itself(self):
        made = await self.me.events.post(timed(attendees=[guest("bob@twin.test"), guest("eve@elsewhere.test")]))
        await self.event(made.id).patch(Event(categories=["Blue category"]))
        await self.event(made.id).cancel.post(CancelPostRequestBody(comment="Sorry"))
        kinds = [mail["kind"] for mail in control("mail")["mails"]]
        self.assertEqual(kinds, ["invitation"] * 2 + ["update"] * 2 + ["cancellation"] * 2)
        copy = (await self.bob.me.events.get()).value[0]
        self.assertEqual((copy.is_cancelled, copy.subject, copy.i_cal_u_id), (True, "Canceled: 9 9", made.i_cal_u_id))

    async def test_an_answer_reaches_the_organizer_if_it_is_sent(self):
        made = await self.me.events.post(timed(attendees=[guest("bob@twin.test")]))
        copy = (await self.bob.me.events.get()).value[0]
        self.assertEqual(copy.response_status.response, ResponseType.NotResponded)
        accept = self.event(copy.id, self.bob).accept
        await accept.post(AcceptPostRequestBody(send_response=False))
        answer = (await self.event(made.id).get()).attendees[0].status.response
        self.assertEqual(answer, ResponseType.None_)
        await accept.post(AcceptPostRequestBody(comment="Yes", send_response=True))
        answer = (await self.event(made.id).get()).attendees[0].status.response
        self.assertEqual(answer, ResponseType.Accepted)

    async def test_who_declines_has_it_no_more_and_the_organizer_cannot(self):
        made = await self.me.events.post(timed(attendees=[guest("bob@twin.test")]))
        copy = (await self.bob.me.events.get()).value[0]
        await self.event(copy.id, self.bob).decline.post(DeclinePostRequestBody(send_response=True))
        self.assertEqual((await self.bob.me.events.get()).value, [])
        await self.refused(self.event(made.id).decline.post(DeclinePostRequestBody()), 400, "ErrorInvalidRequest")

    async def test_an_address_that_is_none_is_refused(self):
        await self.refused(self.me.events.post(timed(attendees=[guest("nobody")])), 400, "ErrorInvalidRecipients")
