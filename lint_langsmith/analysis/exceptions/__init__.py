"""What a 403 does: where it is raised, which handlers it meets, what retries it, where it escapes."""
