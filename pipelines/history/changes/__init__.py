"""What changed between two versions of a policy: the paragraphs, and of what kind the change is."""
