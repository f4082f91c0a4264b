"""What earlier runs found out, in the folder of the user's caches."""
