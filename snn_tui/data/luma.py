"""The brightness of a colour."""

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in brightness, of ITU-R BT.601, as Pillow's conversion to grey has them."""
