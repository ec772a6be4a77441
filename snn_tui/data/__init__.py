"""Where the images come from: MedMNIST's sets, files, folders and pictures of the user's own, or phantoms."""
