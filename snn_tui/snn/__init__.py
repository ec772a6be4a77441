"""The spiking network: encoding, neurons, loss, and the engines that compute them. No files, no printing."""
