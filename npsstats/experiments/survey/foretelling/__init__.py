"""What a score tells of what customers do next."""
