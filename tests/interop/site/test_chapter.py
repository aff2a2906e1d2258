"""The guide's Python consumer: its code is the chapter's, and is run as it stands there."""

import asyncio
import logging
import unittest

import django

django.setup()
logging.disable(logging.CRITICAL)

from consumer import listen, story
from consumer.managers import RemoteProject


class Chapter(unittest.IsolatedAsyncioTestCase):
    def test_the_story_is_true(self) -> None:
        story.story()

    async def test_what_is_cached_is_dropped_when_the_event_comes(self) -> None:
        listener = asyncio.create_task(listen.main())
        before = await asyncio.to_thread(story.names)
        self.assertNotIn("Told", before)
        created = None
        try:
            async with asyncio.timeout(60):
                created = await asyncio.to_thread(RemoteProject.create, name="Told", status="new")
                # A write of its own drops it too, so this one is not the package's.
                await asyncio.to_thread(story.names)
                await asyncio.to_thread(elsewhere, created.id, {"name": "Told again"})
                while "Told again" not in await asyncio.to_thread(story.names):
                    self.assertFalse(listener.done(), listener)
                    await asyncio.sleep(0.01)
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
            if created is not None:
                await asyncio.to_thread(created.delete)


def elsewhere(id: int, change: dict[str, str]) -> None:
    """A change that the package does not make."""
    import json
    import os
    import urllib.request

    request = urllib.request.Request(
        f"{os.environ['PROJECTS_URL']}/internal/gm/projects/{id}",
        data=json.dumps(change).encode(),
        headers={"Content-Type": "application/json"},
        method="PATCH",
    )
    urllib.request.urlopen(request, timeout=30).read()
