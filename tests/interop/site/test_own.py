"""Ids that are not numbers, and refusals of a service in trouble: `interop own`."""

import asyncio
import unittest
from uuid import uuid4

from refusals import Refusals

from listening import listening
from resources.managers import BrokenThing, Document, LimitedThing, Note, Page, Thing


class Ids(Refusals):
    def test_text(self) -> None:
        for id in ["plain", "with space", "slash/inside", "per%cent", "ünï 日本 😀", "a?b#c&d=e", "q+r", "..x", "x" * 200]:
            with self.subTest(id):
                Page.create(id=id, title="a")
                self.assertEqual(Page(id=id).title, "a")
                Page(id=id).update(title="b")
                self.assertEqual([page.title for page in Page.filter(id=id)], ["b"])
                self.refused(lambda: Page.create(id=id, title="again"), 409, "conflict")
                Page(id=id).delete()
                self.refused(lambda: Page(id=id).title, 404, "not_found")

    def test_uuid(self) -> None:
        id = uuid4()
        Thing.create(id=str(id), title="a")
        self.assertEqual(Thing(id=id).title, "a")
        self.assertEqual(Thing(id=id).update(title="b").title, "b")
        self.assertEqual(len(Thing.filter(id__in=[str(id)])), 1)
        Thing(id=id).delete()
        self.assertEqual(len(Thing.filter(id=str(id))), 0)


class Versions(Refusals):
    """The owner announces versions in each reply. The package knows none, and works as before."""

    def test_versions_rise_and_are_ignored(self) -> None:
        document = Document.create(title="a")
        self.assertEqual(Document(id=document.id).revision, 1)
        Document(id=document.id).update(title="b")
        self.assertEqual([(row.title, row.revision) for row in Document.filter(id=document.id)], [("b", 2)])
        # Without `If-Match` the last writer wins.
        document.update(title="c")
        self.assertEqual((Document(id=document.id).title, Document(id=document.id).revision), ("c", 3))
        self.refused(lambda: document.update(revision=7), 400, "invalid_request")
        self.refused(lambda: Document.create(title="d", revision=7), 400, "invalid_request")
        id = document.id
        document.delete()
        self.refused(lambda: Document(id=id).title, 404, "not_found")


class Computed(Refusals):
    """The owner computes a field. To the package it is a field that can't be written."""

    def test_a_computed_field_is_read(self) -> None:
        document = Document.create(title="Printer")
        self.assertEqual(Document(id=document.id).heading, "PRINTER")
        Document(id=document.id).update(title="b")
        self.assertEqual([row.heading for row in Document.filter(id=document.id)], ["B"])
        self.refused(lambda: document.update(heading="c"), 400, "invalid_request")
        self.refused(lambda: Document.create(title="d", heading="D"), 400, "invalid_request")
        self.refused(lambda: list(Document.filter(heading="B")), 400, "invalid_request")
        document.delete()


class IdempotencyKeys(Refusals):
    """The owner announces idempotency keys in each reply. The package sends none, so each of its writes is carried out."""

    def test_writes_without_a_key_are_each_carried_out(self) -> None:
        first, second = Document.create(title="same"), Document.create(title="same")
        self.assertNotEqual(first.id, second.id)
        for document in (first, second):
            document.delete()


class References(Refusals):
    """The owner looks through the references of its rows. To the package such a lookup is one like others."""

    def test_lookups_through_a_reference(self) -> None:
        first, second = Document.create(title="Red printer"), Document.create(title="Blue printer")
        notes = [Note.create(text=text, document_id=to) for text, to in (("a", first.id), ("b", second.id), ("c", None))]

        def texts(bucket: object) -> list[str]:
            return sorted(note.text for note in bucket)

        self.assertEqual(texts(Note.filter(document__title="Red printer")), ["a"])
        self.assertEqual(texts(Note.filter(document__title__icontains="PRINTER", document__revision=1)), ["a", "b"])
        self.assertEqual(texts(Note.exclude(document__title__startswith="Red")), ["b", "c"])
        self.refused(lambda: list(Note.filter(document__unknown=1)), 400, "invalid_request")
        self.refused(lambda: list(Note.filter(document__heading="RED PRINTER")), 400, "invalid_request")
        self.refused(lambda: list(Note.filter(document__title__unknown=1)), 400, "invalid_request")
        for row in [*notes, first, second]:
            row.delete()


class Trouble(Refusals):
    def test_429(self) -> None:
        error = self.refused(lambda: list(LimitedThing.all()), 429, "rate_limited")
        self.assertTrue(error.headers["retry-after"])

    def test_500(self) -> None:
        error = self.refused(lambda: list(BrokenThing.all()), 500, "internal_error")
        self.assertNotIn("disk", f"{error} {error.details}")

    def test_503(self) -> None:
        error = self.refused(lambda: BrokenThing.create(name="N"), 503, "unavailable")
        self.assertTrue(error.headers["retry-after"])


class Events(unittest.IsolatedAsyncioTestCase):
    async def test_ids_of_events(self) -> None:
        async with listening(Page, Thing) as listener:
            await asyncio.to_thread(Page.create, id="ü /", title="t")
            thing = str(uuid4())
            await asyncio.to_thread(Thing.create, id=thing, title="t")
            events = await listener.until(lambda events: len(events) == 2)
        self.assertCountEqual([event["identification"]["id"] for event in events], ["ü /", thing])
