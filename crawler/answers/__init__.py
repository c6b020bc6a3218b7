"""What an archive's answers mean, and what is done about them."""
