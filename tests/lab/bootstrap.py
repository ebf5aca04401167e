"""Import this first: finds a Python that has numpy, and names the lab's places.

Guarantees: after `import bootstrap`, numpy is importable (a Python without it
is replaced by /usr/bin/python3, which is the one that python3-numpy serves), no
byte code is left in the source tree, and BUILD, HOME and SIGNAL are absolute.
"""

import os
import sys

sys.dont_write_bytecode = True

SYSTEM_PYTHON = "/usr/bin/python3"
HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
# Compiled objects; the Makefile uses the same default.
BUILD = os.path.abspath(os.environ.get("LAB_BUILD", os.path.join(REPOSITORY, "target", "lab")))
# Recordings: in memory, because a disk that blocks a write would look like a fault.
HOME = os.path.abspath(os.environ.get("LAB_HOME", f"/dev/shm/inphase-lab-{os.getuid()}"))
SIGNAL = os.path.join(HOME, "signal.raw")

try:
    import numpy  # noqa: F401
except ImportError:
    if os.path.exists(SYSTEM_PYTHON) and not os.environ.get("LAB_BOOTSTRAPPED"):
        os.environ["LAB_BOOTSTRAPPED"] = "1"
        os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, *sys.argv])
    sys.exit("The lab needs numpy. Install it with `packaging/setup.sh test`.")
