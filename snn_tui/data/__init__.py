"""Where the images come from: PneumoniaMNIST, generated phantoms, or one picture of the user's own."""
