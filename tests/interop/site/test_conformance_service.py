"""What project-service has no occasion for: permissions, operations that are not exposed, each type of field."""

import asyncio
import unittest

from refusals import Refusals

from general_manager.interface.requests import RequestSingleResponseRequiredError
from listening import close_code, listening
from resources.managers import (
    TOKEN,
    GuardedThing,
    GuardedThingOfCaller,
    HiddenThing,
    PrivateThing,
    PrivateThingOfCaller,
    ReadOnlyThing,
    WorkItem,
)


class Values(unittest.TestCase):
    def test_every_type_goes_there_and_back(self) -> None:
        values = {
            "title": "types",
            "note": "",
            "body": "line1\nline2",
            "count": -5,
            "amount": "12.50",
            "ratio": 1e22,
            "due": "2024-02-29",
            "starts_at": "2024-01-31T12:30:00.123456Z",
            "done": True,
        }
        created = WorkItem.create(**values)
        self.assertEqual(dict(WorkItem(id=created.id)), {"id": created.id} | values)
        cleared = created.update(note=None, due=None, starts_at=None, amount=3.1, ratio=2)
        self.assertEqual((cleared.note, cleared.due, cleared.amount, cleared.ratio), (None, None, "3.10", 2.0))

    def test_what_is_left_out_is_filled_in(self) -> None:
        created = WorkItem.create(title="defaults", amount="1")
        filled = (created.note, created.body, created.count, created.ratio, created.done)
        self.assertEqual(filled, (None, "", 0, 0.0, False))

    def test_lookups_of_every_type(self) -> None:
        created = WorkItem.create(
            title="typed", amount="12.5", count=7, ratio=0.25, due="2023-02-28", starts_at="2024-01-31T12:30:00Z"
        )
        for lookups in [
            {"amount__gte": "12.50"},
            {"count__range": (7, 8)},
            {"ratio__lt": 0.5},
            {"due__year": 2023, "due__month": 2, "due__day": 28},
            {"starts_at__gte": "2024-01-31T12:30:00", "starts_at__date": "2024-01-31"},
            {"done": False, "note__isnull": True},
        ]:
            with self.subTest(lookups):
                found = WorkItem.filter(title="typed", **lookups)
                self.assertEqual([item.id for item in found], [created.id])
                self.assertEqual(len(WorkItem.filter(title="typed").exclude(**lookups)), 0)


class Permissions(Refusals):
    def test_403(self) -> None:
        self.refused(lambda: GuardedThing.create(name="N"), 403, "permission_denied")
        created = GuardedThingOfCaller.create(name="N")
        self.assertEqual(GuardedThing(id=created.id).name, "N")
        self.refused(lambda: GuardedThing(id=created.id).update(name="M"), 403, "permission_denied")
        self.refused(lambda: GuardedThing(id=created.id).delete(), 403, "permission_denied")
        created.update(name="M").delete()

    def test_rows_that_may_not_be_read(self) -> None:
        self.assertEqual(len(PrivateThing.all()), 0)
        self.assertGreater(len(PrivateThingOfCaller.all()), 0)
        self.refused(lambda: PrivateThing(id=1).name, 403, "permission_denied")
        with self.assertRaises(RequestSingleResponseRequiredError):
            PrivateThing.create(name="unreadable")
        self.assertEqual(len(PrivateThingOfCaller.filter(name="unreadable")), 1)

    def test_404_and_405(self) -> None:
        self.assertGreater(len(ReadOnlyThing.all()), 0)
        self.refused(lambda: ReadOnlyThing(id=1).update(name="N"), 405, "method_not_allowed")
        self.refused(lambda: ReadOnlyThing(id=1).delete(), 405, "method_not_allowed")
        self.refused(lambda: list(HiddenThing.all()), 404, None)


class Events(unittest.IsolatedAsyncioTestCase):
    async def test_who_may_read_is_told(self) -> None:
        self.assertEqual(await close_code("/internal/gm/ws/private-things?version=v1"), 4401)
        async with listening(PrivateThingOfCaller, token=TOKEN) as listener:
            created = await asyncio.to_thread(PrivateThingOfCaller.create, name="told")
            events = await listener.until(lambda events: len(events) == 1)
        self.assertEqual(events[0]["identification"], {"id": created.id})

    async def test_a_resource_without_a_websocket(self) -> None:
        self.assertEqual(await close_code("/internal/gm/ws/read-only-things?version=v1"), 4404)
