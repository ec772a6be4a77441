"""Value in, rich renderable out: pure functions that draw everything the program shows."""
