"""`python -m thecal_tools` is the `thecal` command."""

import sys

from thecal_tools.cli import main

sys.exit(main())
