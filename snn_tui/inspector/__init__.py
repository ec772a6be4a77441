"""The inspector process, which answers questions about runs, and the client that the screens hold."""
