"""Rows and fields that a caller may not read, and those that it may not write: `interop rules`."""

import asyncio
import unittest

from refusals import Refusals

from general_manager.interface.requests import MissingRequestPayloadFieldError
from listening import listening
from resources.managers import TOKEN, Bookmark, Reply, Ticket, TicketOfAgent, TicketOfOther, TicketWithPrice

NOBODY = 999_999_999


class Rows(Refusals):
    def test_rows_out_of_sight(self) -> None:
        own = Ticket.create(title="own")
        self.assertEqual(own.tenant, 1)
        other = TicketOfOther.create(title="other")
        self.assertEqual([ticket.title for ticket in Ticket.filter(title__in=["own", "other"])], ["own"])
        self.assertEqual(Ticket.filter(title__in=["own", "other"]).total_count, 1)
        self.assertEqual(Ticket.filter(title="other").total_count, 0)
        self.assertEqual(TicketOfAgent.filter(title__in=["own", "other"]).total_count, 2)
        for id in (other.id, NOBODY):
            with self.subTest(id):
                self.refused(lambda: Ticket(id=id).title, 404, "not_found")
                self.refused(lambda: Ticket(id=id).update(title="x" * 101), 404, "not_found")
                self.refused(lambda: Ticket(id=id).delete(), 404, "not_found")

    def test_rows_in_sight_that_may_not_be_written(self) -> None:
        locked = Ticket.create(title="to be locked").update(title="unlocked")
        TicketOfAgent(id=locked.id).update(title="locked")
        self.assertEqual(Ticket(id=locked.id).title, "locked")
        self.refused(lambda: Ticket(id=locked.id).update(title="free"), 403, "permission_denied")
        self.refused(lambda: Ticket(id=locked.id).delete(), 403, "permission_denied")

    def test_a_conflict_with_a_row_out_of_sight(self) -> None:
        Ticket.create(title="taken")
        self.assertEqual(self.refused(lambda: Ticket.create(title="taken"), 409, "conflict").details["field"], "title")
        self.assertFalse(self.refused(lambda: TicketOfOther.create(title="taken"), 409, "conflict").details)


class References(Refusals):
    def test_a_reference_to_no_row_or_to_one_out_of_sight(self) -> None:
        other = TicketOfOther.create(title="referred")
        for id in (NOBODY, other.id):
            with self.subTest(id):
                refused = self.refused(lambda: Reply.create(ticket_id=id), 409, "conflict")
                self.assertEqual(refused.details["field"], "ticket_id")

    def test_rows_that_refer_to_a_deleted_row(self) -> None:
        ticket = Ticket.create(title="with others")
        reply = Reply.create(ticket_id=ticket.id)
        Bookmark.create(ticket_id=ticket.id)
        self.refused(lambda: Ticket(id=ticket.id).delete(), 409, "conflict")
        self.assertEqual(Bookmark.filter(ticket_id=ticket.id).total_count, 1)
        reply.delete()
        Ticket(id=ticket.id).delete()
        self.assertEqual(Bookmark.filter(ticket_id=ticket.id).total_count, 0)


class Fields(Refusals):
    def test_a_field_that_may_not_be_read(self) -> None:
        ticket = Ticket.create(title="priced")
        TicketOfAgent(id=ticket.id).update(price="12.50")
        self.assertEqual(TicketOfAgent(id=ticket.id).price, "12.50")
        self.assertEqual(dict(Ticket(id=ticket.id)), {"id": ticket.id, "tenant": 1, "title": "priced"})
        with self.assertRaises(MissingRequestPayloadFieldError):
            dict(TicketWithPrice(id=ticket.id))
        error = self.refused(lambda: list(TicketWithPrice.filter(price__gt="1")), 400, "invalid_request")
        unknown = self.refused(lambda: list(TicketWithPrice.filter(bogus="1")), 400, "invalid_request")
        self.assertEqual(error.details.keys(), unknown.details.keys())

    def test_fields_that_may_not_be_written(self) -> None:
        refused = self.refused(lambda: TicketWithPrice.create(title="dear", price="1.00"), 403, "permission_denied")
        self.assertEqual(refused.details["field"], "price")
        self.refused(lambda: Ticket.create(title="forged", tenant=2), 400, "invalid_request")
        self.assertEqual(TicketOfAgent.filter(title__in=["dear", "forged"]).total_count, 0)


class Events(unittest.IsolatedAsyncioTestCase):
    async def test_events_are_those_of_rows_in_sight(self) -> None:
        async with listening(Ticket, token=TOKEN) as listener:
            await asyncio.to_thread(TicketOfOther.create, title="not heard of")
            created = await asyncio.to_thread(Ticket.create, title="heard of")
            events = await listener.until(lambda events: len(events) == 1)
        self.assertEqual([event["identification"] for event in events], [{"id": created.id}])
