"""What of the documents is collected as examples."""

# the reference repeats the examples of the docstrings, which run where they are written
collect_ignore = ["api"]
