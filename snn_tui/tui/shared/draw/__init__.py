"""What Shared draws: value in, rich renderable out. No textual here."""
