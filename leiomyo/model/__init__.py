"""What a case is: tables, code lists, days. Pure: no file, no database."""
