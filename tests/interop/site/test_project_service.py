"""Every verb of the package's consumer, the refusals and the events of project-service."""

import asyncio
import json
import os
import unittest
from urllib.request import Request, urlopen

from refusals import Refusals

from general_manager.bucket.request_bucket import RequestBucket
from listening import close_code, listening
from resources.managers import TOKEN, Project, Stranger, Tomorrow

NOBODY = 999_999_999


def add(status: str, count: int) -> list[Project]:
    return [Project.create(name=f"N{number:02}", status=status) for number in range(count)]


def asked(path: str, body: str) -> dict:
    """The answer to a request that the package does not send."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
    request = Request(f"{os.environ['PROJECTS_URL']}/internal/gm/{path}", body.encode(), headers)
    with urlopen(request, timeout=60) as response:
        return json.load(response)


def names(bucket: RequestBucket) -> list[str]:
    return [project.name for project in bucket]


class Verbs(unittest.TestCase):
    def test_a_row_is_created_read_changed_and_deleted(self) -> None:
        created = Project.create(name="Gämma 日本 😀", status="new", history_comment="why it is there")
        self.assertEqual(dict(Project(id=created.id)), {"id": created.id, "name": "Gämma 日本 😀", "status": "new"})
        updated = created.update(status="old", history_comment="time went by")
        self.assertEqual((updated.id, updated.status), (created.id, "old"))
        self.assertEqual(created.update().status, "old")
        id = created.id
        updated.delete(history_comment="no longer needed")
        self.assertEqual(len(Project.filter(id=id)), 0)

    def test_buckets(self) -> None:
        added = add("buckets", 12)
        mine = Project.filter(status="buckets")
        # One page, whose size is the owner's: the package reads no further.
        self.assertEqual(len(names(mine)), 10)
        self.assertEqual((mine.total_count, mine.upstream_page, mine.upstream_page_size), (12, 1, 10))
        self.assertEqual(names(mine[1:3]), ["N01", "N02"])
        self.assertEqual((mine.first().name, mine.last().name, mine.count()), ("N00", "N09", 10))
        self.assertEqual(Project.filter(status="buckets", name="N07").get().id, added[7].id)
        page = Project.filter(status="buckets", ordering=["status", "-name"], page=2, page_size=5)
        self.assertEqual(names(page), ["N06", "N05", "N04", "N03", "N02"])

    def test_cursors_are_not_noticed(self) -> None:
        added = add("cursors", 7)
        query = json.dumps({"filters": {"status": "cursors"}, "ordering": "-name", "page_size": 3})
        answer = asked("projects/query", query)
        self.assertIsInstance(answer["metadata"]["next_cursor"], str)
        # The same request by the package, whose pages have numbers.
        for page, expected in enumerate([["N06", "N05", "N04"], ["N03", "N02", "N01"], ["N00"]], 1):
            mine = Project.filter(status="cursors", ordering="-name", page=page, page_size=3)
            self.assertEqual((names(mine), mine.total_count, mine.upstream_page), (expected, len(added), page))

    def test_lookups_and_excludes(self) -> None:
        added = add("looked up", 4)
        ids = [project.id for project in added]
        for lookups, expected in [
            ({"name__iendswith": "n03"}, ["N03"]),
            ({"name__contains": "N_1"}, []),
            ({"id__in": (ids[0], ids[1])}, ["N00", "N01"]),
            ({"id__in": []}, []),
            ({"id__range": ids[1:3]}, ["N01", "N02"]),
            ({"id__gt": ids[2]}, ["N03"]),
            ({"name": None}, []),
        ]:
            with self.subTest(lookups):
                self.assertEqual(names(Project.filter(status="looked up", **lookups)), expected)
        rest = Project.filter(status="looked up").exclude(name__startswith="N0", id__lt=ids[2])
        self.assertEqual(names(rest), ["N02", "N03"])


class ProjectRefusals(Refusals):
    def test_400(self) -> None:
        for bad in [{"bogus": 1}, {"id": "x"}, {"page_size": 1000}, {"ordering": "bogus"}, {"name__regex": "a"}]:
            with self.subTest(bad):
                error = self.refused(lambda: list(Project.filter(**bad)), 400, "invalid_request")
                self.assertTrue(error.details["field"])
        self.refused(lambda: list(Tomorrow.all()), 400, "invalid_request")
        for bad in [{"name": "x" * 201, "status": "s"}, {"name": "N"}, {"name": 5, "status": "s"}]:
            with self.subTest(bad):
                error = self.refused(lambda: Project.create(**bad), 400, "validation_error")
                self.assertTrue(error.details["message"])

    def test_401(self) -> None:
        self.refused(lambda: list(Stranger.all()), 401, "authentication_required")

    def test_404(self) -> None:
        self.refused(lambda: Project(id=NOBODY).name, 404, "not_found")
        self.refused(lambda: Project(id=2**70).name, 404, "not_found")
        self.refused(lambda: Project(id=NOBODY).update(status="x"), 404, "not_found")
        self.refused(lambda: Project(id=NOBODY).delete(), 404, "not_found")

    def test_413(self) -> None:
        self.refused(lambda: Project.create(name="x" * 3_000_000, status="s"), 413, "payload_too_large")


class Events(unittest.IsolatedAsyncioTestCase):
    async def test_every_change_is_told_deletes_too(self) -> None:
        async with listening(Project) as listener:
            created = await asyncio.to_thread(Project.create, name="N", status="told")
            id = created.id
            await asyncio.to_thread(created.update, status="told again")
            await asyncio.to_thread(created.delete)
            events = await listener.until(lambda events: len(events) == 3)
            self.assertIsNone(listener.websockets[0].subprotocol)
        self.assertEqual([event["action"] for event in events], ["create", "update", "delete"])
        for event in events:
            self.assertEqual(event["identification"], {"id": id})
            self.assertEqual((event["base_path"], event["resource_name"]), ("/internal/gm", "projects"))
            self.assertEqual((event["protocol_version"], len(event["event_id"])), ("v1", 36))

    async def test_pings_are_answered_and_a_close_is_returned(self) -> None:
        async with listening(Project, token=TOKEN) as listener:
            websocket = listener.websockets[0]
            async with asyncio.timeout(30):
                await (await websocket.ping())
        self.assertEqual(websocket.close_code, 1000)

    async def test_refusals(self) -> None:
        path = "/internal/gm/ws/projects"
        self.assertEqual(await close_code(f"{path}?version=v2"), 4406)
        self.assertEqual(await close_code("/internal/gm/ws/nothing?version=v1"), 4404)
        self.assertEqual(await close_code(f"{path}/?version=v1", token="of nobody"), 4401)
