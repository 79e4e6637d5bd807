"""Its tracks."""
