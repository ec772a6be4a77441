"""A split's results as files to keep: one HTML page that needs nothing else, and a table of all images."""
