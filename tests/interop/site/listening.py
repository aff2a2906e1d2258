"""The package's listener, watched."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from general_manager.api import RemoteInvalidationClient
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 30.0


class Heard:
    """Hands a websocket's messages on, and keeps them."""

    def __init__(self, websocket: ClientConnection, events: list[dict]) -> None:
        self.websocket = websocket
        self.events = events

    async def recv(self) -> str:
        message = await self.websocket.recv()
        self.events.append(json.loads(message))
        return message

    async def close(self) -> None:
        await self.websocket.close()


class Listener:
    def __init__(self, managers: list[type], token: str | None) -> None:
        self.events: list[dict] = []
        self.websockets: list[ClientConnection] = []
        headers = {"Authorization": f"Bearer {token}"} if token else {}

        async def connection(url: str) -> Heard:
            websocket = await connect(url, additional_headers=headers)
            self.websockets.append(websocket)
            return Heard(websocket, self.events)

        self.client = RemoteInvalidationClient(managers, connection_factory=connection)

    async def until(self, reached: Callable[[list[dict]], bool]) -> list[dict]:
        """The events, once they are these."""
        async with asyncio.timeout(PATIENCE):
            while not reached(self.events):
                await self.client.listen_once()
        return self.events


@asynccontextmanager
async def listening(*managers: type, token: str | None = None) -> AsyncIterator[Listener]:
    listener = Listener(list(managers), token)
    await listener.client.connect()
    try:
        yield listener
    finally:
        await listener.client.close()


async def close_code(path: str, token: str | None = None) -> int:
    """With what the owner closes the websocket at this path."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = os.environ["PROJECTS_URL"].replace("http", "ws", 1) + path
    async with connect(url, additional_headers=headers) as websocket, asyncio.timeout(PATIENCE):
        await websocket.wait_closed()
        return websocket.close_code
