"""Signal or noise: what the last move is worth, when levels changed, which stores are news."""
