"""`python -m toolchain.workflows FOLDER`."""

import sys

from toolchain.workflows import main

sys.exit(main(sys.argv[1:]))
