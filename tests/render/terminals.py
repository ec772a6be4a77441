"""The kinds of terminals the drawings are tested on."""

from snn_tui.render.terminal import Terminal

FULL = Terminal("truecolor", unicode=True, slow=False)
INDEXED = Terminal("256", unicode=True, slow=False)
PLAIN = Terminal("none", unicode=True, slow=False)
ASCII = Terminal("16", unicode=False, slow=True)
BARE = Terminal("none", unicode=False, slow=True)
SIXTEEN = Terminal("16", unicode=True, slow=False)
ALL = (FULL, INDEXED, PLAIN, ASCII, BARE)
