import asyncio

import pytest

from laurels_server.domain.errors import Overloaded
from laurels_server.usecases.fallback import Flights


class Reads:
    """Reads that wait for `gate`, and are counted."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.begun: list[str] = []
        self.at_once = 0
        self.most_at_once = 0

    async def read(self, key: str) -> str:
        self.begun.append(key)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.gate.wait()
        self.at_once -= 1
        if key == "broken":
            raise LookupError(key)
        return f"answer to {key}"


async def begin(flights: Flights, reads: Reads, *keys: str) -> list["asyncio.Task[str]"]:
    tasks = [
        asyncio.create_task(flights.share(key, lambda key=key: reads.read(key))) for key in keys
    ]
    await asyncio.sleep(0.01)
    return tasks


async def test_only_a_few_reads_run_at_once() -> None:
    flights, reads = Flights(at_once=2, waiting_most=10), Reads()

    tasks = await begin(flights, reads, "a", "b", "c", "d")
    reads.gate.set()

    assert await asyncio.gather(*tasks) == [f"answer to {key}" for key in "abcd"]
    assert reads.most_at_once == 2


async def test_equal_reads_that_wait_are_one() -> None:
    flights, reads = Flights(at_once=1, waiting_most=10), Reads()
    tasks = await begin(flights, reads, "first")

    tasks += await begin(flights, reads, *["same"] * 50)
    reads.gate.set()
    await asyncio.gather(*tasks)

    assert reads.begun == ["first", "same"]


async def test_a_read_that_has_begun_is_not_joined_for_it_may_have_looked_too_early() -> None:
    flights, reads = Flights(at_once=2, waiting_most=10), Reads()
    tasks = await begin(flights, reads, "same")

    tasks += await begin(flights, reads, "same")
    reads.gate.set()
    await asyncio.gather(*tasks)

    assert reads.begun == ["same", "same"]


async def test_the_excess_is_turned_away_and_room_comes_back() -> None:
    flights, reads = Flights(at_once=1, waiting_most=1), Reads()
    tasks = await begin(flights, reads, "a", "b")

    with pytest.raises(Overloaded):
        await flights.share("c", lambda: reads.read("c"))
    reads.gate.set()
    await asyncio.gather(*tasks)

    assert await flights.share("c", lambda: reads.read("c")) == "answer to c"


async def test_a_burst_is_bounded_before_any_of_it_has_begun() -> None:
    flights, reads = Flights(at_once=1, waiting_most=3), Reads()
    reads.gate.set()

    outcomes = await asyncio.gather(
        *(flights.share(f"{n}", lambda n=n: reads.read(f"{n}")) for n in range(10)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, Overloaded) for outcome in outcomes) == 6


async def test_who_gives_up_does_not_end_the_read_of_the_others() -> None:
    flights, reads = Flights(at_once=1, waiting_most=10), Reads()
    await begin(flights, reads, "first")
    [impatient, patient] = await begin(flights, reads, "same", "same")

    impatient.cancel()
    reads.gate.set()

    assert await patient == "answer to same"


async def test_a_failure_reaches_everyone_who_waits_and_leaves_nothing_behind() -> None:
    flights, reads = Flights(at_once=1, waiting_most=0), Reads()
    reads.gate.set()

    for _ in range(3):
        with pytest.raises(LookupError):
            await flights.share("broken", lambda: reads.read("broken"))
