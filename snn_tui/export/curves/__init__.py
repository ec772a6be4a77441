"""Curves of runs for other programs: CSV, JSON, Parquet and the files of TensorBoard."""
