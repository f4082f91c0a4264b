"""From bytes to text and back; one type of position for every kind of file."""
