"""What the package makes of a refusal."""

import logging
import unittest
from collections.abc import Callable

import django

django.setup()
logging.disable(logging.CRITICAL)

from general_manager.interface.requests import RequestRemoteError


class Refusals(unittest.TestCase):
    def refused(self, call: Callable[[], object], status: int, code: str | None) -> RequestRemoteError:
        """Makes the call, and gives the error that it is refused with."""
        try:
            answer = call()
        except Exception as error:
            refusal = remote(error)
        else:
            self.fail(f"was not refused: {answer!r}")
        self.assertEqual((refusal.status_code, refusal.error_code), (status, code), str(refusal))
        if code is not None:
            self.assertTrue(refusal.request_id)
        return refusal


def remote(error: BaseException) -> RequestRemoteError:
    """An attribute of a lazily read row wraps what went wrong."""
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, RequestRemoteError):
        seen = seen.__cause__ or seen.__context__
    if seen is None:
        raise error
    return seen
