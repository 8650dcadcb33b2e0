"""``python -m mmdmr TOOL`` is ``mmdmr TOOL``."""

from mmdmr.cli.main import main

raise SystemExit(main())
