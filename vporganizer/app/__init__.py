"""What a person can ask for, once, for both faces."""
