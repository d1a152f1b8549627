"""Ending a call with an error, also one that is gone by then."""

import asyncio
from typing import Any, cast

import pytest

from laurels_server.domain.errors import DeadlineExceeded
from laurels_server.rpc.errors import abort


class Gone:
    """A call whose own deadline was a little sooner than ours: gRPC cannot answer it any more."""

    def invocation_metadata(self) -> None:
        return None

    async def abort(self, *_: object) -> None:
        raise RuntimeError("the core refuses")


async def test_a_call_that_is_gone_is_taken_for_cancelled_and_not_for_a_defect() -> None:
    with pytest.raises(asyncio.CancelledError):
        await abort(cast(Any, Gone()), DeadlineExceeded("too late"))
