"""``python base …``: the commands, for the processes that the supervisor starts."""

import os
import sys

# First of all: run as a folder, our own directory would stand before the standard library.
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

if __name__ == "__main__":
    from base.processes.cli import main

    sys.exit(main(sys.argv[1:]))
