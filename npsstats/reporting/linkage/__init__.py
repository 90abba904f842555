"""What NPS is worth, said for readers."""
