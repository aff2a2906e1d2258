"""What the Python service has beside the chapter's projects: each type of field, and each refusal."""

from typing import ClassVar

from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    DecimalField,
    FloatField,
    IntegerField,
    TextField,
)
from general_manager import GeneralManager
from general_manager.interface import DatabaseInterface
from general_manager.permission import AdditiveManagerPermission

PUBLIC = ["public"]
KNOWN = ["isAuthenticated"]


class Exposed:
    """What all of them have in common."""

    enabled = True
    base_path = "/internal/gm"
    allow_filter = True
    allow_detail = True
    allow_create = True
    allow_update = True
    allow_delete = True
    websocket_invalidation = True


class WorkItem(GeneralManager):
    class Interface(DatabaseInterface):
        title = CharField(max_length=100)
        note = CharField(max_length=100, null=True, blank=True)
        body = TextField(blank=True, default="")
        count = IntegerField(default=0)
        amount = DecimalField(max_digits=10, decimal_places=2)
        ratio = FloatField(default=0)
        due = DateField(null=True, blank=True)
        starts_at = DateTimeField(null=True, blank=True)
        done = BooleanField(default=False)

    class Permission(AdditiveManagerPermission):
        __read__: ClassVar[list[str]] = PUBLIC
        __create__: ClassVar[list[str]] = PUBLIC
        __update__: ClassVar[list[str]] = PUBLIC
        __delete__: ClassVar[list[str]] = PUBLIC

    class RemoteAPI(Exposed):
        resource_name = "work-items"


class Task(GeneralManager):
    """Holds the id of a project, which the service takes for a number."""

    class Interface(DatabaseInterface):
        title = CharField(max_length=100)
        project_id = IntegerField()

    class Permission(AdditiveManagerPermission):
        __read__: ClassVar[list[str]] = PUBLIC
        __create__: ClassVar[list[str]] = PUBLIC
        __update__: ClassVar[list[str]] = PUBLIC
        __delete__: ClassVar[list[str]] = PUBLIC

    class RemoteAPI(Exposed):
        resource_name = "tasks"


class GuardedThing(GeneralManager):
    class Interface(DatabaseInterface):
        name = CharField(max_length=200)

    class Permission(AdditiveManagerPermission):
        __read__: ClassVar[list[str]] = PUBLIC
        __create__: ClassVar[list[str]] = KNOWN
        __update__: ClassVar[list[str]] = KNOWN
        __delete__: ClassVar[list[str]] = KNOWN

    class RemoteAPI(Exposed):
        resource_name = "guarded-things"


class PrivateThing(GeneralManager):
    class Interface(DatabaseInterface):
        name = CharField(max_length=200)

    class Permission(AdditiveManagerPermission):
        __read__: ClassVar[list[str]] = KNOWN
        __create__: ClassVar[list[str]] = PUBLIC
        __update__: ClassVar[list[str]] = KNOWN
        __delete__: ClassVar[list[str]] = KNOWN

    class RemoteAPI(Exposed):
        resource_name = "private-things"


class ReadOnlyThing(GeneralManager):
    class Interface(DatabaseInterface):
        name = CharField(max_length=200)

    class Permission(AdditiveManagerPermission):
        __read__: ClassVar[list[str]] = PUBLIC

    class RemoteAPI(Exposed):
        resource_name = "read-only-things"
        allow_create = False
        allow_update = False
        allow_delete = False
        websocket_invalidation = False


class BrokenThing(GeneralManager):
    class Interface(DatabaseInterface):
        name = CharField(max_length=200)

    class Permission(AdditiveManagerPermission):
        __create__: ClassVar[list[str]] = PUBLIC

    class RemoteAPI(Exposed):
        resource_name = "broken-things"

    @classmethod
    def create(cls, **values: object) -> GeneralManager:
        raise RuntimeError(f"the service is broken: {sorted(values)}")
