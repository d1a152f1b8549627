"""A certificate for 127.0.0.1 that nobody trusts by itself."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Certificate:
    """Its files, in PEM; it is its own authority."""

    key: Path
    chain: Path


def make_certificate(folder: Path) -> Certificate:
    """Makes one with openssl, valid for a day."""
    made = Certificate(folder / "key.pem", folder / "chain.pem")
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
            ),
            *("-nodes", "-days", "1", "-subj", "/CN=laurels-test"),
            *("-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
            *("-keyout", str(made.key), "-out", str(made.chain)),
        ],
        check=True,
        capture_output=True,
    )
    return made
