"""Limits itself, then becomes the program: `start.py MEMORY SECONDS WRITTEN COMMAND…`. Imports nothing of ours."""

import os
import resource
import sys

memory, seconds, written = (int(word) for word in sys.argv[1:4])
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
resource.setrlimit(resource.RLIMIT_FSIZE, (written, written))
# Some count the time of every processor: two were at work.
resource.setrlimit(resource.RLIMIT_CPU, (2 * seconds, 2 * seconds + 5))
os.execv(sys.argv[4], sys.argv[4:])  # noqa: S606  the command is the caller's, and no shell is in between
