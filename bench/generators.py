"""Gives each job to the load generator for it: one of others where there is one, else our own."""

import json
import sys
from dataclasses import asdict

from bench import ghz, h2load, tools
from bench.job import Job, Measured
from bench.programs import output_of
from bench.targets import ROOT

_LIMIT_S = 900.0


async def drive(job: Job) -> Measured:
    """Does a job, in a process of its own. Raises ProgramFailed."""
    if ghz.can(job) and (binary := tools.ghz()):
        return await ghz.drive(binary, job)
    if h2load.can(job) and (binary := tools.h2load()):
        return await h2load.drive(binary, job)
    return await own(job)


async def own(job: Job) -> Measured:
    """Does a job with our own generator, which can go on for long. Raises ProgramFailed."""
    command = (sys.executable, "-m", "bench.load", json.dumps(asdict(job)))
    return Measured(**json.loads(await output_of(*command, limit_s=_LIMIT_S, folder=ROOT)))
