"""Signs of begging or gaming, as something to look into."""
