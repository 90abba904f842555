"""What an NPS leaves out: the distribution, and how divided it is."""
