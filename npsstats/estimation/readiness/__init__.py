"""What can be done with the data that there are, and what each other job lacks."""
