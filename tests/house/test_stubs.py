"""The committed stubs work, in silence, for whoever installs the client."""

import subprocess
import sys

IMPORT_ALL = """
import importlib, pkgutil, sys
import laurels.v1

for module in pkgutil.iter_modules(laurels.v1.__path__, "laurels.v1."):
    importlib.import_module(module.name)

from laurels.v1 import progress_service_pb2

request = progress_service_pb2.SubmitProgressRequest(user_id="scout-001", level_id="puk_u1_l1")
assert request == type(request).FromString(request.SerializeToString())
assert "laurels_server" not in sys.modules
"""


def test_the_stubs_import_and_carry_messages_without_a_warning() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", IMPORT_ALL],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
