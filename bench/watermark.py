"""Looks at the projection's watermark in Redis about every millisecond, until it is told to end.

It runs in a process of its own. `python -m bench.watermark REDIS_URL` says "looking" on its first
line; at SIGTERM it prints what it saw (JSON).
"""

import json
import signal
import sys
import time
from dataclasses import asdict, dataclass, field

from redis import Redis

from laurels_server.config import Settings
from laurels_server.redis.keys import ShardKeys

_EVERY_S = 0.001


@dataclass(slots=True)
class Seen:
    """Every change of the watermark: when it was seen (ns of the monotonic clock, after the answer
    had arrived), and the watermark. `pauses_ns` are the times between one look and the next."""

    changes: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    pauses_ns: list[int] = field(default_factory=list[int])


class _Watcher:
    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(redis_url, decode_responses=True)
        self._keys = ShardKeys(Settings().redis_prefix)
        self._meta = ""
        self._ending = False

    def end(self, *_: object) -> None:
        self._ending = True

    def watch(self) -> Seen:
        seen = Seen()
        last, last_ns = -1, time.monotonic_ns()
        while not self._ending:
            watermark = self._watermark()
            now_ns = time.monotonic_ns()
            seen.pauses_ns.append(now_ns - last_ns)
            last_ns = now_ns
            if watermark is not None and watermark != last:
                seen.changes.append((now_ns, watermark))
                last = watermark
            time.sleep(_EVERY_S)
        return seen

    def _watermark(self) -> int | None:
        """One look; the generation in use is looked up when the one known is gone."""
        text = self._redis.hget(self._meta, "watermark") if self._meta else None
        if text is None:
            name = self._redis.get(self._keys.current)
            self._meta = self._keys.meta(str(name)) if name else ""
            return None
        return int(str(text))


def main() -> None:
    watcher = _Watcher(sys.argv[1])
    signal.signal(signal.SIGTERM, watcher.end)
    print("looking", flush=True)
    print(json.dumps(asdict(watcher.watch())))


if __name__ == "__main__":
    main()
