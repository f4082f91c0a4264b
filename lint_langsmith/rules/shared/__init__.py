"""What two or more rules ask."""
