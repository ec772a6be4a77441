"""`python -m snn_tui.worker [--tied] RUN` trains a run; `--check [RUN]` only says whether it could.

`--follow RANK` trains together with the process that started it.
"""

import sys

from snn_tui.worker.preparation import check_main
from snn_tui.worker.ranks import FOLLOW
from snn_tui.worker.trainer import main

arguments = sys.argv[1:]
if arguments[0] == "--check":
    sys.exit(check_main(*arguments[1:]))
if arguments[0] == FOLLOW:
    from snn_tui.worker.follower import main as follow

    follow(arguments[1])
sys.exit(main(arguments))
