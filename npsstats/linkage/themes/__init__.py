"""What the verbatims speak of: codebook, matching, and the analyses of themes and words."""
