"""What comes next, said for readers."""
