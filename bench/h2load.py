"""Has h2load ask for a page again and again, and reads what it says.

h2load is written in C and not by us. It sends one and the same message and does not look at the
answers, so it leaves most of the machine to the server. Their length shows that they are pages.
"""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import quantiles

import grpc

from bench import workload
from bench.job import TIMEOUT_S, Job, Measured
from bench.programs import ProgramFailed, output_of
from laurels.v1.leaderboard_service_pb2_grpc import LeaderboardServiceStub

_METHOD = "/laurels.v1.LeaderboardService/GetLeaderboard"
_DONE = re.compile(r"requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded")
_DATA = re.compile(r"headers \(.*\), .*\((\d+)\) data")
_RATE = re.compile(r"finished in .*, ([\d.]+) req/s")

_NEAR = 0.02
"""A page's own times and token make it a few bytes longer or shorter."""

_LIMIT_S = 120.0


def can(job: Job) -> bool:
    """Whether the job is one for it."""
    return job.rpc == "GetLeaderboard"


async def drive(binary: str, job: Job) -> Measured:
    """Does a job. Raises ProgramFailed."""
    size = len(_framed(await _page(job.address)))
    # A run of its own: its option for a warm-up counts the bytes of that, but not the answers.
    warm_up = await _run(binary, job, job.warm_up_s, size)
    measured = await _run(binary, job, job.measured_s, size)
    return replace(measured, items=warm_up.items + measured.items)


async def _run(binary: str, job: Job, seconds: float, size: int) -> Measured:
    with tempfile.TemporaryDirectory(prefix="laurels-h2load-") as name:
        message, log = Path(name, "message"), Path(name, "log")
        message.write_bytes(_framed(workload.PAGE_REQUEST.SerializeToString()))
        output = await output_of(
            binary,
            *("--clients", str(job.connections)),
            *("--max-concurrent-streams", str(job.callers // job.connections)),
            *("--duration", f"{round(seconds * 1000)}ms"),
            *("--data", str(message), "--log-file", str(log)),
            *("--header", "content-type: application/grpc", "--header", "te: trailers"),
            f"http://{job.address}{_METHOD}",
            limit_s=_LIMIT_S,
        )
        latencies_us = [int(line.split("\t")[2]) for line in log.read_text().splitlines()]
    return read(output, latencies_us, size)


async def _page(address: str) -> bytes:
    """One page, to know how long they are; checked."""
    async with grpc.aio.insecure_channel(address) as channel:
        call = LeaderboardServiceStub(channel).GetLeaderboard
        page = await call(workload.PAGE_REQUEST, timeout=TIMEOUT_S)
    if len(page.entries) != workload.PAGE_ENTRIES:
        raise ProgramFailed(f"a page of {len(page.entries)} entries")
    return page.SerializeToString()


def _framed(message: bytes) -> bytes:
    """As gRPC sends it: not compressed, its length before it."""
    return b"\0" + len(message).to_bytes(4, "big") + message


def read(output: str, latencies_us: Sequence[int], size: int) -> Measured:
    """What it said, when pages have `size` bytes. Raises ProgramFailed."""
    done, data, rate = _DONE.search(output), _DATA.search(output), _RATE.search(output)
    if done is None or data is None or rate is None:
        raise ProgramFailed(f"h2load says what is not understood: {output[-2000:]}")
    sent, succeeded = map(int, done.groups())
    answered = int(data[1]) / max(succeeded, 1)
    if succeeded and abs(answered - size) > size * _NEAR:
        raise ProgramFailed(f"answers have {answered:.0f} bytes where a page has {size}")
    cuts = quantiles(latencies_us, n=100) if len(latencies_us) > 1 else [0.0] * 99
    return Measured(
        items=succeeded,
        errors=sent - succeeded,
        first_error="answers of another status than 200" if sent > succeeded else "",
        per_second=float(rate[1]),
        p50_ms=cuts[49] / 1000,
        p99_ms=cuts[98] / 1000,
    )
