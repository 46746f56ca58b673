"""What is wrong with the data and what is missing from it."""
