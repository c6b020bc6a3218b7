"""Work in other processes, of which one may die."""
