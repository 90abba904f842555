"""What moves the score: models of the score on the other answers, and what they are worth."""
