"""What ids and names may be, whether they come in a call or in a file."""

import re
from typing import Final

IDENTIFIER: Final = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
IDENTIFIER_IN_WORDS: Final = "must be 1-128 printable ASCII characters without spaces"

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""What no text for people may hold."""

NAME_MOST: Final = 128
"""Characters of a learner's name."""
