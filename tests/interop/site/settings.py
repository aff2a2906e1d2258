"""The Django settings of the Python services and consumers; which of these it is, is in the environment."""

import os

SECRET_KEY = "of a test on 127.0.0.1"
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "channels",
    "general_manager",
    *os.environ["INTEROP_APPS"].split(),
]
MIDDLEWARE = ["owner.callers.TokenMiddleware"]
ROOT_URLCONF = "urls"
ASGI_APPLICATION = "owner.asgi.application"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["INTEROP_DATABASE"]}}
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTOCREATE_GRAPHQL = False
