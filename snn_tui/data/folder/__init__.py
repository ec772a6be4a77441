"""A folder of class folders as a data set: pictures of many kinds, decoded once into a cache."""
