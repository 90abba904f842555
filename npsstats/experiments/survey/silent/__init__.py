"""Those who do not answer, told by a reminder drawn by lot."""
