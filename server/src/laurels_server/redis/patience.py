"""How long a call of Redis may take."""

import asyncio
from types import TracebackType
from typing import Self

_TICKS = 10


class Patience:
    """Ends what stands in its `with` by TimeoutError when it takes too long.

    The time is counted in ticks, and between any two of them our loop looks what has arrived: while
    it is too busy for that the answer may lie there, and it is not Redis that is late.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._left = _TICKS

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None, "runs in a task"
        self._task = task
        self._cancelling = task.cancelling()
        self._rearm()
        return self

    def _rearm(self) -> None:
        loop = asyncio.get_running_loop()
        self._next = loop.call_later(self._timeout_s / _TICKS, self._tick)

    def _tick(self) -> None:
        self._left -= 1
        if self._left:
            self._rearm()
        else:
            self._task.cancel()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._next.cancel()
        # As in asyncio.timeout: a cancel of somebody else's stays one.
        if self._left or self._task.uncancel() > self._cancelling:
            return
        if kind is asyncio.CancelledError:
            raise TimeoutError(f"no answer within {self._timeout_s * 1000:.0f} ms") from error
