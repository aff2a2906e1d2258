"""The routes of the service: the package adds those of the managers."""

urlpatterns: list[object] = []
