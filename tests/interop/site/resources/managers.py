"""What the Rust services expose, as a Python consumer declares it; and what they do not."""

import os
from uuid import UUID

from general_manager import GeneralManager
from general_manager.interface import RemoteManagerInterface, RequestField, UrllibRequestTransport
from general_manager.interface.requests import BearerTokenAuthProvider, RequestTransportConfig
from general_manager.manager.input import Input
from general_manager.manager.meta import GeneralManagerMeta
from general_manager.permission import AdditiveManagerPermission

OWNER = os.environ["PROJECTS_URL"]
TOKEN = os.environ["PROJECTS_TOKEN"]


# The owner judges: this consumer's own rules allow everything.
PUBLIC = {rule: ["public"] for rule in ("__read__", "__create__", "__update__", "__delete__")}


def remote(
    manager: str,
    resource: str,
    /,
    *,
    of: type = int,
    token: str | None = None,
    version: str = "v1",
    **fields: type,
) -> type[GeneralManager]:
    """A manager as a class statement would make it."""
    provider = BearerTokenAuthProvider(token=token) if token else None
    config = RequestTransportConfig(base_url=OWNER, timeout=30, auth_provider=provider)
    meta = {
        "base_url": OWNER,
        "base_path": "/internal/gm",
        "remote_manager": resource,
        "protocol_version": version,
        "websocket_invalidation_enabled": True,
        "transport": UrllibRequestTransport(),
        "transport_config": config,
    }
    body = {field: RequestField(kind) for field, kind in fields.items()}
    body |= {"id": Input(type=of), "Meta": type("Meta", (), meta), "__module__": __name__}
    interface = type("Interface", (RemoteManagerInterface,), body)
    permission = type("Permission", (AdditiveManagerPermission,), dict(PUBLIC))
    namespace = {"Interface": interface, "Permission": permission, "__module__": __name__}
    return GeneralManagerMeta(manager, (GeneralManager,), namespace)


Stranger = remote("Stranger", "projects", token="of nobody", name=str, status=str)
Tomorrow = remote("Tomorrow", "projects", version="v2", name=str, status=str)
Project = remote("Project", "projects", token=TOKEN, name=str, status=str)
WorkItem = remote(
    "WorkItem",
    "work-items",
    title=str,
    note=str,
    body=str,
    count=int,
    amount=str,
    ratio=float,
    due=str,
    starts_at=str,
    done=bool,
)
GuardedThing = remote("GuardedThing", "guarded-things", name=str)
GuardedThingOfCaller = remote("GuardedThingOfCaller", "guarded-things", token=TOKEN, name=str)
PrivateThing = remote("PrivateThing", "private-things", name=str)
PrivateThingOfCaller = remote("PrivateThingOfCaller", "private-things", token=TOKEN, name=str)
ReadOnlyThing = remote("ReadOnlyThing", "read-only-things", name=str)
HiddenThing = remote("HiddenThing", "hidden-things", name=str)
Page = remote("Page", "pages", of=str, title=str)
Thing = remote("Thing", "things", of=UUID, title=str)
Document = remote("Document", "documents", title=str, revision=int, heading=str)
Note = remote("Note", "notes", text=str, document_id=int)
Ticket = remote("Ticket", "tickets", token=TOKEN, tenant=int, title=str)
TicketWithPrice = remote("TicketWithPrice", "tickets", token=TOKEN, tenant=int, title=str, price=str)
TicketOfOther = remote("TicketOfOther", "tickets", token="of-another-tenant", tenant=int, title=str)
TicketOfAgent = remote("TicketOfAgent", "tickets", token="of-an-agent", tenant=int, title=str, price=str)
Reply = remote("Reply", "replies", token=TOKEN, ticket_id=int)
Bookmark = remote("Bookmark", "bookmarks", token=TOKEN, ticket_id=int)
BrokenThing = remote("BrokenThing", "broken-things", name=str)
LimitedThing = remote("LimitedThing", "limited-things", name=str)
