"""Graphs in the Neuromorphic Intermediate Representation (NIR): written, read, computed and compared.

It lies here, not in `export`: a graph is made of a network's tensors, and it is believed only once what was
written has been read back and computed beside the reference engine.
"""
