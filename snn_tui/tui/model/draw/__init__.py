"""What Model draws: value in, rich renderable out. No textual here."""
