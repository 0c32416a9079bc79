"""A user's own data: what is to be learned of it, its training, what is predicted, the report."""
