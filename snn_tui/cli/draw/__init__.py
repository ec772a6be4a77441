"""What only the commands print: tables of `bench`, `evaluate` and `study`."""
