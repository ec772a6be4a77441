"""What crosses a process border: plain, typed values, free of any library but msgspec."""
