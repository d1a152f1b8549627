"""Where the PostgreSQL and the Valkey of a `laurels dev` are."""

from pathlib import Path

from laurels_server.config import Settings
from laurels_server.embedded.files import POSTGRES, POSTGRES_PASSWORD, VALKEY, port_file

_LOOPBACK = "127.0.0.1"


def with_dev_servers(settings: Settings) -> Settings:
    """The settings with the servers of the data folder, where it has some and none are set."""
    if settings.database_url or settings.redis_url:
        return settings
    try:
        postgres, password, valkey = (
            _word(settings.data_dir / name)
            for name in (port_file(POSTGRES), POSTGRES_PASSWORD, port_file(VALKEY))
        )
    except OSError:
        return settings
    urls = {
        "database_url": f"postgresql://laurels:{password}@{_LOOPBACK}:{postgres}/laurels",
        "redis_url": f"redis://{_LOOPBACK}:{valkey}/0",
    }
    return settings.model_copy(update=urls)


def _word(file: Path) -> str:
    return file.read_text(encoding="utf-8").strip()
