"""Picture files of six kinds, the user's own and a folder's, as images; and images as PNG files."""
