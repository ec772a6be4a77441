"""What Runs draws: value in, rich renderable out. No textual here."""
