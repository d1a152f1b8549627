"""Reads of many callers, gathered into calls: nobody waits while none is under way."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

Ask = TypeVar("Ask", bound=Hashable)
Answer = TypeVar("Answer")


class Gathered(Generic[Ask, Answer]):
    """What is asked while a call is under way goes out with the next; equal asks as one.

    Only asks that have not gone out are joined, so an answer was looked up after each of its
    askers had asked.
    """

    def __init__(
        self,
        call: Callable[[Sequence[Ask]], Awaitable[Sequence[Answer]]],
        *,
        turn_s: float,
        calls_most: int,
        weigh: Callable[[Ask], int] = lambda _: 1,
        weight_most: int = 1000,
        rest_s: float = 0.0,
        rest_most_s: float = 0.0,
    ) -> None:
        """`call` answers asks at the same indexes, as many as are not heavier than `weight_most`
        together. One that takes longer than `turn_s` is not waited for by the next, while no more
        than `calls_most` are under way.

        A call is dear, and one more ask in it is not: where several ask at once, the next call
        begins `rest_s` after the last for each of them, `rest_most_s` at most."""
        self._call = call
        self._turn_s = turn_s
        self._calls_most = calls_most
        self._weigh = weigh
        self._weight_most = weight_most
        self._rest_s = rest_s
        self._rest_most_s = rest_most_s
        self._waiting: dict[Ask, list[asyncio.Future[Answer]]] = {}
        self._under_way: dict[asyncio.Task[None], dict[Ask, list[asyncio.Future[Answer]]]] = {}
        self._holding: asyncio.Task[None] | None = None
        self._resting: asyncio.TimerHandle | None = None

    def ask(self, ask: Ask) -> "asyncio.Future[Answer]":
        """What the answer will be, or the error of the call. May be cancelled."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        if ask in self._waiting:
            self._waiting[ask].append(answer)
        else:
            self._waiting[ask] = [answer]
        if self._holding is None:
            self._begin()
        return answer

    def _begin(self) -> None:
        """Begins a call for what waits, unless it is not its turn yet."""
        if not self._waiting or self._holding or self._resting:
            return
        if len(self._under_way) >= self._calls_most:
            return
        taken: dict[Ask, list[asyncio.Future[Answer]]] = {}
        task = asyncio.ensure_future(self._run(taken))
        self._under_way[task] = taken
        self._holding = task
        turn = asyncio.get_running_loop().call_later(self._turn_s, self._let_others, task)
        task.add_done_callback(lambda task: self._ended(task, turn))

    def _rest(self, asks: int) -> None:
        if self._rest_s and asks > 1 and not self._resting:
            rest_s = min(asks * self._rest_s, self._rest_most_s)
            self._resting = asyncio.get_running_loop().call_later(rest_s, self._rested)

    def _rested(self) -> None:
        self._resting = None
        self._begin()

    def _let_others(self, task: "asyncio.Task[None]") -> None:
        if self._holding is task:
            self._holding = None
            self._begin()

    def _ended(self, task: "asyncio.Task[None]", turn: asyncio.TimerHandle) -> None:
        turn.cancel()
        del self._under_way[task]
        if self._holding is task:
            self._holding = None
        self._begin()

    async def _run(self, taken: dict[Ask, list["asyncio.Future[Answer]"]]) -> None:
        # Only now, so that whoever asked in the same turn of the loop comes along.
        self._take(taken)
        try:
            answers = await self._call(list(taken))
        except Exception as error:
            self._fail(error)
            return
        self._rest(len(taken) + len(self._waiting))
        for waiting, answer in zip(taken.values(), answers, strict=True):
            for one in waiting:
                if not one.done():
                    one.set_result(answer)

    def _take(self, taken: dict[Ask, list["asyncio.Future[Answer]"]]) -> None:
        weight = 0
        for ask in self._waiting:
            weight += self._weigh(ask)
            if taken and weight > self._weight_most:
                break
            taken[ask] = self._waiting[ask]
        for ask in taken:
            del self._waiting[ask]

    def _fail(self, error: Exception) -> None:
        """Tells everyone: those whose calls came later would only wait longer for the same."""
        groups = [self._waiting, *self._under_way.values()]
        self._waiting = {}
        for task in self._under_way:
            if task is not asyncio.current_task():
                task.cancel()
        for group in groups:
            for waiting in group.values():
                for one in waiting:
                    if not one.done():
                        one.set_exception(error)
