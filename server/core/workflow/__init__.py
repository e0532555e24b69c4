"""What a step of an issue does, and what becomes of one that meets a changed state."""
