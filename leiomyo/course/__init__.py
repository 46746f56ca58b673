"""What happened to the patient: the disease, its treatment by line, the endpoints. Reads case tables only."""
