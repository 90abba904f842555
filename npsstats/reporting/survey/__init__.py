"""Survey experiments, said for readers."""
