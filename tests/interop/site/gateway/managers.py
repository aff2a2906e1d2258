"""Exposes the projects of another service as this one's."""

import os
from typing import ClassVar

from general_manager import GeneralManager
from general_manager.interface import RemoteManagerInterface, RequestField, UrllibRequestTransport
from general_manager.manager.input import Input
from general_manager.permission import AdditiveManagerPermission


class Project(GeneralManager):
    class Interface(RemoteManagerInterface):
        id = Input(type=int)
        name = RequestField(str)
        status = RequestField(str)

        class Meta:
            base_url = os.environ["PROJECTS_URL"]
            base_path = "/internal/gm"
            remote_manager = "projects"
            transport = UrllibRequestTransport()

    class Permission(AdditiveManagerPermission):
        __read__: ClassVar[list[str]] = ["public"]
        __create__: ClassVar[list[str]] = ["public"]
        __update__: ClassVar[list[str]] = ["public"]
        __delete__: ClassVar[list[str]] = ["public"]

    class RemoteAPI:
        enabled = True
        base_path = "/internal/gm"
        resource_name = "projects"
        allow_filter = True
        allow_detail = True
        allow_create = True
        allow_update = True
        allow_delete = True
