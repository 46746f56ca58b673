"""What a reader sees: the report page, its charts and the words and numbers in them."""
