"""Asks of many become few calls, and nobody is answered from before they asked."""

import asyncio
from collections.abc import Sequence

import pytest

from laurels_server.usecases.gathering import Gathered


class Calls:
    """Calls that wait for `gate` each, and are remembered."""

    def __init__(self) -> None:
        self.gates: list[asyncio.Event] = []
        self.seen: list[list[int]] = []
        self.open = False
        self._begun = asyncio.Condition()

    async def call(self, asks: Sequence[int]) -> list[int]:
        gate = asyncio.Event()
        self.gates.append(gate)
        self.seen.append(list(asks))
        async with self._begun:
            self._begun.notify_all()
        if not self.open:
            await gate.wait()
        if 13 in asks:
            raise LookupError("13")
        return [ask * ask for ask in asks]

    async def begun(self, calls: int) -> None:
        """Waits until so many have begun."""
        async with self._begun:
            await self._begun.wait_for(lambda: len(self.seen) >= calls)


def gathered(calls: Calls, *, turn_s: float = 60.0, rest_s: float = 0.0) -> Gathered[int, int]:
    return Gathered(
        calls.call,
        turn_s=turn_s,
        calls_most=2,
        weigh=lambda ask: ask,
        weight_most=20,
        rest_s=rest_s,
        rest_most_s=2 * rest_s,
    )


async def test_asks_of_the_same_moment_are_one_call() -> None:
    calls = Calls()
    calls.open = True
    reads = gathered(calls)

    assert await asyncio.gather(*(reads.ask(n) for n in (1, 2, 3))) == [1, 4, 9]
    assert calls.seen == [[1, 2, 3]]


async def test_what_is_asked_while_a_call_is_under_way_goes_out_with_the_next() -> None:
    calls = Calls()
    reads = gathered(calls)
    first = reads.ask(1)
    await calls.begun(1)

    later = [reads.ask(2), reads.ask(3)]
    calls.gates[0].set()
    assert await first == 1
    await calls.begun(2)
    calls.gates[1].set()

    assert await asyncio.gather(*later) == [4, 9]
    assert calls.seen == [[1], [2, 3]]


async def test_equal_asks_are_one_but_never_one_that_has_gone_out() -> None:
    calls = Calls()
    reads = gathered(calls)
    early = reads.ask(5)
    await calls.begun(1)

    late = [reads.ask(5) for _ in range(10)]
    calls.gates[0].set()
    await early
    assert not any(one.done() for one in late)
    await calls.begun(2)
    calls.gates[1].set()

    assert await asyncio.gather(*late) == [25] * 10
    assert calls.seen == [[5], [5]]


async def test_a_call_answers_no_more_than_its_weight_and_the_rest_comes_next() -> None:
    calls = Calls()
    calls.open = True
    reads = gathered(calls)

    assert await asyncio.gather(*(reads.ask(n) for n in (9, 10, 11, 30))) == [81, 100, 121, 900]
    assert calls.seen == [[9, 10], [11], [30]]


async def test_a_slow_call_holds_others_up_for_a_while_only_and_not_too_many_run_at_once() -> None:
    calls = Calls()
    reads = gathered(calls, turn_s=0.01)
    answers = [reads.ask(1)]
    await calls.begun(1)
    answers.append(reads.ask(2))
    await calls.begun(2)

    answers.append(reads.ask(3))
    await asyncio.sleep(0.05)
    assert calls.seen == [[1], [2]]
    calls.gates[1].set()
    await calls.begun(3)
    calls.gates[0].set()
    calls.gates[2].set()

    assert await asyncio.gather(*answers) == [1, 4, 9]


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_where_several_ask_a_call_lets_more_come_along_before_the_next() -> None:
    calls = Calls()
    calls.open = True
    reads = gathered(calls, rest_s=0.05)

    await asyncio.gather(reads.ask(1), reads.ask(2))
    began = now()
    soon = reads.ask(3)
    await asyncio.sleep(0.02)
    assert await asyncio.gather(soon, reads.ask(4)) == [9, 16]

    assert now() - began >= 0.09
    assert calls.seen == [[1, 2], [3, 4]]


async def test_those_who_ask_during_a_call_for_one_count_as_several() -> None:
    calls = Calls()
    reads = gathered(calls, rest_s=0.05)
    first = reads.ask(1)
    await calls.begun(1)
    second = reads.ask(2)
    calls.open = True

    began = now()
    calls.gates[0].set()
    await asyncio.gather(first, second)

    assert now() - began >= 0.09


async def test_one_who_asks_alone_again_and_again_never_waits() -> None:
    calls = Calls()
    calls.open = True
    reads = gathered(calls, rest_s=10)

    assert [await reads.ask(number) for number in range(10)] == [n * n for n in range(10)]


async def test_a_failure_is_told_to_all_who_wait_and_to_nobody_who_asks_afterwards() -> None:
    calls = Calls()
    reads = gathered(calls, turn_s=0.01)
    answers = [reads.ask(13)]
    await calls.begun(1)
    answers.append(reads.ask(1))
    await calls.begun(2)
    answers += [reads.ask(2), reads.ask(2)]

    calls.gates[0].set()
    outcomes = await asyncio.gather(*answers, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LookupError] * 4

    calls.open = True
    assert await reads.ask(2) == 4


async def test_who_gives_up_does_not_end_the_call_of_the_others() -> None:
    calls = Calls()
    reads = gathered(calls)
    impatient, patient = reads.ask(4), reads.ask(4)
    await calls.begun(1)

    impatient.cancel()
    calls.gates[0].set()

    assert await patient == 16
    with pytest.raises(asyncio.CancelledError):
        await impatient
